#include "model/template/formatting.hpp"

#include "model/template/operators.hpp"
#include "model/template/printing.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace hawser::model::jinja {

namespace {

constexpr std::size_t max_precision = 100;  // of a number; more digits than a double has are zeros
constexpr std::size_t max_width = 1'000'000;

struct format_spec {
  std::string fill = " ";
  char align = '\0';  ///< < > ^ =
  char sign = '-';
  bool alternate = false;
  bool grouped = false;
  char group = ',';
  std::size_t width = 0;
  std::size_t precision = std::string::npos;
  char type = '\0';
};

std::size_t read_count(std::string_view s, std::size_t& at) {
  std::size_t n = 0;
  while (at < s.size() && s[at] >= '0' && s[at] <= '9') {
    n = n * 10 + static_cast<std::size_t>(s[at++] - '0');
    if (n > max_width) fail("a format is wider than " + std::to_string(max_width));
  }
  return n;
}

std::string in_base(std::uint64_t n, unsigned base, bool upper) {
  std::string digits;
  do {
    digits.insert(digits.begin(), (upper ? "0123456789ABCDEF" : "0123456789abcdef")[n % base]);
    n /= base;
  } while (n > 0);
  return digits;
}

std::string real_digits(double d, char type, std::size_t precision, bool alternate) {
  const int digits =
      static_cast<int>(std::min(precision == std::string::npos ? 6 : precision, max_precision));
  const std::array<char, 7> format{
      '%', alternate ? '#' : '.', alternate ? '.' : '*', alternate ? '*' : type, alternate ? type : '\0',
      '\0'};
  std::array<char, 512> shown{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const int n = std::snprintf(shown.data(), shown.size(), format.data(), digits, std::fabs(d));
#pragma GCC diagnostic pop
  return std::string(shown.data(), static_cast<std::size_t>(n));
}

std::string with_groups(std::string digits, char separator) {
  std::size_t whole = digits.find_first_not_of("0123456789");
  if (whole == std::string::npos) whole = digits.size();
  for (std::size_t at = whole; at > 3; at -= 3) digits.insert(at - 3, 1, separator);
  return digits;
}

/// `sign` and `digits` apart, so that zeros can go between.
void number_parts(const value& v, const format_spec& spec, std::string& sign, std::string& digits) {
  const auto i = integer_of(v);
  const bool real_type =
      spec.type != '\0' && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos;
  bool negative = false;
  if (i && !real_type) {
    negative = *i < 0;
    const std::uint64_t n = negative ? ~static_cast<std::uint64_t>(*i) + 1 : static_cast<std::uint64_t>(*i);
    const bool hex = spec.type == 'x' || spec.type == 'X';
    const unsigned base = hex ? 16 : spec.type == 'o' ? 8 : spec.type == 'b' ? 2 : 10;
    digits = in_base(n, base, spec.type == 'X');
    if (spec.alternate && base != 10) sign = std::string("0") + spec.type;
  } else {
    const double d = *real_of(v);
    negative = std::signbit(d) && !std::isnan(d);
    if (!std::isfinite(d)) {
      digits = std::isnan(d) ? "nan" : "inf";
    } else if (spec.type == '\0' || spec.type == 'r') {
      digits = spec.precision == std::string::npos
                   ? printed_real(std::fabs(d))
                   : real_digits(d, 'g', std::max<std::size_t>(spec.precision, 1), false);
    } else {
      digits = spec.type == '%' ? real_digits(d * 100, 'f', spec.precision, spec.alternate) + "%"
                                : real_digits(d, spec.type, spec.precision, spec.alternate);
    }
  }
  if (spec.grouped) digits = with_groups(std::move(digits), spec.group);
  if (negative) {
    sign.insert(0, "-");
  } else if (spec.sign != '-') {
    sign.insert(0, 1, spec.sign);
  }
}

void pad(meter& m, const format_spec& spec, char usual, const std::string& sign, const std::string& body,
         text_builder& out) {
  m.work(sign.size() + body.size());
  const std::size_t used = count_code_points(sign) + count_code_points(body);
  const std::size_t missing = spec.width > used ? spec.width - used : 0;
  const char align = spec.align != '\0' ? spec.align : usual;
  const std::size_t left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
  for (std::size_t i = 0; i < left; ++i) out.append(spec.fill);
  out.append(sign);
  for (std::size_t i = 0; align == '=' && i < missing; ++i) out.append(spec.fill);
  out.append(body);
  for (std::size_t i = left; align != '=' && i < missing; ++i) out.append(spec.fill);
}

void format_text(meter& m, std::string s, const format_spec& spec, text_builder& out) {
  if (spec.precision != std::string::npos) s.resize(offset_of(s, spec.precision));
  pad(m, spec, '<', "", s, out);
}

/// %-style: flags, width, precision and type after the percent sign.
format_spec percent_spec(std::string_view f, std::size_t& at) {
  format_spec spec;
  bool left = false;
  bool zero = false;
  for (; at < f.size(); ++at) {
    if (f[at] == '-') {
      left = true;
    } else if (f[at] == '0') {
      zero = true;
    } else if (f[at] == '+' || (f[at] == ' ' && spec.sign == '-')) {
      spec.sign = f[at];
    } else if (f[at] == '#') {
      spec.alternate = true;
    } else if (f[at] != ' ') {
      break;
    }
  }
  spec.width = read_count(f, at);
  if (at < f.size() && f[at] == '.') spec.precision = read_count(f, ++at);
  while (at < f.size() && (f[at] == 'l' || f[at] == 'h' || f[at] == 'L')) ++at;
  if (at == f.size()) fail("a format ends inside of a % field");
  spec.type = f[at++];
  spec.align = left ? '<' : '>';
  if (zero && !left && spec.type != 's' && spec.type != 'r') {
    spec.align = '=';
    spec.fill = "0";
  }
  return spec;
}

value truncated(const value& v) {
  if (integer_of(v)) return v;
  const auto d = real_of(v);
  if (!d) fail("a % format wants a number, found " + type_name(v));
  if (!(std::fabs(*d) < 9.2e18)) fail("the number " + printed_real(*d) + " is no 64-bit integer");
  return value(static_cast<std::int64_t>(*d));
}

void percent_field(meter& m, format_spec spec, const value& v, text_builder& out) {
  std::string sign;
  std::string digits;
  switch (spec.type) {
  case 's':
    return format_text(m, printed(m, v), spec, out);
  case 'r':
  case 'a': {
    text_builder shown(m);
    print_repr(m, v, shown);
    return format_text(m, shown.take(), spec, out);
  }
  case 'c':
    if (const text* t = v.as_text(); t != nullptr && count_code_points(t->bytes) == 1)
      return format_text(m, t->bytes, spec, out);
    if (const auto i = integer_of(v); i && *i >= 0 && *i <= 0x10FFFF) {
      append_code_point(digits, static_cast<char32_t>(*i));
      return format_text(m, digits, spec, out);
    }
    fail("a %c format wants one character");
  case 'd':
  case 'i':
  case 'u':
  case 'x':
  case 'X':
  case 'o':
    if ((spec.type == 'x' || spec.type == 'X' || spec.type == 'o') && !integer_of(v)) {
      fail("a % format wants an integer, found " + type_name(v));
    }
    number_parts(truncated(v), spec, sign, digits);
    if (spec.precision != std::string::npos && digits.size() < spec.precision) {
      m.ensure(spec.precision);
      digits.insert(0, spec.precision - digits.size(), '0');
    }
    return pad(m, spec, '>', sign, digits, out);
  case 'e':
  case 'E':
  case 'f':
  case 'F':
  case 'g':
  case 'G':
    if (!real_of(v)) fail("a % format wants a number, found " + type_name(v));
    number_parts(v, spec, sign, digits);
    return pad(m, spec, '>', sign, digits, out);
  default:
    fail(std::string("found the unknown format '%") + spec.type + "'");
  }
}

/// {}-style: [[fill]align][sign][#][0][width][,][.precision][type]
format_spec brace_spec(std::string_view f) {
  format_spec spec;
  std::size_t at = 0;
  const auto aligns = [](char c) { return c == '<' || c == '>' || c == '^' || c == '='; };
  if (!f.empty()) {
    std::size_t first = 0;
    static_cast<void>(next_code_point(f, first));
    if (first < f.size() && aligns(f[first])) {
      spec.fill = std::string(f.substr(0, first));
      spec.align = f[first];
      at = first + 1;
    } else if (aligns(f[0])) {
      spec.align = f[0];
      at = 1;
    }
  }
  if (at < f.size() && (f[at] == '+' || f[at] == '-' || f[at] == ' ')) spec.sign = f[at++];
  if (at < f.size() && f[at] == '#') {
    spec.alternate = true;
    ++at;
  }
  if (at < f.size() && f[at] == '0') {
    if (spec.align == '\0') {
      spec.fill = "0";
      spec.align = '=';
    }
    ++at;
  }
  spec.width = read_count(f, at);
  if (at < f.size() && (f[at] == ',' || f[at] == '_')) {
    spec.grouped = true;
    spec.group = f[at++];
  }
  if (at < f.size() && f[at] == '.') spec.precision = read_count(f, ++at);
  if (at < f.size()) spec.type = f[at++];
  if (at < f.size()) fail("found the invalid format '" + std::string(f.substr(0, 40)) + "'");
  return spec;
}

void brace_value(meter& m, const value& v, std::string_view spec_text, text_builder& out) {
  if (spec_text.empty()) return print(m, v, out);
  const format_spec spec = brace_spec(spec_text);
  const bool number = real_of(v).has_value();
  if (!number) {
    if (v.as_text() == nullptr) fail("a " + type_name(v) + " takes no format");
    if ((spec.type != '\0' && spec.type != 's') || spec.align == '=' || spec.grouped) {
      fail(std::string("found the format '") + spec.type + "' for a str");
    }
    return format_text(m, printed(m, v), spec, out);
  }
  if (spec.type != '\0' && std::string_view("bdoxXeEfFgG%n").find(spec.type) == std::string_view::npos) {
    fail(std::string("found the unknown format '") + spec.type + "' for a number");
  }
  if (v.as_real() != nullptr && spec.type != '\0' &&
      std::string_view("bdoxX").find(spec.type) != std::string_view::npos) {
    fail(std::string("found the format '") + spec.type + "' for a float");
  }
  std::string sign;
  std::string digits;
  number_parts(v, spec, sign, digits);
  pad(m, spec, '>', sign, digits, out);
}

/// name, 0, name.attribute[0]: fields reach into dictionaries and lists only.
value brace_argument(meter& m, std::string_view field, const arguments& given, std::size_t& automatic) {
  const std::size_t end = std::min(field.find_first_of(".["), field.size());
  const std::string_view head = field.substr(0, end);
  value v;
  std::size_t at = 0;
  const std::size_t index = head.empty() ? automatic++ : read_count(head, at);
  if (at == head.size()) {
    if (index >= given.positional.size()) fail("a format wants more arguments than it was given");
    v = given.positional[index];
  } else {
    const auto it =
        std::find_if(given.named.begin(), given.named.end(), [&](const auto& n) { return n.first == head; });
    if (it == given.named.end())
      fail("a format wants the argument '" + std::string(head.substr(0, 40)) + "'");
    v = it->second;
  }
  for (at = end; at < field.size();) {
    const bool bracket = field[at] == '[';
    const std::size_t stop =
        std::min(bracket ? field.find(']', at) : field.find_first_of(".[", at + 1), field.size());
    const std::string_view key = field.substr(at + 1, stop - at - 1);
    std::size_t digits = 0;
    const std::size_t number = bracket ? read_count(key, digits) : 0;
    const bool numeric = bracket && digits == key.size() && !key.empty();
    const auto found =
        item_of(m, v, numeric ? value(static_cast<std::int64_t>(number)) : make_text(m, std::string(key)));
    if (!found) fail("a format finds no '" + std::string(key.substr(0, 40)) + "' in a " + type_name(v));
    v = *found;
    at = stop + (bracket ? 1 : 0);
  }
  return v;
}

void brace_field(meter& m, std::string_view field, const arguments& given, std::size_t& automatic,
                 text_builder& out) {
  const std::size_t colon = std::min(field.find(':'), field.size());
  std::string_view name = field.substr(0, colon);
  const std::string_view spec = colon < field.size() ? field.substr(colon + 1) : std::string_view();
  char conversion = '\0';
  if (name.size() >= 2 && name[name.size() - 2] == '!') {
    conversion = name.back();
    name.remove_suffix(2);
  }
  value v = brace_argument(m, name, given, automatic);
  if (conversion == 'r' || conversion == 's') {
    text_builder shown(m);
    conversion == 'r' ? print_repr(m, v, shown) : print(m, v, shown);
    v = make_text(m, shown.take());
  } else if (conversion != '\0') {
    fail(std::string("found the unknown conversion '!") + conversion + "'");
  }
  if (spec.find('{') == std::string_view::npos) return brace_value(m, v, spec, out);
  const level one(m);  // a field inside the format of another
  const value inner = brace_formatted(m, spec, given);
  brace_value(m, v, inner.as_text()->bytes, out);
}

}  // namespace

value percent_formatted(meter& m, std::string_view format, const value& given) {
  text_builder out(m);
  const list* many =
      given.as_list() != nullptr && given.as_list()->kind == list_kind::tuple ? given.as_list() : nullptr;
  std::size_t next = 0;
  bool named = false;
  for (std::size_t at = 0; at < format.size();) {
    const std::size_t percent = std::min(format.find('%', at), format.size());
    out.append(format.substr(at, percent - at));
    at = percent + 1;
    if (percent == format.size()) break;
    m.step();
    value v;
    bool chosen = false;
    if (at < format.size() && format[at] == '(') {
      const std::size_t close = format.find(')', at);
      if (close == std::string_view::npos || given.as_dict() == nullptr)
        fail("a %(name) format wants a dictionary");
      const value* found = given.as_dict()->find(format.substr(at + 1, close - at - 1));
      if (found == nullptr)
        fail("a format wants '" +
             std::string(format.substr(at + 1, std::min<std::size_t>(close - at - 1, 40))) + "'");
      v = *found;
      chosen = named = true;
      at = close + 1;
    }
    const format_spec spec = percent_spec(format, at);
    if (spec.type == '%') {
      out.append('%');
      continue;
    }
    if (!chosen) {
      if (next >= (many != nullptr ? many->items.size() : 1))
        fail("a format wants more arguments than it was given");
      v = many != nullptr ? many->items[next] : given;
      ++next;
    }
    percent_field(m, spec, v, out);
  }
  // What can be indexed passes for a dictionary of names that the format need not use.
  const bool indexed = given.as_dict() != nullptr || given.as_list() != nullptr || given.is_undefined();
  const bool all = many != nullptr ? next == many->items.size() : next == 1 || indexed;
  if (!all && !named) fail("a format was given more arguments than it wants");
  return make_text(m, out.take());
}

value brace_formatted(meter& m, std::string_view format, const arguments& given) {
  text_builder out(m);
  std::size_t automatic = 0;
  for (std::size_t at = 0; at < format.size();) {
    const std::size_t brace = std::min(format.find_first_of("{}", at), format.size());
    out.append(format.substr(at, brace - at));
    if (brace == format.size()) break;
    m.step();
    if (brace + 1 < format.size() && format[brace + 1] == format[brace]) {
      out.append(format[brace]);
      at = brace + 2;
      continue;
    }
    if (format[brace] == '}') fail("a format has a single '}'");
    std::size_t close = brace + 1;
    for (std::size_t open = 1; close < format.size(); ++close) {
      open += format[close] == '{' ? 1u : 0u;
      open -= format[close] == '}' ? 1u : 0u;
      if (open == 0) break;
    }
    if (close == format.size()) fail("a format has a '{' that is not closed");
    brace_field(m, format.substr(brace + 1, close - brace - 1), given, automatic, out);
    at = close + 1;
  }
  return make_text(m, out.take());
}

}  // namespace hawser::model::jinja
