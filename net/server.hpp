/// The HTTP server: a listener and its sessions, attached to a serving core.
#pragma once

#include "actors/service_mail.hpp"
#include "net/error.hpp"
#include "net/limits.hpp"
#include "net/net_counters.hpp"
#include "net/net_options.hpp"
#include "runtime/scheduler.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>

namespace hawser::net {

class server {
 public:
  /// `by` must give turns on threads of `io`. `heavy`: other threads, for work that grows with a request. All
  /// three outlive the server and every connection: call stop() and wait for its end before they go.
  server(net_options options, actors::service core, runtime::scheduler& by, boost::asio::io_context& io,
         boost::asio::any_io_executor heavy);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Once. Where it listens (its port is real, also when 0 was asked for), or why it cannot.
  [[nodiscard]] result<boost::asio::ip::tcp::endpoint> start();
  /// The descriptor of the address, the server's own; between start() and stop(), else negative.
  [[nodiscard]] int listening_socket() const noexcept;

  /// Of those who connect from now on, but the queue of the address and the sockets' buffers. After start();
  /// any thread.
  void use(const http_limits& now);

  /// After start(), once, any thread. No new connections, idle ones close, running answers finish (for
  /// options.drain_time, then they end with an error). `on_stopped` is called once, from an unspecified
  /// thread, when the last connection has closed.
  void stop(std::function<void()> on_stopped);

  [[nodiscard]] const net_counters& counters() const noexcept;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace hawser::net
