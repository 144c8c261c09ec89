#include "net/quota_fields.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace hawser::net {
namespace {

using std::chrono::milliseconds;

/// "20ms", "1.5s", "6m0s".
std::string openai_duration(runtime::duration time) {
  const auto all = std::chrono::round<milliseconds>(time).count();
  if (all < 1000) return std::to_string(all) + "ms";
  const auto minutes = all / 60'000;
  const auto rest = all % 60'000;
  std::string out = minutes > 0 ? std::to_string(minutes) + "m" : "";
  out += std::to_string(rest / 1000);
  if (const auto part = rest % 1000; part != 0) {
    std::array<char, 8> digits{};
    (void)std::snprintf(digits.data(), digits.size(), ".%03d", static_cast<int>(part));
    out += digits.data();
    while (out.back() == '0') out.pop_back();
  }
  return out + "s";
}

/// "2026-11-22T10:00:00Z", not before `when`.
std::string rfc3339(std::chrono::system_clock::time_point when) {
  const auto whole = std::chrono::ceil<std::chrono::seconds>(when);
  const auto day = std::chrono::floor<std::chrono::days>(whole);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(whole - day);
  std::array<char, 40> text{};
  (void)std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return text.data();
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void append_bucket(std::string& out, std::string_view what, const bucket_view& seen, error_style style,
                   std::chrono::system_clock::time_point wall) {
  if (seen.limit == 0) return;
  const std::string of(what);
  if (style == error_style::openai) {
    append_line(out, "x-ratelimit-limit-" + of, std::to_string(seen.limit));
    append_line(out, "x-ratelimit-remaining-" + of, std::to_string(seen.remaining));
    return append_line(out, "x-ratelimit-reset-" + of, openai_duration(seen.reset));
  }
  const std::string prefix = "anthropic-ratelimit-" + of;
  append_line(out, prefix + "-limit", std::to_string(seen.limit));
  append_line(out, prefix + "-remaining", std::to_string(seen.remaining));
  append_line(out, prefix + "-reset", rfc3339(wall + std::chrono::round<milliseconds>(seen.reset)));
}

}  // namespace

std::string quota_fields(const quota_view& seen, error_style style,
                         std::chrono::system_clock::time_point wall) {
  std::string out;
  append_bucket(out, "requests", seen.requests, style, wall);
  append_bucket(out, "tokens", seen.tokens, style, wall);
  return out;
}

}  // namespace hawser::net
