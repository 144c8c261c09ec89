/// Which web pages may use the server from a browser (CORS). Pure.
///
/// A request without Origin is no page's. A page that the server itself sent (Origin names the same host and
/// port as Host) may always. So may pages of this machine (http://localhost, 127.0.0.1 and [::1], any port)
/// unless that is turned off, and the configured origins; "*" allows all. Credentials are never allowed, so
/// no page can borrow a user's cookies.
#pragma once

#include "net/http_request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

struct origin_policy {
  std::vector<std::string> origins;  ///< "https://example.org", or "*"
  bool loopback = true;
};

struct origin_verdict {
  bool allowed = true;
  std::string allow_origin;  ///< for Access-Control-Allow-Origin; empty: do not send it
};

[[nodiscard]] origin_verdict judge_origin(const origin_policy& policy, const http_request& request);
/// The header lines that answer a preflight (OPTIONS), but for Access-Control-Allow-Origin.
[[nodiscard]] std::string preflight_fields(const http_request& request, std::string_view methods);

}  // namespace hawser::net
