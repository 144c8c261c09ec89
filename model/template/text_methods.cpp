#include "model/template/argument_reader.hpp"
#include "model/template/formatting.hpp"
#include "model/template/methods.hpp"
#include "model/template/operators.hpp"
#include "model/template/text_operations.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>
#include <array>

namespace hawser::model::jinja {

namespace {

using method_call = value (*)(meter&, const text&, const arguments&);

value strip(meter& m, std::string_view name, const text& t, const arguments& given, bool left, bool right) {
  const argument_reader args(name, given, {"chars"});
  m.work(t.bytes.size());
  if (args.get(0).is_none()) return make_text(m, std::string(stripped(t.bytes, left, right)));
  const std::string chars = args.text_or(0, "");
  const std::string_view set = chars;
  return make_text(m, std::string(stripped(t.bytes, left, right, &set)));
}

value split_by(meter& m, const text& t, const arguments& given, bool from_right) {
  const argument_reader args("split", given, {"sep", "maxsplit"});
  const std::string separator = args.get(0).is_none() ? "" : args.text_or(0, "");
  return split(m, t.bytes, args.get(0).is_none() ? nullptr : &separator, args.integer_or(1, -1), from_right);
}

/// The part of a text between two positions in code points, as str.find(x, start, end) takes them; its offset
/// as well.
struct part {
  std::string_view words;
  std::size_t offset = 0;
  bool valid = true;  ///< false: start lies behind the end
};

part part_of(meter& m, const text& t, const argument_reader& args) {
  part p{t.bytes};
  const value begin = args.get(1);
  const value end = args.get(2);
  if (begin.is_none() && end.is_none()) return p;
  m.work(t.bytes.size());
  const auto length = static_cast<std::int64_t>(t.ascii ? t.bytes.size() : count_code_points(t.bytes));
  const auto clamp = [length](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? std::max(i, -length) + length : i, 0, length);
  };
  const std::int64_t first = begin.is_none() ? 0 : args.integer_or(1, 0);
  const std::int64_t from = clamp(first);
  const std::int64_t to = end.is_none() ? length : clamp(args.integer_or(2, length));
  p.valid = first <= length && from <= to;
  p.offset = offset_of(t.bytes, static_cast<std::size_t>(from));
  const std::size_t stop = offset_of(t.bytes, static_cast<std::size_t>(std::max(from, to)));
  p.words = std::string_view(t.bytes).substr(p.offset, stop - p.offset);
  return p;
}

std::string sought(std::string_view name, const argument_reader& args) {
  static_cast<void>(name);
  static_cast<void>(args.need(0));
  return args.text_or(0, "");
}

value find_part(meter& m, const text& t, const arguments& given, std::string_view name, bool last) {
  const argument_reader args(name, given, {"sub", "start", "end"});
  const std::string sub = sought(name, args);
  const part p = part_of(m, t, args);
  m.work(p.words.size());
  const std::size_t found = !p.valid ? std::string_view::npos
                            : last   ? find_last_in(m, p.words, sub)
                                     : find_in(p.words, sub);
  if (found == std::string_view::npos) return value(std::int64_t{-1});
  const std::size_t at = p.offset + found;
  return value(
      static_cast<std::int64_t>(t.ascii ? at : count_code_points(std::string_view(t.bytes).substr(0, at))));
}

value index_part(meter& m, const text& t, const arguments& given, std::string_view name, bool last) {
  value v = find_part(m, t, given, name, last);
  if (*v.as_integer() < 0) fail(std::string(name) + "() finds no such substring");
  return v;
}

/// startswith and endswith: one text, or a tuple of them.
value begins_or_ends(meter& m, const text& t, const arguments& given, std::string_view name, bool begins) {
  const argument_reader args(name, given, {"prefix", "start", "end"});
  const part p = part_of(m, t, args);
  const auto fits = [&](const value& v) {
    const text* one = v.as_text();
    if (one == nullptr)
      fail(v.is_undefined() ? v.why()
                            : std::string(name) + "() wants a str or a tuple of them, found " + type_name(v));
    m.work(one->bytes.size());
    return p.valid && (begins ? p.words.starts_with(one->bytes) : p.words.ends_with(one->bytes));
  };
  const value what = args.need(0);
  const list* many = what.as_list();
  if (many == nullptr || many->kind != list_kind::tuple) return value(fits(what));
  return value(std::any_of(many->items.begin(), many->items.end(), fits));
}

template <class Ask>
value all_code_points(meter& m, const text& t, Ask&& ask) {
  m.work(t.bytes.size());
  bool all = !t.bytes.empty();
  for (std::size_t at = 0; all && at < t.bytes.size();) all = ask(next_code_point(t.bytes, at));
  return value(all);
}

/// isupper and islower: no letter of the other case, and at least one of this.
value all_cased(meter& m, const text& t, bool upper_case) {
  m.work(t.bytes.size());
  bool some = false;
  for (std::size_t at = 0; at < t.bytes.size();) {
    const char32_t c = next_code_point(t.bytes, at);
    if (upper_case ? is_lower(c) : is_upper(c)) return value(false);
    some = some || (upper_case ? is_upper(c) : is_lower(c));
  }
  return value(some);
}

value padded(meter& m, std::string_view name, const text& t, const arguments& given, char align) {
  const argument_reader args(name, given, {"width", "fillchar"});
  static_cast<void>(args.need(0));
  const std::string fill = args.text_or(1, " ");
  if (count_code_points(fill) != 1) fail(std::string(name) + "() fills with one character");
  return pad_text(m, t.bytes, args.integer_or(0, 0), fill, align);
}

value partition(meter& m, const text& t, const arguments& given, bool last) {
  const argument_reader args("partition", given, {"sep"});
  const std::string sep = sought("partition", args);
  if (sep.empty()) fail("partition() wants a separator that is not empty");
  m.work(t.bytes.size());
  const std::size_t at = last ? find_last_in(m, t.bytes, sep) : find_in(t.bytes, sep);
  const auto piece = [&](std::size_t from, std::size_t n) { return make_text(m, t.bytes.substr(from, n)); };
  const value none_found = make_text(m, "");
  std::vector<value> made;
  if (at == std::string::npos) {
    made = last ? std::vector<value>{none_found, none_found, piece(0, std::string::npos)}
                : std::vector<value>{piece(0, std::string::npos), none_found, none_found};
  } else {
    made = {piece(0, at), make_text(m, sep), piece(at + sep.size(), std::string::npos)};
  }
  return make_list(m, std::move(made), list_kind::tuple);
}

value without_affix(meter& m, const text& t, const arguments& given, bool prefix) {
  const argument_reader args(prefix ? "removeprefix" : "removesuffix", given, {"affix"});
  const std::string affix = sought("removeprefix", args);
  std::string_view s = t.bytes;
  if (prefix && s.starts_with(affix)) s.remove_prefix(affix.size());
  if (!prefix && s.ends_with(affix)) s.remove_suffix(affix.size());
  return make_text(m, std::string(s));
}

value replace_method(meter& m, const text& t, const arguments& given) {
  const argument_reader args("replace", given, {"old", "new", "count"});
  static_cast<void>(args.need(1));
  return replaced(m, t.bytes, args.text_or(0, ""), args.text_or(1, ""), args.integer_or(2, -1));
}

value join_method(meter& m, const text& t, const arguments& given) {
  const argument_reader args("join", given, {"iterable"});
  const auto items = items_of(m, args.need(0));
  for (const value& v : items) {
    if (v.as_text() == nullptr) fail(v.is_undefined() ? v.why() : "join() wants strs, found " + type_name(v));
  }
  return joined_texts(m, items, t.bytes);
}

value zfill(meter& m, const text& t, const arguments& given) {
  const argument_reader args("zfill", given, {"width"});
  static_cast<void>(args.need(0));
  const bool sign = t.bytes.starts_with("-") || t.bytes.starts_with("+");
  const value padded_digits =
      pad_text(m, t.bytes.substr(sign ? 1 : 0), args.integer_or(0, 0) - (sign ? 1 : 0), "0", '>');
  return make_text(m, t.bytes.substr(0, sign ? 1 : 0) + padded_digits.as_text()->bytes);
}

value changed(meter& m, const text& t, const arguments& given, std::string_view name,
              std::string (*change)(std::string_view)) {
  const argument_reader args(name, given, {});
  m.work(8 * t.bytes.size());
  m.ensure(2 * t.bytes.size());
  return make_text(m, change(t.bytes));
}

std::string swapped_case(std::string_view s) {
  std::string out;
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t begin = at;
    const bool big = is_upper(next_code_point(s, at));
    out += big ? to_lower(s.substr(begin, at - begin)) : to_upper(s.substr(begin, at - begin));
  }
  return out;
}

