#include "net/tls_stream.hpp"

#include "net/tcp_stream.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <optional>
#include <utility>

namespace hawser::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// Where OpenSSL's bytes go: through the socket's own functions, which raise no SIGPIPE.
struct wire {
  explicit wire(tcp::socket given) : socket(std::move(given)) {}

  tcp::socket socket;
  bool at_end = false;
};

wire& wire_of(BIO* bio) noexcept {
  return *static_cast<wire*>(BIO_get_data(bio));
}

int write_wire(BIO* bio, const char* bytes, int size) {
  error_code ec;
  BIO_clear_retry_flags(bio);
  const std::size_t sent =
      wire_of(bio).socket.write_some(boost::asio::buffer(bytes, static_cast<std::size_t>(size)), ec);
  if (ec == boost::asio::error::would_block) BIO_set_retry_write(bio);
  return ec ? -1 : static_cast<int>(sent);
}

int read_wire(BIO* bio, char* bytes, int size) {
  error_code ec;
  BIO_clear_retry_flags(bio);
  wire& from = wire_of(bio);
  const std::size_t got =
      from.socket.read_some(boost::asio::buffer(bytes, static_cast<std::size_t>(size)), ec);
  if (ec == boost::asio::error::would_block) BIO_set_retry_read(bio);
  from.at_end = ec == boost::asio::error::eof;
  if (from.at_end) return 0;
  return ec ? -1 : static_cast<int>(got);
}

long control_wire(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return wire_of(bio).at_end ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made == nullptr) return made;
    BIO_meth_set_write(made, write_wire);
    BIO_meth_set_read(made, read_wire);
    BIO_meth_set_ctrl(made, control_wire);
    return made;
  }();
  return method;
}

class tls_stream final : public byte_stream {
 public:
  tls_stream(tcp::socket socket, int send_buffer, SSL* tls) : wire_(std::move(socket)), tls_(tls, &SSL_free) {
    set_up_socket(wire_.socket, send_buffer);
  }

  /// False: there is no memory for it.
  [[nodiscard]] bool join() {
    const BIO_METHOD* const method = wire_method();
    BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
    if (bio == nullptr) return false;
    BIO_set_data(bio, &wire_);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls_.get(), bio, bio);
    SSL_set_accept_state(tls_.get());
    return true;
  }

  void attach(owner& to, runtime::actor_executor where) override {
    owner_ = &to;
    where_ = std::move(where);
  }

  std::size_t read_some(std::span<char> into, error_code& ec) override {
    std::size_t got = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(tls_.get(), into.data(), into.size(), &got);
    ec = meaning_of(result, read_waits_to_write_, tcp::socket::wait_write);
    return got;
  }

  std::size_t write_some(std::string_view bytes, error_code& ec) override {
    std::size_t sent = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent);
    ec = meaning_of(result, write_waits_to_read_, tcp::socket::wait_read);
    return sent;
  }

  // The owner dies with its actor, and what was bound to the actor's executor is then dropped unrun.
  void wait_readable() override {
    if (SSL_pending(tls_.get()) > 0) return boost::asio::post(*where_, [to = owner_] { to->on_readable(); });
    const auto what = read_waits_to_write_ ? tcp::socket::wait_write : tcp::socket::wait_read;
    wire_.socket.async_wait(what, boost::asio::bind_executor(*where_, [to = owner_](error_code ec) {
                              if (ec != boost::asio::error::operation_aborted) to->on_readable();
                            }));
  }

  void wait_writable() override {
    const auto what = write_waits_to_read_ ? tcp::socket::wait_read : tcp::socket::wait_write;
    wire_.socket.async_wait(what, boost::asio::bind_executor(*where_, [to = owner_](error_code ec) {
                              if (ec != boost::asio::error::operation_aborted) to->on_writable();
                            }));
  }

  void finish_writing() noexcept override {
    say_goodbye();
    error_code ignored;
    wire_.socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close(bool reset) noexcept override {
    error_code ignored;
    if (reset) {
      wire_.socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    } else {
      say_goodbye();
    }
    wire_.socket.close(ignored);
  }

 private:
  /// `other`: set when the operation waits for the other direction than its own, which is `against`.
  error_code meaning_of(int result, bool& other, tcp::socket::wait_type against) {
    other = false;
    if (result == 1) return {};
    switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      other = against == tcp::socket::wait_read;
      return boost::asio::error::would_block;
    case SSL_ERROR_WANT_WRITE:
      other = against == tcp::socket::wait_write;
      return boost::asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return boost::asio::error::eof;
    default:
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) explain();
      broken_ = true;
      return boost::asio::error::connection_aborted;
    }
  }

  // To one who speaks plain HTTP here.
  void explain() {
    constexpr std::string_view sentence = "this port speaks TLS: ask with https://\n";
    const std::string bytes = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
                              "Content-Length: " +
                              std::to_string(sentence.size()) + "\r\n\r\n" + std::string(sentence);
    error_code ec;
    wire_.socket.write_some(boost::asio::buffer(bytes), ec);
    // What is not read when a socket closes, resets it, and the sentence would be lost.
    std::array<char, 4096> rest{};
    for (int i = 0; i < 16 && !ec; ++i) wire_.socket.read_some(boost::asio::buffer(rest), ec);
  }

  void say_goodbye() noexcept {
    if (broken_ || SSL_in_init(tls_.get()) != 0) return;
    if ((SSL_get_shutdown(tls_.get()) & SSL_SENT_SHUTDOWN) == 0) (void)SSL_shutdown(tls_.get());
    ERR_clear_error();
  }

  wire wire_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  owner* owner_ = nullptr;
  std::optional<runtime::actor_executor> where_;
  bool read_waits_to_write_ = false;
  bool write_waits_to_read_ = false;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<byte_stream> make_tls_stream(tcp::socket socket, int send_buffer,
                                             const tls_keeper::context& context) {
  SSL* const tls = SSL_new(context.get());
  if (tls == nullptr) return nullptr;
  auto made = std::make_unique<tls_stream>(std::move(socket), send_buffer, tls);
  if (!made->join()) return nullptr;
  return made;
}

}  // namespace hawser::net
