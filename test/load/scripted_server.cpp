#include "test/load/scripted_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <memory>

namespace hawser::load::test {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

struct scripted_server::peer : std::enable_shared_from_this<peer> {
  peer(scripted_server& of, tcp::socket s) : in(of), socket(std::move(s)) {}

  /// Bytes of the first whole request in `got`, or 0.
  [[nodiscard]] std::size_t whole() const {
    const auto end = got.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    const auto at = got.find("Content-Length: ");
    const std::size_t all = end + 4 + (at < end ? std::stoul(got.substr(at + 16)) : 0);
    return got.size() >= all ? all : 0;
  }

  void read() {
    socket.async_read_some(asio::buffer(buffer),
                           [self = shared_from_this()](const error_code& failed, std::size_t n) {
                             if (failed) return;
                             self->got.append(self->buffer, n);
                             self->serve();
                           });
  }

  void serve() {
    const std::size_t size = whole();
    if (size == 0) return read();
    in.requests_.push_back(got.substr(0, size));
    got.erase(0, size);
    answer = in.answers_(in.requests_.size() - 1, in.requests_.back());
    asio::async_write(socket, asio::buffer(answer.bytes),
                      [self = shared_from_this()](const error_code&, std::size_t) { self->after(); });
  }

  void after() {
    using next = scripted_answer::after;
    error_code ignored;
    if (answer.then == next::reset) socket.set_option(asio::socket_base::linger(true, 0), ignored);
    if (answer.then == next::reset || answer.then == next::close) socket.close(ignored);
    if (answer.then == next::keep || answer.then == next::hang) read();
  }

  scripted_server& in;
  tcp::socket socket;
  char buffer[4096];
  std::string got;
  scripted_answer answer;
};

scripted_server::scripted_server(asio::io_context& io, script answers)
    : io_(io), acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      answers_(std::move(answers)) {
  accept();
}

void scripted_server::accept() {
  acceptor_.async_accept([this](const error_code& failed, tcp::socket socket) {
    if (failed) return;
    ++connections_;
    const auto made = std::make_shared<peer>(*this, std::move(socket));
    peers_.push_back(made);
    made->read();
    accept();
  });
}

void scripted_server::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  for (const auto& one : peers_) {
    if (const auto alive = one.lock()) alive->socket.close(ignored);
  }
}

}  // namespace hawser::load::test
