#include "conf/value.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace hawser::conf {

namespace {

template <class... Case>
struct overloaded : Case... {
  using Case::operator()...;
};
template <class... Case>
overloaded(Case...) -> overloaded<Case...>;

struct unit {
  std::string_view name;
  double factor;
};

/// Durations in seconds.
constexpr std::array<unit, 6> time_units{
    {{"ms", 0.001}, {"s", 1}, {"sec", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}}};
/// Sizes in bytes.
constexpr std::array<unit, 11> size_units{{{"B", 1},
                                           {"K", 1024},
                                           {"KB", 1024},
                                           {"KiB", 1024},
                                           {"M", 1048576},
                                           {"MB", 1048576},
                                           {"MiB", 1048576},
                                           {"G", 1073741824},
                                           {"GB", 1073741824},
                                           {"GiB", 1073741824},
                                           {"TB", 1099511627776}}};

/// The number 7.5 as "7.5" and 10.0 as "10".
std::string brief(double value) {
  std::array<char, 32> text{};
  const auto [end, failed] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (failed != std::errc{}) return std::to_string(value);
  return {text.data(), end};
}

template <class Number>
std::optional<Number> whole_text(std::string_view text) {
  Number value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "10 s" with the units given: the number in base units.
template <std::size_t N>
std::optional<double> with_unit(std::string_view text, const std::array<unit, N>& units) {
  const auto digits = text.find_first_not_of("0123456789.");
  if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
  const auto value = whole_text<double>(text.substr(0, digits));
  const auto name = text.substr(text.find_first_not_of(' ', digits));
  if (!value) return std::nullopt;
  for (const unit& u : units) {
    if (u.name == name) return *value * u.factor;
  }
  return std::nullopt;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t shown = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, shown)) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return out + (text.size() > shown ? "...\"" : "\"");
}

std::string describe(const raw_value& value) {
  return std::visit(
      overloaded{
          [](bool b) -> std::string { return std::string("the boolean ") + (b ? "true" : "false"); },
          [](std::int64_t i) { return "the integer " + std::to_string(i); },
          [](double d) { return "the number " + brief(d); },
          [](const std::string& s) { return "the string " + quoted(s); },
          [](const text_list& l) { return "a list of " + std::to_string(l.size()) + " strings"; },
      },
      value);
}

std::string_view expectation(const slot& where) {
  return std::visit(
      overloaded{
          [](const bool*) -> std::string_view { return "true or false"; },
          [](const std::int64_t*) -> std::string_view { return "an integer"; },
          [](const double*) -> std::string_view { return "a number"; },
          [](const std::string*) -> std::string_view { return "a string"; },
          [](const seconds_count*) -> std::string_view {
            return "a duration (a number of seconds, or text such as \"500 ms\", \"10 s\", \"5 min\")";
          },
          [](const byte_count*) -> std::string_view {
            return "a size (a number, or text such as \"16 KB\", \"4 MB\", \"1 GB\")";
          },
          [](const text_list*) -> std::string_view { return "a list of strings"; },
      },
      where);
}

std::optional<double> number_in(const raw_value& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(&value); d != nullptr && std::isfinite(*d)) return *d;
  return std::nullopt;
}

std::optional<double> seconds_in(const raw_value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return with_unit(*text, time_units);
  return number_in(value);
}

std::optional<double> bytes_in(const raw_value& value, std::uint64_t scale) {
  if (const auto* text = std::get_if<std::string>(&value)) return with_unit(*text, size_units);
  const auto number = number_in(value);
  return number ? std::optional(*number * static_cast<double>(scale)) : std::nullopt;
}

text_list split(std::string_view text) {
  text_list parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return parts;
}

std::string print_list(const text_list& list) {
  std::string out = "[";
  for (const std::string& one : list) out += (out.size() > 1 ? ", " : "") + quoted(one);
  return out + "]";
}

bool among(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const auto bar = choices.find('|');
    if (choices.substr(0, bar) == value) return true;
    choices = bar == std::string_view::npos ? std::string_view{} : choices.substr(bar + 1);
  }
  return false;
}

std::string print_bytes(double count) {
  for (const unit& u : {unit{"GB", 1073741824}, unit{"MB", 1048576}, unit{"KB", 1024}}) {
    if (count >= u.factor && std::fmod(count, u.factor) == 0)
      return brief(count / u.factor) + " " + std::string(u.name);
  }
  return brief(count) + " B";
}

std::string print_seconds(double seconds) {
  return seconds < 1 && seconds > 0 ? brief(std::round(seconds * 1000)) + " ms" : brief(seconds) + " s";
}

