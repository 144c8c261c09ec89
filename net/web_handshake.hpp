/// How an HTTP request becomes a WebSocket (RFC 6455, section 4.2). Pure.
#pragma once

#include "net/api_error.hpp"
#include "net/http_request.hpp"
#include "net/origin.hpp"
#include "net/response.hpp"

#include <string>
#include <string_view>

namespace hawser::net {

/// Does the request ask for a WebSocket at all?
[[nodiscard]] bool wants_web_socket(const http_request& request) noexcept;

/// What Sec-WebSocket-Accept says to `key`.
[[nodiscard]] std::string accept_of_key(std::string_view key);

/// The value of Sec-WebSocket-Accept, or why not: 426 where the request asks for no WebSocket, or for another
/// version; 405, 400; 403 for pages of other origins, which browsers let open WebSockets to anywhere.
/// Extensions (permessage-deflate) and subprotocols are not agreed to.
[[nodiscard]] outcome<std::string> judge_handshake(const http_request& request, const origin_policy& origins);

/// The 101 after which both sides speak in frames.
void append_switch(std::string& out, const reply_frame& frame, std::string_view accept);

}  // namespace hawser::net
