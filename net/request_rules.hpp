/// What a request's header alone decides: where it goes, or why not. Pure.
#pragma once

#include "net/api_error.hpp"
#include "net/http_request.hpp"
#include "net/load_report.hpp"
#include "net/origin.hpp"
#include "net/response.hpp"
#include "net/route.hpp"

namespace hawser::net {

/// 404 and 405 by path and method, 415 for a body that is not said to be JSON (a missing Content-Type is
/// forgiven) or is compressed, 403 for a page of a foreign origin that would make the server work.
[[nodiscard]] outcome<route> judge_request(const http_request& request, const origin_policy& origins);

/// The client's request id when it is 1..128 visible characters that are safe in a log, else empty.
[[nodiscard]] std::string client_request_id(const http_request& request);

/// A traceparent (W3C Trace Context) as it came, when it is one; else empty, as the standard wants it.
[[nodiscard]] std::string client_trace(const http_request& request);

/// What endpoint-load-metrics-format wants: TEXT or JSON, in any case; anything else is none.
[[nodiscard]] load_format wished_load_format(const http_request& request);

/// Does the client read fields behind a chunked body (TE: trailers)?
[[nodiscard]] bool reads_trailers(const http_request& request) noexcept;

}  // namespace hawser::net
