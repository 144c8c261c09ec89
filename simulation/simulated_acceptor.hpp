/// The door of a simulated server: connections come when a client makes one.
#pragma once

#include "net/byte_acceptor.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace hawser::simulation {

/// The network's side of it, shared with the acceptor. Single-threaded.
struct door {
  std::deque<net::byte_acceptor::arrival> waiting;
  bool closed = false;
  std::uint32_t scarce = 0;  ///< so many accepts find no descriptor left

  std::optional<runtime::actor_executor> where;
  std::function<void()> ready;

  /// False: nobody listens.
  bool knock(net::byte_acceptor::arrival who);
  void wake();
};

[[nodiscard]] std::unique_ptr<net::byte_acceptor> make_simulated_acceptor(std::shared_ptr<door> at);

}  // namespace hawser::simulation
