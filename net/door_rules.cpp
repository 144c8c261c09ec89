#include "net/door_rules.hpp"

#include "net/route.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

namespace hawser::net {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// Without the port and the dot of the root.
std::string name_in(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return std::string(host.substr(0, end == std::string_view::npos ? end : end + 1));
  }
  std::string name = lower(host.substr(0, host.rfind(':')));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

bool is_address(const std::string& name) {
  boost::system::error_code ec;
  const bool bracketed = name.starts_with('[') && name.ends_with(']');
  (void)boost::asio::ip::make_address(bracketed ? name.substr(1, name.size() - 2) : name, ec);
  return !ec;
}

bool fits(std::string_view name, std::string_view allowed) {
  if (allowed == "*") return true;
  if (allowed.starts_with("*.")) return name.size() > allowed.size() - 1 && name.ends_with(allowed.substr(1));
  return name == allowed;
}

/// The endpoint, or nothing where there is none: an extension's route, or nowhere.
std::optional<endpoint> place_of(const http_request& request) {
  if (request.target == "*") return std::nullopt;
  const auto found = find_route(request.target);
  if (!found) return std::nullopt;
  return found->to;
}

/// Whom the request is for: a whole URL as target says it, whatever Host says (RFC 9112, 3.2.2).
std::optional<std::string_view> authority_of(const http_request& request) {
  const std::string_view target = request.target;
  constexpr std::string_view mark = "://";
  const std::size_t scheme = target.starts_with('/') ? std::string_view::npos : target.find(mark);
  if (scheme != std::string_view::npos) {
    const std::string_view rest = target.substr(scheme + mark.size());
    return rest.substr(0, rest.find_first_of("/?"));
  }
  const std::string* const host = request.find("host");
  return host == nullptr ? std::nullopt : std::optional<std::string_view>(*host);
}

std::string_view bearer_of(const http_request& request) {
  const std::string* const field = request.find("authorization");
  constexpr std::string_view scheme = "bearer ";
  if (field == nullptr || field->size() <= scheme.size() || lower(field->substr(0, scheme.size())) != scheme)
    return {};
  std::string_view key = *field;
  key.remove_prefix(scheme.size());
  while (key.starts_with(' ')) key.remove_prefix(1);
  return key;
}

std::string_view name_of(quota_limit which) noexcept {
  switch (which) {
  case quota_limit::requests:
    return "requests_per_minute";
  case quota_limit::tokens:
    return "tokens_per_minute";
  case quota_limit::concurrency:
    return "concurrency";
  case quota_limit::none:
    break;
  }
  return {};
}

std::string in_words(const api_key& whose, quota_limit which) {
  const std::string start = "the key of " + whose.name + " ";
  if (which == quota_limit::concurrency)
    return start + "has " + std::to_string(whose.limits.concurrency) + " requests running, as many as it may";
  const bool tokens = which == quota_limit::tokens;
  const auto most = static_cast<std::uint64_t>(tokens ? whose.limits.tokens : whose.limits.requests);
  return start + "has used its " + std::to_string(most) + (tokens ? " tokens" : " requests") + " a minute";
}

api_error no_key(std::string message) {
  api_error e = bad_field({}, std::move(message));
  e.status = 401;
  e.code = "invalid_api_key";
  e.should_retry = false;
  return e;
}

}  // namespace

outcome<void> judge_host(const http_request& request, const door_policy& policy) {
  const auto host = authority_of(request);
  if (!host) return {};  // HTTP/1.0, which no browser speaks
  const std::string name = name_in(*host);
  const bool known =
      name.empty() || name == "localhost" || name.ends_with(".localhost") ||
      std::ranges::any_of(policy.hosts, [&name](const auto& one) { return fits(name, lower(one)); });
  if (known || is_address(name)) return {};
  const auto place = place_of(request);
  if (place == endpoint::health || place == endpoint::ready) return {};
  api_error e = bad_field({}, "this server does not go by the name " + name + ": add it to server.hosts");
  e.status = 403;
  e.type = "permission_error";
  e.code = "host_not_allowed";
  return e;
}

outcome<caller> judge_caller(const http_request& request, const door_policy& policy, const key_desk* desk) {
  if (desk == nullptr || request.method == "OPTIONS") return caller{};
  const std::string_view bearer = bearer_of(request);
  const std::string* const other = request.find("x-api-key");
  caller who;
  if (!bearer.empty()) who = desk->find(bearer);
  if (!who && other != nullptr) who = desk->find(*other);
  if (who) return who;
  const auto place = place_of(request);
  const bool open = place == endpoint::root || place == endpoint::health || place == endpoint::ready ||
                    (place == endpoint::metrics && policy.open_metrics);
  if (open) return caller{};
  const bool given = !bearer.empty() || other != nullptr;
  return no_key(given ? "the API key is not known here"
                      : "an API key is needed: send it as `Authorization: Bearer KEY` or `x-api-key: KEY`");
}

outcome<void> judge_rank(const caller& who, actors::priority wanted) {
  if (!who || wanted >= who->key.ceiling) return {};
  const std::string_view most = who->key.ceiling == actors::priority::standard ? "standard" : "batch";
  api_error e = bad_field("priority", "priority: the key of " + who->key.name + " may ask for " +
                                          std::string(most) + " at most");
  e.status = 403;
  e.type = "permission_error";
  e.code = "class_not_allowed";
  return e;
}

double expected_tokens(const actors::generation_spec& what) noexcept {
  constexpr double bytes_a_token = 4;
  constexpr double of_an_answer = 256;
  const double answer = what.max_tokens == 0 ? of_an_answer : static_cast<double>(what.max_tokens);
  return static_cast<double>(what.bytes) / bytes_a_token + answer * static_cast<double>(what.choices);
}

api_error over_quota(const api_key& whose, const quota_verdict& why) {
  constexpr std::chrono::seconds longest(120);  // beyond it OpenAI's clients do not come back at all
  const auto wait = std::chrono::round<std::chrono::milliseconds>(why.wait);
  api_error e;
  e.status = 429;
  e.message = in_words(whose, why.over) + ": come back in " +
              std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()) + " s";
  e.type = "rate_limit_error";
  e.code = "rate_limit_exceeded";
  e.retry_after = wait;
  e.should_retry = wait <= longest;
  e.limit = name_of(why.over);
  return e;
}

}  // namespace hawser::net
