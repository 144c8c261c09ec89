#include "net/tcp_acceptor.hpp"

#include "net/tcp_stream.hpp"
#include "net/tls_stream.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace hawser::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
namespace sys = boost::system::errc;

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

class tcp_acceptor final : public byte_acceptor {
 public:
  tcp_acceptor(boost::asio::io_context& io, tcp::acceptor acceptor, int send_buffer,
               std::shared_ptr<const tls_keeper> tls)
      : io_(io), acceptor_(std::move(acceptor)), spare_(io), send_buffer_(send_buffer), tls_(std::move(tls)) {
    keep_spare();
  }

  arrival accept(error_code& ec) override {
    tcp::socket socket = acceptor_.accept(io_, ec);
    if (ec) return {};
    const auto from = socket.remote_endpoint(ec).address();
    if (ec) return {};
    if (!tls_) return {make_tcp_stream(std::move(socket), send_buffer_), from};
    arrival made{make_tls_stream(std::move(socket), send_buffer_, tls_->current()), from};
    if (!made.stream) ec = boost::asio::error::no_memory;
    return made;
  }

  void wait(runtime::actor_executor where, std::function<void()> ready) override {
    acceptor_.async_wait(tcp::acceptor::wait_read,
                         boost::asio::bind_executor(where, [call = std::move(ready)](error_code ec) {
                           if (!ec) call();
                         }));
  }

  bool turn_one_away(std::string_view bytes) override {
    error_code ignored;
    spare_.close(ignored);
    error_code ec;
    tcp::socket socket = acceptor_.accept(io_, ec);
    if (!ec) {
      socket.non_blocking(true, ignored);
      // Before a handshake nobody would understand it.
      if (!tls_) socket.write_some(boost::asio::buffer(bytes), ignored);
      socket.shutdown(tcp::socket::shutdown_send, ignored);
      socket.close(ignored);
    }
    keep_spare();
    return !ec;
  }

  void close() noexcept override {
    error_code ignored;
    acceptor_.close(ignored);
    spare_.close(ignored);
  }

 private:
  void keep_spare() {
    error_code ignored;
    spare_.open(tcp::v4(), ignored);
  }

  boost::asio::io_context& io_;
  tcp::acceptor acceptor_;
  tcp::socket spare_;  // a file descriptor kept for the day when there are none
  int send_buffer_;
  std::shared_ptr<const tls_keeper> tls_;
};

}  // namespace

bool out_of_resources(const error_code& ec) noexcept {
  return ec == sys::too_many_files_open || ec == sys::too_many_files_open_in_system ||
         ec == sys::no_buffer_space || ec == sys::not_enough_memory;
}

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

result<tcp::acceptor> adopt(boost::asio::io_context& io, int socket) {
  const auto unfit = [socket](const std::string& why) {
    return error{errc::io, "descriptor " + std::to_string(socket) +
                               ", which was to be the listening socket, cannot be used: " + why};
  };
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    return unfit(error_code(errno, boost::system::system_category()).message());
  }
  int listens = 0;
  size = sizeof listens;
  if (::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) {
    return unfit("it does not listen");
  }
  if (name.ss_family != AF_INET && name.ss_family != AF_INET6) return unfit("it is not of TCP");
  error_code ec;
  tcp::acceptor acceptor(io);
  acceptor.assign(name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket, ec);
  if (!ec) acceptor.non_blocking(true, ec);
  if (ec) return unfit(ec.message());
  return acceptor;
}

std::unique_ptr<byte_acceptor> make_tcp_acceptor(boost::asio::io_context& io, tcp::acceptor acceptor,
                                                 int send_buffer, std::shared_ptr<const tls_keeper> tls) {
  return std::make_unique<tcp_acceptor>(io, std::move(acceptor), send_buffer, std::move(tls));
}

}  // namespace hawser::net
