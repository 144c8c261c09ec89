/// WebSockets that the server was given by others: an actor answers what is said on them.
#pragma once

#include "net/web_frame.hpp"
#include "runtime/ask.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace hawser::net {

/// What is answered to a call: a message or none, and perhaps the wish to be asked again, or the end.
struct socket_reply {
  std::optional<web_message> message{};
  bool more = false;        ///< ask again (socket_event::more), when the message was read
  std::uint16_t close = 0;  ///< not 0: the end, with this code (1000, 3000 to 4999, ...)
  std::string reason{};     ///< of the end
};

enum class socket_event : std::uint8_t {
  opened,   ///< the first
  message,  ///< the client's
  more,     ///< as the answer before wished; what the client says meanwhile comes first
  closed,   ///< the last: told, not asked
};

/// One event of one WebSocket. The next comes when it is answered; the answer comes within
/// added_socket::within, or the WebSocket is closed with 1011, as it is when the actor fails.
struct socket_call : runtime::asks<socket_reply> {
  std::uint64_t socket = 0;  ///< the same for all that happens on one
  socket_event what{};
  web_message message;     ///< of `message`
  std::string path;        ///< of `opened`
  std::string query;       ///< of `opened`: behind the ?, as it was sent
  std::string request_id;  ///< of `opened`
};

struct added_socket {
  std::string path;  ///< as a whole: "/x/chat"
  runtime::address<socket_call> to;
  std::chrono::milliseconds within{2000};
};

}  // namespace hawser::net
