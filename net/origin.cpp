#include "net/origin.hpp"

#include "net/header_scan.hpp"

#include <algorithm>
#include <array>

namespace hawser::net {
namespace {

bool is_loopback(std::string_view origin) noexcept {
  constexpr std::array hosts{"localhost", "127.0.0.1", "[::1]"};
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    const std::string_view rest = origin.substr(scheme.size());
    return std::ranges::any_of(hosts, [rest](std::string_view host) {
      return rest == host || (rest.starts_with(host) && rest[host.size()] == ':');
    });
  }
  return false;
}

bool is_same_origin(std::string_view origin, const http_request& request) noexcept {
  const std::string* const host = request.find("host");
  const std::size_t scheme = origin.find("://");
  return host != nullptr && scheme != std::string_view::npos && origin.substr(scheme + 3) == *host;
}

}  // namespace

origin_verdict judge_origin(const origin_policy& policy, const http_request& request) {
  const std::string* const origin = request.find("origin");
  if (origin == nullptr) return {};
  if (std::ranges::find(policy.origins, "*") != policy.origins.end()) return {true, "*"};
  const bool known = std::ranges::find(policy.origins, *origin) != policy.origins.end();
  if (known || is_same_origin(*origin, request) || (policy.loopback && is_loopback(*origin)))
    return {true, *origin};
  return {false, {}};
}

std::string preflight_fields(const http_request& request, std::string_view methods) {
  std::string out = "Allow: " + std::string(methods) + "\r\n";
  if (request.find("access-control-request-method") == nullptr) return out;
  out += "Access-Control-Allow-Methods: " + std::string(methods) + "\r\nAccess-Control-Max-Age: 600\r\n";
  // The page's own list is echoed when it is one: what matters is who asks, not how the request's fields are
  // called.
  const std::string* const fields = request.find("access-control-request-headers");
  const auto fits = [](char c) { return c == ' ' || c == ',' || is_token({&c, 1}); };
  if (fields != nullptr && std::ranges::all_of(*fields, fits))
    out += "Access-Control-Allow-Headers: " + *fields + "\r\n";
  return out;
}

}  // namespace hawser::net
