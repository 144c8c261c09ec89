#include "net/tcp_stream.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>

#include <optional>
#include <utility>

namespace hawser::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

class tcp_stream final : public byte_stream {
 public:
  tcp_stream(tcp::socket socket, int send_buffer) : socket_(std::move(socket)) {
    set_up_socket(socket_, send_buffer);
  }

  void attach(owner& to, runtime::actor_executor where) override {
    owner_ = &to;
    where_ = std::move(where);
  }

  std::size_t read_some(std::span<char> into, error_code& ec) override {
    return socket_.read_some(boost::asio::buffer(into.data(), into.size()), ec);
  }

  std::size_t write_some(std::string_view bytes, error_code& ec) override {
    return socket_.write_some(boost::asio::buffer(bytes), ec);
  }

  // The owner dies with its actor, and what was bound to the actor's executor is then dropped unrun.
  void wait_readable() override {
    socket_.async_wait(tcp::socket::wait_read,
                       boost::asio::bind_executor(*where_, [to = owner_](error_code ec) {
                         if (ec != boost::asio::error::operation_aborted) to->on_readable();
                       }));
  }

  void wait_writable() override {
    socket_.async_wait(tcp::socket::wait_write,
                       boost::asio::bind_executor(*where_, [to = owner_](error_code ec) {
                         if (ec != boost::asio::error::operation_aborted) to->on_writable();
                       }));
  }

  void finish_writing() noexcept override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close(bool reset) noexcept override {
    error_code ignored;
    if (reset) socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
  owner* owner_ = nullptr;
  std::optional<runtime::actor_executor> where_;
};

}  // namespace

void set_up_socket(tcp::socket& socket, int send_buffer) {
  error_code ignored;  // of a peer that is gone already: the first read tells
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  // The kernel would let a slow reader pile up megabytes, out of our accounts' sight.
  socket.set_option(boost::asio::socket_base::send_buffer_size(send_buffer), ignored);
}

std::unique_ptr<byte_stream> make_tcp_stream(tcp::socket socket, int send_buffer) {
  return std::make_unique<tcp_stream>(std::move(socket), send_buffer);
}

}  // namespace hawser::net
