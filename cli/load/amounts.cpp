#include "cli/load/amounts.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace hawser::load {

namespace {

constexpr double longest = 1 << 20;

/// Finite, not negative, nothing behind it.
std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

error bad(std::string_view text, std::string_view expected) {
  return {errc::bad_option, "\"" + std::string(text) + "\": expected " + std::string(expected)};
}

/// Before and after the first `at`; no `at`: all and nothing.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char at) {
  const auto place = text.find(at);
  if (place == std::string_view::npos) return {text, {}};
  return {text.substr(0, place), text.substr(place + 1)};
}

}  // namespace

result<std::chrono::nanoseconds> read_time(std::string_view text) {
  double unit = 1;
  std::string_view digits = text;
  const auto strip = [&](std::string_view suffix, double seconds) {
    if (!digits.ends_with(suffix)) return false;
    digits.remove_suffix(suffix.size());
    unit = seconds;
    return true;
  };
  (void)(strip("ms", 1e-3) || strip("s", 1) || strip("m", 60) || strip("h", 3600));
  const auto value = number_in(digits);
  constexpr double most = 1e6;
  if (!value || *value * unit > most) return bad(text, "a time such as 250ms, 2.5s or 1m");
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*value * unit * 1e9));
}

result<double> read_number(std::string_view text, double most) {
  const auto value = number_in(text);
  if (!value || *value > most) return bad(text, "a number from 0 to " + std::to_string(most));
  return *value;
}

std::uint32_t length_spec::draw(chance& by) const noexcept {
  double value = first;
  switch (kind) {
  case shape::fixed:
    break;
  case shape::uniform:
    value = std::floor(first + by.uniform() * (second - first + 1));
    break;
  case shape::normal:
    value = first + second * by.normal();
    break;
  case shape::lognormal:
    value = first * std::exp(second * by.normal());
    break;
  case shape::exponential:
    value = first * by.exponential();
    break;
  }
  return static_cast<std::uint32_t>(std::clamp(std::round(value), 1.0, longest));
}

result<length_spec> read_length(std::string_view text) {
  using shape = length_spec::shape;
  constexpr std::string_view expected =
      "a length such as 128, 16-256, normal:200:50, lognormal:120:0.8 or exponential:200";
  const auto made = [&](shape kind, std::string_view a, std::string_view b) -> result<length_spec> {
    const auto first = number_in(a), second = number_in(b);
    if (!first || !second || *first < 1 || *first > longest) return bad(text, expected);
    if (kind == shape::uniform && (*second < *first || *second > longest)) return bad(text, expected);
    return length_spec{kind, *first, *second};
  };
  const auto [name, rest] = cut(text, ':');
  if (rest.empty()) {
    const auto [low, high] = cut(text, '-');
    return high.empty() ? made(shape::fixed, text, "0") : made(shape::uniform, low, high);
  }
  const auto [first, second] = cut(rest, ':');
  if (name == "normal") return made(shape::normal, first, second);
  if (name == "lognormal") return made(shape::lognormal, first, second);
  if (name == "exponential" && second.empty()) return made(shape::exponential, first, "0");
  return bad(text, expected);
}

result<std::vector<rate_phase>> read_rate(std::string_view text) {
  constexpr std::string_view expected = "a rate such as 5, or phases such as 5:10s/60:5s/5";
  std::vector<rate_phase> made;
  std::string_view rest = text;
  while (true) {
    const bool last = rest.find('/') == std::string_view::npos;
    const auto [phase, after] = cut(rest, '/');
    const auto [rate, length] = cut(phase, ':');
    const auto value = number_in(rate);
    if (!value || *value > 1e6 || (length.empty() && !last)) return bad(text, expected);
    rate_phase one{*value, std::chrono::nanoseconds::max()};
    if (!length.empty()) {
      const auto time = read_time(length);
      if (time.has_error()) return time.error();
      one.length = *time;
    }
    made.push_back(one);
    if (last) return made;
    rest = after;
  }
}

}  // namespace hawser::load
