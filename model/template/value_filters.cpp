#include "model/template/argument_reader.hpp"
#include "model/template/filters.hpp"
#include "model/template/operators.hpp"
#include "model/template/printing.hpp"
#include "model/template/text_operations.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace hawser::model::jinja {

namespace {

value default_filter(host&, const value& v, const arguments& given) {
  const argument_reader args("default", given, {"default_value", "boolean"});
  if (!v.is_undefined() && !(args.truth_or(1, false) && !truth(v))) return v;
  return args.has(0) ? args.get(0) : literal_text("");
}

std::optional<std::int64_t> whole_part(double d) {
  if (!(std::fabs(d) < 9.2e18)) return std::nullopt;
  return static_cast<std::int64_t>(d);
}

value int_filter(host&, const value& v, const arguments& given) {
  const argument_reader args("int", given, {"default", "base"});
  const value otherwise = args.has(0) ? args.get(0) : value(std::int64_t{0});
  if (v.is_undefined()) fail(v.why());
  if (const text* t = v.as_text()) {
    const auto base = args.integer_or(1, 10);
    if (const auto n = read_integer(t->bytes, static_cast<int>(std::clamp<std::int64_t>(base, 0, 37))))
      return value(*n);
    const auto d = read_real(t->bytes);
    const auto n = d ? whole_part(*d) : std::nullopt;
    return n ? value(*n) : otherwise;
  }
  if (const auto i = integer_of(v)) return value(*i);
  const double* d = v.as_real();
  const auto n = d != nullptr ? whole_part(*d) : std::nullopt;
  if (!n && d != nullptr && std::isfinite(*d))
    fail("the number " + printed_real(*d) + " is too large for an integer");
  return n ? value(*n) : otherwise;
}

value float_filter(host&, const value& v, const arguments& given) {
  const argument_reader args("float", given, {"default"});
  if (v.is_undefined()) fail(v.why());
  auto d = real_of(v);
  if (v.as_text() != nullptr) d = read_real(v.as_text()->bytes);
  return d ? value(*d) : args.has(0) ? args.get(0) : value(0.0);
}

value abs_filter(host&, const value& v, const arguments& given) {
  const argument_reader args("abs", given, {});
  if (const double* d = v.as_real()) return value(std::fabs(*d));
  const auto i = integer_of(v);
  if (!i) fail(v.is_undefined() ? v.why() : "abs wants a number, found " + type_name(v));
  return *i < 0 ? negated(value(*i)) : value(*i);
}

/// Rounded on its decimal digits, as Python does, so that 2.675 becomes 2.67.
double rounded(double d, std::int64_t precision) {
  if (!std::isfinite(d) || precision > 300) return d;
  if (precision >= 0) {
    std::array<char, 700> shown{};
    const int n = std::snprintf(shown.data(), shown.size(), "%.*f", static_cast<int>(precision), d);
    return read_real(std::string_view(shown.data(), static_cast<std::size_t>(n))).value_or(d);
  }
  if (precision < -308) return std::copysign(0.0, d);
  const double unit = std::pow(10.0, static_cast<double>(-precision));
  return std::nearbyint(d / unit) * unit;
}

value round_filter(host&, const value& v, const arguments& given) {
  const argument_reader args("round", given, {"precision", "method"});
  const std::string how = args.text_or(1, "common");
  const std::int64_t precision = args.integer_or(0, 0);
  const auto d = real_of(v);
  if (!d) fail(v.is_undefined() ? v.why() : "round wants a number, found " + type_name(v));
  if (how == "common") {
    if (v.as_real() == nullptr && precision >= 0) return value(*integer_of(v));
    const double made = rounded(*d, precision);
    return v.as_real() != nullptr ? value(made) : value(static_cast<std::int64_t>(made));
  }
  if (how != "ceil" && how != "floor") fail("round knows the methods common, ceil and floor");
  const double unit = std::pow(10.0, static_cast<double>(precision));
  // Python's ceil and floor give integers, which have no -0.
  return value(((how == "ceil" ? std::ceil(*d * unit) : std::floor(*d * unit)) + 0.0) / unit);
}

value size_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("filesizeformat", given, {"binary"});
  const auto read = v.as_text() != nullptr ? read_real(v.as_text()->bytes) : real_of(v);
  if (!read) fail(v.is_undefined() ? v.why() : "filesizeformat wants a number, found " + type_name(v));
  const bool binary = args.truth_or(0, false);
  const double base = binary ? 1024 : 1000;
  if (*read == 1) return make_text(h.spending(), "1 Byte");
  if (*read < base)
    return make_text(h.spending(), std::to_string(static_cast<std::int64_t>(*read)) + " Bytes");
  constexpr std::string_view letters = "kMGTPEZY";
  double unit = base;
  std::size_t i = 0;
  for (; i + 1 < letters.size() && *read >= unit * base; ++i) unit *= base;
  std::array<char, 340> shown{};
  const int n = std::snprintf(shown.data(), shown.size(), "%.1f ", *read / unit);
  std::string made(shown.data(), static_cast<std::size_t>(n));
  made += binary && i == 0 ? 'K' : letters[i];
  return make_text(h.spending(), made + (binary ? "iB" : "B"));
}

value tojson_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("tojson", given, {"ensure_ascii", "indent", "separators", "sort_keys"});
  json_style style;
  style.ascii_only = args.truth_or(0, false);
  style.sort_keys = args.truth_or(3, false);
  if (const value indent = args.get(1); !indent.is_none()) {
    style.broken_lines = true;
    const auto width = integer_of(indent);
    const std::int64_t widest = 1000;
    if (width)
      style.indent.assign(static_cast<std::size_t>(std::clamp<std::int64_t>(*width, 0, widest)), ' ');
    if (!width) style.indent = args.text_or(1, "");
  }
  if (const value separators = args.get(2); !separators.is_none()) {
    const auto both = items_of(h.spending(), separators);
    if (both.size() != 2 || both[0].as_text() == nullptr || both[1].as_text() == nullptr) {
      fail("tojson wants two strs as separators");
    }
    style.between = both[0].as_text()->bytes;
    style.after_key = both[1].as_text()->bytes;
    style.separators_given = true;
  }
  text_builder out(h.spending());
  print_json(h.spending(), v, style, out);
  return make_text(h.spending(), out.take());
}

value attr_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("attr", given, {"name"});
  if (v.as_dict() != nullptr)
    return no_attribute(v, printed(h.spending(), args.need(0)));  // attributes only, no items
  return attribute_of(h, v, args.need(0));
}

constexpr std::array filters{
    filter_entry{"abs", abs_filter},
    filter_entry{"attr", attr_filter},
    filter_entry{"d", default_filter},
    filter_entry{"default", default_filter},
    filter_entry{"filesizeformat", size_filter},
    filter_entry{"float", float_filter},
    filter_entry{"int", int_filter},
    filter_entry{"round", round_filter},
    filter_entry{"tojson", tojson_filter},
};

}  // namespace

std::span<const filter_entry> value_filters() noexcept {
  return filters;
}

}  // namespace hawser::model::jinja