std::string print_slot(const slot& where, std::uint64_t scale) {
  return std::visit(overloaded{
                        [](const bool* b) -> std::string { return *b ? "true" : "false"; },
                        [](const std::int64_t* i) { return std::to_string(*i); },
                        [](const double* d) { return brief(*d); },
                        [](const std::string* s) { return quoted(*s); },
                        [](const seconds_count* s) {
                          return "\"" + print_seconds(static_cast<double>(s->count()) / 1000) + "\"";
                        },
                        [scale](const byte_count* b) {
                          // Where a bare number is what people write, it is what they read.
                          if (scale != 1 && b->value % scale == 0) return std::to_string(b->value / scale);
                          return "\"" + print_bytes(static_cast<double>(b->value)) + "\"";
                        },
                        [](const text_list* l) { return print_list(*l); },
                    },
                    where);
}

/// Numbers, durations and sizes: reads, compares with the range, stores.
class number_check {
 public:
  number_check(const key& which, const raw_value& value, const slot& where)
      : which_(which), value_(value), where_(where) {}

  std::optional<objection> wrong_type() const {
    return objection{errc::wrong_type, std::string(which_.name) + ": expected " +
                                           std::string(expectation(where_)) + ", found " + describe(value_)};
  }

  std::optional<objection> in_range(std::optional<double> number) const {
    if (!number) return wrong_type();
    if (*number >= which_.least && *number <= which_.most) return std::nullopt;
    return objection{errc::out_of_range, std::string(which_.name) + " must be in " + print_range(which_) +
                                             ", found " + describe(value_)};
  }

 private:
  const key& which_;
  const raw_value& value_;
  const slot& where_;
};

}  // namespace

std::optional<objection> assign(settings& into, const key& which, const raw_value& value) {
  const slot where = which.at(into);
  const number_check check(which, value, where);
  const auto put_flag = [&](bool* to) -> std::optional<objection> {
    const auto* found = std::get_if<bool>(&value);
    if (found == nullptr) return check.wrong_type();
    *to = *found;
    return std::nullopt;
  };
  const auto put_integer = [&](std::int64_t* to) -> std::optional<objection> {
    const auto* found = std::get_if<std::int64_t>(&value);
    if (found == nullptr) return check.wrong_type();
    if (auto wrong = check.in_range(number_in(value))) return wrong;
    *to = *found;
    return std::nullopt;
  };
  const auto put_number = [&](double* to) -> std::optional<objection> {
    const auto found = number_in(value);
    if (auto wrong = check.in_range(found)) return wrong;
    *to = *found;
    return std::nullopt;
  };
  const auto put_text = [&](std::string* to) -> std::optional<objection> {
    const auto* found = std::get_if<std::string>(&value);
    if (found == nullptr) return check.wrong_type();
    if (!which.choices.empty() && !among(which.choices, *found)) {
      return objection{errc::out_of_range, std::string(which.name) + " must be one of " + print_range(which) +
                                               ", found " + describe(value)};
    }
    *to = *found;
    return std::nullopt;
  };
  const auto put_seconds = [&](seconds_count* to) -> std::optional<objection> {
    const auto found = seconds_in(value);
    if (auto wrong = check.in_range(found)) return wrong;
    *to = seconds_count(std::llround(*found * 1000));
    return std::nullopt;
  };
  const auto put_bytes = [&](byte_count* to) -> std::optional<objection> {
    const auto found = bytes_in(value, which.scale);
    if (auto wrong = check.in_range(found)) return wrong;
    to->value = static_cast<std::uint64_t>(std::llround(*found));
    return std::nullopt;
  };
  const auto put_list = [&](text_list* to) -> std::optional<objection> {
    const auto* found = std::get_if<text_list>(&value);
    if (found == nullptr) return check.wrong_type();
    *to = *found;
    return std::nullopt;
  };
  return std::visit(overloaded{put_flag, put_integer, put_number, put_text, put_seconds, put_bytes, put_list},
                    where);
}

std::optional<objection> assign_text(settings& into, const key& which, std::string_view text) {
  raw_value value = std::string(text);
  if (std::holds_alternative<text_list*>(which.at(into)))
    value = split(text);
  else if (!std::holds_alternative<std::string*>(which.at(into))) {
    if (text == "true" || text == "false")
      value = text == "true";
    else if (const auto integer = whole_text<std::int64_t>(text))
      value = *integer;
    else if (const auto number = whole_text<double>(text))
      value = *number;
  }
  return assign(into, which, value);
}

std::string print_value(const settings& from, const key& which) {
  settings copy = from;
  return print_slot(which.at(copy), which.scale);
}

std::string print_range(const key& which) {
  settings any;
  const slot where = which.at(any);
  if (std::holds_alternative<bool*>(where)) return "true | false";
  if (std::holds_alternative<text_list*>(where)) return {};
  if (std::holds_alternative<std::string*>(where)) {
    std::string list;
    for (const char c : which.choices) list += c == '|' ? std::string(" | ") : std::string(1, c);
    return list;
  }
  const auto print = [&](double bound) {
    if (std::holds_alternative<seconds_count*>(where)) return print_seconds(bound);
    if (std::holds_alternative<byte_count*>(where)) return print_bytes(bound);
    return brief(bound);
  };
  return print(which.least) + " .. " + print(which.most);
}

}  // namespace hawser::conf