value count_method(meter& m, const text& t, const arguments& given) {
  const argument_reader args("count", given, {"sub", "start", "end"});
  const std::string sub = sought("count", args);
  const part p = part_of(m, t, args);
  m.work(p.words.size());
  return value(static_cast<std::int64_t>(p.valid ? count_in(p.words, sub) : 0));
}

value lines_method(meter& m, const text& t, const arguments& given) {
  const argument_reader args("splitlines", given, {"keepends"});
  return split_lines(m, t.bytes, args.truth_or(0, false));
}

struct entry {
  std::string_view name;
  method_call call;
};

#define HAWSER_METHOD(expression)                                                                            \
  [](meter& m, const text& t, const arguments& a) -> value { return expression; }

constexpr std::array methods{
    entry{"capitalize", HAWSER_METHOD(changed(m, t, a, "capitalize", capitalized))},
    entry{"casefold", HAWSER_METHOD(changed(m, t, a, "casefold", to_lower))},
    entry{"center", HAWSER_METHOD(padded(m, "center", t, a, '^'))},
    entry{"count", count_method},
    entry{"endswith", HAWSER_METHOD(begins_or_ends(m, t, a, "endswith", false))},
    entry{"find", HAWSER_METHOD(find_part(m, t, a, "find", false))},
    entry{"format", HAWSER_METHOD(brace_formatted(m, t.bytes, a))},
    entry{"index", HAWSER_METHOD(index_part(m, t, a, "index", false))},
    entry{"isalnum",
          HAWSER_METHOD((static_cast<void>(a),
                         all_code_points(m, t, [](char32_t c) { return is_alpha(c) || is_digit(c); })))},
    entry{"isalpha", HAWSER_METHOD((static_cast<void>(a), all_code_points(m, t, is_alpha)))},
    entry{"isascii", HAWSER_METHOD((static_cast<void>(m), static_cast<void>(a), value(t.ascii)))},
    entry{"isdecimal", HAWSER_METHOD((static_cast<void>(a), all_code_points(m, t, is_digit)))},
    entry{"isdigit", HAWSER_METHOD((static_cast<void>(a), all_code_points(m, t, is_digit)))},
    entry{"islower", HAWSER_METHOD((static_cast<void>(a), all_cased(m, t, false)))},
    entry{"isnumeric", HAWSER_METHOD((static_cast<void>(a), all_code_points(m, t, is_digit)))},
    entry{"isspace", HAWSER_METHOD((static_cast<void>(a), all_code_points(m, t, is_space)))},
    entry{"isupper", HAWSER_METHOD((static_cast<void>(a), all_cased(m, t, true)))},
    entry{"join", join_method},
    entry{"ljust", HAWSER_METHOD(padded(m, "ljust", t, a, '<'))},
    entry{"lower", HAWSER_METHOD(changed(m, t, a, "lower", to_lower))},
    entry{"lstrip", HAWSER_METHOD(strip(m, "lstrip", t, a, true, false))},
    entry{"partition", HAWSER_METHOD(partition(m, t, a, false))},
    entry{"removeprefix", HAWSER_METHOD(without_affix(m, t, a, true))},
    entry{"removesuffix", HAWSER_METHOD(without_affix(m, t, a, false))},
    entry{"replace", replace_method},
    entry{"rfind", HAWSER_METHOD(find_part(m, t, a, "rfind", true))},
    entry{"rindex", HAWSER_METHOD(index_part(m, t, a, "rindex", true))},
    entry{"rjust", HAWSER_METHOD(padded(m, "rjust", t, a, '>'))},
    entry{"rpartition", HAWSER_METHOD(partition(m, t, a, true))},
    entry{"rsplit", HAWSER_METHOD(split_by(m, t, a, true))},
    entry{"rstrip", HAWSER_METHOD(strip(m, "rstrip", t, a, false, true))},
    entry{"split", HAWSER_METHOD(split_by(m, t, a, false))},
    entry{"splitlines", lines_method},
    entry{"startswith", HAWSER_METHOD(begins_or_ends(m, t, a, "startswith", true))},
    entry{"strip", HAWSER_METHOD(strip(m, "strip", t, a, true, true))},
    entry{"swapcase", HAWSER_METHOD(changed(m, t, a, "swapcase", swapped_case))},
    entry{"title", HAWSER_METHOD(changed(m, t, a, "title", titled_words))},
    entry{"upper", HAWSER_METHOD(changed(m, t, a, "upper", to_upper))},
    entry{"zfill", zfill},
};

