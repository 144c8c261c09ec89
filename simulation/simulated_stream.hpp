/// A connection without a socket: its other end is an object in the same hands.
#pragma once

#include "net/byte_stream.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace hawser::simulation {

/// The peer's end, shared with the stream.
struct peer {
  std::string to_server;          ///< what the server has not read yet
  std::string from_server;        ///< what the peer has received
  std::size_t room = 1u << 30u;   ///< bytes that the peer still takes
  std::size_t piece = 1u << 30u;  ///< bytes at most in one read of the server
  bool finished = false;          ///< the peer writes no more
  bool broken = false;            ///< the connection was reset by the peer
  bool server_finished = false;   ///< the server writes no more
  bool closed = false;            ///< the server has closed
  bool reset = false;             ///< and thrown away what was not read

  bool waits_to_read = false;
  bool waits_to_write = false;
  std::function<void(bool to_read)> call;  ///< posts to the session's turn
  std::function<void()> changed;  ///< the server has written, finished or closed; on its turn: may only post

  /// Wakes the server where it waits for what is now possible. Then turn the crank.
  void wake();
};

[[nodiscard]] std::unique_ptr<net::byte_stream> make_simulated_stream(std::shared_ptr<peer> other);

}  // namespace hawser::simulation
