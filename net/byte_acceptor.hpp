/// Where connections come from, as a listener sees it: a listening socket, or a simulated network.
#pragma once

#include "net/byte_stream.hpp"
#include "runtime/actor_executor.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace hawser::net {

/// Used on its listener's turns only.
class byte_acceptor {
 public:
  struct arrival {
    std::unique_ptr<byte_stream> stream;
    boost::asio::ip::address from;
  };

  virtual ~byte_acceptor() = default;

  /// Never waits. boost::asio::error::would_block: nobody is at the door; out_of_resources(): somebody is,
  /// but the process or the system has no room; any other error: that one connection has gone again.
  [[nodiscard]] virtual arrival accept(boost::system::error_code& ec) = 0;
  /// One call of `ready` on `where` when an accept may do something; none after close().
  virtual void wait(runtime::actor_executor where, std::function<void()> ready) = 0;
  /// When there is no room: lets one connection in for as long as it takes to send it `bytes`. False: it
  /// could not.
  [[nodiscard]] virtual bool turn_one_away(std::string_view bytes) = 0;
  virtual void close() noexcept = 0;
};

/// Accepting again at once would fail again.
[[nodiscard]] bool out_of_resources(const boost::system::error_code& ec) noexcept;

}  // namespace hawser::net
