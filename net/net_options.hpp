/// What the server is told at its start.
#pragma once

#include "net/added_route.hpp"
#include "net/added_socket.hpp"
#include "net/answered.hpp"
#include "net/door_rules.hpp"
#include "net/limits.hpp"
#include "net/load_report.hpp"
#include "net/origin.hpp"
#include "net/response_shelf.hpp"
#include "net/tls_keeper.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::net {

struct net_options {
  std::string host = "127.0.0.1";  ///< a numeric address; 0.0.0.0 and :: mean all
  std::uint16_t port = 8000;       ///< 0: one that is free
  /// A socket that listens already, in place of host and port; negative: none.
  int listening_socket = -1;
  std::string version;   ///< for /version
  std::string revision;  ///< likewise, of the sources
  http_limits limits;
  sampling_defaults sampling;
  origin_policy origins;
  actors::pooling embed = actors::pooling::mean;  ///< of /v1/embeddings
  shelf_limits responses;                         ///< that later requests may continue
  door_policy door;
  std::shared_ptr<key_desk> keys;                ///< null: nobody needs one
  std::shared_ptr<tls_keeper> tls;               ///< null: plain HTTP
  std::vector<std::string> trusted;              ///< addresses without a limit of their own: proxies
  std::chrono::milliseconds drain_time{25'000};  ///< for running answers, once stop() was called
  std::chrono::milliseconds slow_handler{10};    ///< a session that works longer on one letter is logged
  std::vector<added_route> routes;               ///< beside the server's own
  std::vector<added_socket> sockets;             ///< as well
  load_format load_report = load_format::none;   ///< told with every answer; none: where the client asks
  answer_watch on_answered;                      ///< who is told of every answer; empty: nobody
  std::uint64_t seed = 0;  ///< of ids and of sampling seeds that requests do not name; 0: from the system
};

}  // namespace hawser::net
