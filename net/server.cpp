#include "net/server.hpp"

#include "net/listener.hpp"
#include "net/session.hpp"
#include "net/tcp_acceptor.hpp"

#include <utility>

namespace hawser::net {

struct server::parts {
  std::shared_ptr<session_setup> setup;
  runtime::scheduler& by;
  boost::asio::io_context& io;
  listener::address_type door;
  int listening_socket = -1;
};

server::server(net_options options, actors::service core, runtime::scheduler& by, boost::asio::io_context& io,
               boost::asio::any_io_executor heavy) {
  const std::uint64_t seed = options.seed;
  auto setup = std::make_shared<session_setup>(std::move(options), std::move(core), std::move(heavy), seed);
  parts_ = std::make_unique<parts>(parts{std::move(setup), by, io, {}, -1});
}

server::~server() = default;

result<boost::asio::ip::tcp::endpoint> server::start() {
  const net_options& options = parts_->setup->options;
  auto acceptor = options.listening_socket >= 0
                      ? adopt(parts_->io, options.listening_socket)
                      : listen(parts_->io, options.host, options.port, options.limits.backlog);
  if (!acceptor) return acceptor.error();
  boost::system::error_code ec;
  const auto where = acceptor->local_endpoint(ec);
  if (ec) return error{errc::io, "cannot tell the port that was opened: " + ec.message()};
  parts_->listening_socket = acceptor->native_handle();
  parts_->door = runtime::spawn<listener>(
      parts_->by, {.name = "listener", .slow_handler = options.slow_handler}, parts_->setup,
      make_tcp_acceptor(parts_->io, std::move(*acceptor), options.limits.send_buffer, options.tls));
  parts_->door.notify(start_accepting{});
  return where;
}

int server::listening_socket() const noexcept {
  return parts_->listening_socket;
}

void server::use(const http_limits& now) {
  parts_->door.notify(use_http_limits{std::make_shared<const http_limits>(now)});
}

void server::stop(std::function<void()> on_stopped) {
  parts_->listening_socket = -1;
  if (!parts_->door) return on_stopped();
  // A listener that has failed is gone already, and so is its acceptor.
  if (parts_->door.notify(stop_accepting{on_stopped}) != runtime::told::accepted) on_stopped();
}

const net_counters& server::counters() const noexcept {
  return parts_->setup->counters;
}

}  // namespace hawser::net
