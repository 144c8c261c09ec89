/// A request's body to JSON, within limits. Pure; costs time in proportion to the body, so large ones belong
/// off the strands.
#pragma once

#include "net/api_error.hpp"
#include "net/limits.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace hawser::net {

/// The body must be one JSON object in UTF-8. Errors name the byte where reading stopped, or the limit.
[[nodiscard]] outcome<boost::json::object> parse_body(std::string_view body, const http_limits& limits);

}  // namespace hawser::net
