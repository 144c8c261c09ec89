#include "net/request_wishes.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::net {
namespace {

constexpr double longest = 86'400;  // a day, in seconds

std::optional<actors::priority> rank_of(std::string_view name) noexcept {
  if (name == "interactive") return actors::priority::interactive;
  if (name == "standard") return actors::priority::standard;
  if (name == "batch") return actors::priority::batch;
  return std::nullopt;
}

/// Seconds; `unit` is what a bare number counts.
std::optional<double> seconds_of(std::string_view text, double unit) noexcept {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (read.ec != std::errc{}) return std::nullopt;
  const std::string_view after(read.ptr, end);
  if (after == "ms") {
    unit = 1e-3;
  } else if (after == "s") {
    unit = 1;
  } else if (after == "m") {
    unit = 60;
  } else if (!after.empty()) {
    return std::nullopt;
  }
  value *= unit;
  if (!(value >= 1e-3 && value <= longest)) return std::nullopt;
  return value;
}

outcome<runtime::duration> read_time(const http_request& request, std::string_view name, double unit,
                                     runtime::duration otherwise) {
  const std::string* const text = request.find(name);
  if (text == nullptr) return otherwise;
  const auto seconds = seconds_of(*text, unit);
  if (!seconds) {
    return bad_field(std::string(name), std::string(name) + ": expected a time from 1 ms to a day, such as " +
                                            (unit == 1 ? "30, 1.5s or 500ms" : "500") + ", found " + *text);
  }
  return std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(*seconds));
}

// A list of directives, in any case; those that are not known mean nothing (RFC 9111, 5.2).
void read_cache_control(const http_request& request, request_wishes& to) {
  const std::string* const field = request.find("cache-control");
  if (field == nullptr) return;
  std::string_view left = *field;
  while (!left.empty()) {
    std::string word(left.substr(0, left.find(',')));
    left.remove_prefix(std::min(left.size(), word.size() + 1));
    std::erase_if(word, [](char c) { return c == ' ' || c == '\t'; });
    for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    to.fresh = to.fresh || word == "no-cache" || word == "max-age=0";
    to.forget = to.forget || word == "no-store";
  }
}

}  // namespace

outcome<request_wishes> read_wishes(const http_request& request, actors::priority otherwise) {
  request_wishes made;
  made.rank = otherwise;
  if (const std::string* const name = request.find("x-priority")) {
    const auto rank = rank_of(*name);
    if (!rank)
      return bad_field("x-priority", "x-priority: expected interactive, standard or batch, found " + *name);
    made.rank = *rank;
  } else if (const std::string* const objective = request.find("x-gateway-inference-objective")) {
    made.rank = rank_of(*objective).value_or(made.rank);
  }
  const auto timeout = read_time(request, "x-request-timeout", 1, made.timeout);
  if (!timeout) return timeout.error();
  const auto first = read_time(request, "x-slo-ttft-ms", 1e-3, {});
  if (!first) return first.error();
  const auto token = read_time(request, "x-slo-tpot-ms", 1e-3, {});
  if (!token) return token.error();
  made.timeout = *timeout;
  made.first_token = *first;
  made.token = *token;
  // OpenAI's and Anthropic's clients count.
  const std::string* const count = request.find("x-stainless-retry-count");
  read_cache_control(request, made);
  made.returns = count != nullptr && !count->empty() && *count != "0";
  return made;
}

}  // namespace hawser::net
