/// What is told of a request when it was answered: a line of a log.
#pragma once

#include "runtime/clock.hpp"

#include <functional>
#include <string>

namespace hawser::net {

struct answered {
  std::string method;        ///< empty, as the path: what came was no request
  std::string path;          ///< without its query
  std::string request_id;    ///< the client's, or one that was made
  std::string trace;         ///< W3C traceparent, or empty
  std::string key;           ///< its name, or empty
  int status = 0;            ///< 499: the client left before its answer
  runtime::duration took{};  ///< from its header to its last byte's way into the output
};

/// Called on a session's turn: it may only post or tell.
using answer_watch = std::function<void(const answered&)>;

}  // namespace hawser::net
