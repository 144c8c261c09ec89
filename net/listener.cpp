#include "net/listener.hpp"

#include "net/tcp_stream.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace hawser::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
namespace sys = boost::system::errc;

bool out_of_resources(const error_code& ec) {
  return ec == sys::too_many_files_open || ec == sys::too_many_files_open_in_system ||
         ec == sys::no_buffer_space || ec == sys::not_enough_memory;
}

error cannot_listen(const error_code& ec, const std::string& host, std::uint16_t port) {
  const std::string number = std::to_string(port);
  if (ec == sys::address_in_use) {
    return {errc::port_in_use,
            "port " + number +
                " is in use by another process: choose another with --port, or find it with `lsof -i :" +
                number + "`"};
  }
  if (ec == sys::permission_denied) {
    return {errc::not_permitted, "port " + number + " needs privileges: choose one above 1023 with --port"};
  }
  if (ec == sys::address_not_available) {
    return {errc::bad_address, host + " is not an address of this machine: choose another with --host, "
                                      "127.0.0.1 for this machine only or 0.0.0.0 for all"};
  }
  return {errc::io, "cannot listen on " + host + " port " + number + ": " + ec.message()};
}

}  // namespace

result<tcp::acceptor> listen(boost::asio::io_context& io, const std::string& host, std::uint16_t port,
                             int backlog) {
  error_code ec;
  const auto address = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, ec);
  if (ec)
    return error{errc::bad_address,
                 "\"" + host + "\" is not a numeric address: give --host as 127.0.0.1, 0.0.0.0 or the like"};
  const tcp::endpoint where(address, port);
  tcp::acceptor acceptor(io);
  acceptor.open(where.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(where, ec);
  if (!ec) acceptor.listen(backlog, ec);
  if (!ec) acceptor.non_blocking(true, ec);
  if (ec) return cannot_listen(ec, host, port);
  return acceptor;
}

listener::listener(runtime::home where, std::shared_ptr<session_setup> setup, boost::asio::io_context& io,
                   tcp::acceptor acceptor)
    : actor(where), setup_(std::move(setup)), io_(io), acceptor_(std::move(acceptor)) {
  for (const std::string& text : setup_->options.trusted) {
    error_code ec;
    if (const auto address = boost::asio::ip::make_address(text, ec); !ec) trusted_.push_back(address);
  }
}

listener::~listener() = default;

void listener::on(start_accepting) {
  error_code ignored;
  spare_ = std::make_unique<tcp::socket>(io_);
  spare_->open(tcp::v4(), ignored);
  wait();
}

void listener::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read,
                       boost::asio::bind_executor(executor(), [this](error_code ec) {
                         if (!ec && !stopping_) accept_some();
                       }));
}

void listener::accept_some() {
  constexpr int accepts_a_turn = 64;
  for (int i = 0; i < accepts_a_turn; ++i) {
    error_code ec;
    tcp::socket socket = acceptor_.accept(io_, ec);
    if (ec == boost::asio::error::would_block) break;
    if (out_of_resources(ec)) return pause();
    if (ec) continue;  // that one connection has gone again
    pause_time_ = {};
    try {
      take(std::move(socket));
    } catch (const std::bad_alloc&) {  // one connection less, not the end of all
      return pause();
    }
  }
  wait();
}

void listener::pause() {
  constexpr std::chrono::milliseconds first(50);
  constexpr std::chrono::milliseconds longest(1000);
  turn_one_away();
  pause_time_ = std::clamp(pause_time_ * 2, first, longest);
  pause_ = after(pause_time_, [this] {
    if (!stopping_) accept_some();
  });
}

// Without it the clients at the door would neither be let in nor told.
void listener::turn_one_away() {
  error_code ignored;
  spare_->close(ignored);
  error_code ec;
  tcp::socket socket = acceptor_.accept(io_, ec);
  if (!ec) turn_away(std::move(socket));
  spare_->open(tcp::v4(), ignored);
}

bool listener::is_exempt(const boost::asio::ip::address& from) const {
  const bool loopback =
      from.is_loopback() ||
      (from.is_v6() && from.to_v6().is_v4_mapped() &&
       boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, from.to_v6()).is_loopback());
  return loopback || std::ranges::find(trusted_, from) != trusted_.end();
}

void listener::take(tcp::socket socket) {
  const http_limits& limits = setup_->options.limits;
  error_code ec;
  const auto from = socket.remote_endpoint(ec).address();
  if (ec) return;
  setup_->counters.accepted.fetch_add(1, std::memory_order_relaxed);
  const bool full = open_.size() >= limits.connections;
  if (open_.size() >= std::size_t{limits.connections} + limits.reserved_connections)
    return turn_away(std::move(socket));
  const bool counted = limits.connections_per_address > 0 && !is_exempt(from);
  if (counted) {
    const auto known = by_address_.find(from.to_string());
    if (known != by_address_.end() && known->second >= limits.connections_per_address)
      return turn_away(std::move(socket));
  }
  const std::uint64_t number = next_++;
  auto gone = [to = self(), number](const runtime::terminated&) { to.notify(session_gone{number}); };
  auto made = runtime::spawn<session>(by(),
                                      {.name = "session",
                                       .mailbox = limits.session_mailbox,
                                       .slow_handler = setup_->options.slow_handler,
                                       .watcher = std::move(gone)},
                                      setup_, make_tcp_stream(std::move(socket), limits.send_buffer), full);
  if (counted) ++by_address_[from.to_string()];
  made.notify(begin_session{});
  open_.emplace(number, connection{std::move(made), from, counted});
}

void listener::turn_away(tcp::socket socket) {
  setup_->counters.turned_away.fetch_add(1, std::memory_order_relaxed);
  std::string bytes;
  append_response(
      bytes, {}, error_response(unavailable("too many connections", "connections", std::chrono::seconds(1))));
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(boost::asio::buffer(bytes), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void listener::on(session_gone gone) {
  const auto found = open_.find(gone.number);
  if (found == open_.end()) return;
  if (found->second.counted) {
    const auto count = by_address_.find(found->second.from.to_string());
    if (--count->second == 0) by_address_.erase(count);
  }
  open_.erase(found);
  end_if_empty();
}

void listener::on(stop_accepting stop) {
  if (stopping_) return;
  stopping_ = true;
  done_ = std::move(stop.done);
  error_code ignored;
  acceptor_.close(ignored);
  spare_->close(ignored);
  for (const auto& [number, one] : open_) one.who.notify(drain_session{});
  pause_ = after(setup_->options.drain_time, [this] {
    for (const auto& [number, one] : open_) one.who.notify(hang_up{});
  });
  end_if_empty();
}

void listener::end_if_empty() {
  if (!stopping_ || !open_.empty()) return;
  pause_.cancel();
  if (const auto done = std::exchange(done_, nullptr)) done();
  close();
}

}  // namespace hawser::net