#undef HAWSER_METHOD

const entry* find_method(std::string_view name) {
  const auto it = std::lower_bound(methods.begin(), methods.end(), name,
                                   [](const entry& e, std::string_view n) { return e.name < n; });
  return it != methods.end() && it->name == name ? &*it : nullptr;
}

}  // namespace

value pad_text(meter& m, std::string_view s, std::int64_t width, std::string_view fill, char align) {
  m.work(s.size());
  const auto used = static_cast<std::int64_t>(count_code_points(s));
  const auto missing = static_cast<std::size_t>(std::max<std::int64_t>(width - used, 0));
  // str.center puts the odd one left only when the width is odd.
  const std::size_t left = align == '>'   ? missing
                           : align == '^' ? missing / 2 + (missing & static_cast<std::size_t>(width) & 1u)
                                          : 0;
  m.ensure(missing);
  text_builder out(m);
  for (std::size_t i = 0; i < left; ++i) out.append(fill);
  out.append(s);
  for (std::size_t i = left; i < missing; ++i) out.append(fill);
  return make_text(m, out.take());
}

bool has_text_method(std::string_view name) {
  return find_method(name) != nullptr;
}

value call_text_method(meter& m, const text& t, std::string_view name, const arguments& given) {
  return find_method(name)->call(m, t, given);
}

}  // namespace hawser::model::jinja
