/// Routes that the server was given by others: an actor answers them.
#pragma once

#include "net/response.hpp"
#include "runtime/ask.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace hawser::net {

/// What a route answers with: a whole response, or one event of a stream and the wish to be asked again.
struct route_reply {
  response what;      ///< of an event: only the body counts, one line
  bool more = false;  ///< this was an event (server-sent); ask for the next one
};

/// A request of a client. The answer comes within added_route::within, or the client hears 504; a route whose
/// actor has failed is a 502.
struct route_call : runtime::asks<route_reply> {
  std::string method;
  std::string path;
  std::string query;  ///< behind the ?, as it was sent
  std::string body;
  std::string request_id;  ///< of this request; the same each time that a stream is asked to go on
  std::uint32_t part = 0;  ///< 0: the request; else the number of the event that is wanted
};

struct added_route {
  std::string path;  ///< as a whole: "/x/echo". It may not be one of the server's own
  runtime::address<route_call> to;
  std::chrono::milliseconds within{2000};
};

}  // namespace hawser::net
