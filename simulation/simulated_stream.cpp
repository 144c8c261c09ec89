#include "simulation/simulated_stream.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace hawser::simulation {
namespace {

using boost::system::error_code;

class simulated_stream final : public net::byte_stream {
 public:
  explicit simulated_stream(std::shared_ptr<peer> other) : other_(std::move(other)) {}
  simulated_stream(const simulated_stream&) = delete;
  simulated_stream& operator=(const simulated_stream&) = delete;
  // As a socket does, whatever became of its session.
  ~simulated_stream() override {
    if (!other_->closed) simulated_stream::close(false);
  }

  void attach(owner& to, runtime::actor_executor where) override {
    other_->call = [&to, where](bool to_read) {
      where.execute([&to, to_read] { to_read ? to.on_readable() : to.on_writable(); });
    };
  }

  std::size_t read_some(std::span<char> into, error_code& ec) override {
    std::string& bytes = other_->to_server;
    const std::size_t n = std::min({into.size(), bytes.size(), other_->piece});
    if (other_->broken) {
      ec = boost::asio::error::connection_reset;
    } else if (n == 0) {
      ec = other_->finished ? error_code(boost::asio::error::eof)
                            : error_code(boost::asio::error::would_block);
    }
    if (ec) return 0;
    std::copy_n(bytes.begin(), n, into.begin());
    bytes.erase(0, n);
    return n;
  }

  std::size_t write_some(std::string_view bytes, error_code& ec) override {
    if (other_->broken) ec = boost::asio::error::broken_pipe;
    const std::size_t n = std::min(bytes.size(), other_->room);
    if (!ec && n == 0) ec = boost::asio::error::would_block;
    if (ec) return 0;
    other_->from_server += bytes.substr(0, n);
    other_->room -= n;
    tell();
    return n;
  }

  void wait_readable() override {
    other_->waits_to_read = true;
    other_->wake();
  }
  void wait_writable() override {
    other_->waits_to_write = true;
    other_->wake();
  }
  void finish_writing() noexcept override {
    other_->server_finished = true;
    tell();
  }
  void close(bool reset) noexcept override {
    other_->closed = true;
    other_->reset = reset;
    other_->call = nullptr;
    tell();
  }

 private:
  void tell() const {
    if (other_->changed) other_->changed();
  }

  std::shared_ptr<peer> other_;
};

}  // namespace

void peer::wake() {
  if (!call) return;
  if (waits_to_read && (!to_server.empty() || finished || broken)) {
    waits_to_read = false;
    call(true);
  }
  if (waits_to_write && (room > 0 || broken)) {
    waits_to_write = false;
    call(false);
  }
}

std::unique_ptr<net::byte_stream> make_simulated_stream(std::shared_ptr<peer> other) {
  return std::make_unique<simulated_stream>(std::move(other));
}

}  // namespace hawser::simulation
