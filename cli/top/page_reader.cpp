#include "cli/top/page_reader.hpp"

#include "cli/load/response_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <utility>

namespace hawser::cli {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::size_t most_bytes = std::size_t{16} * 1024 * 1024;

/// One page. Whatever comes first ends it: the whole page, a failure, or the end of its time.
class reading : public std::enable_shared_from_this<reading> {
 public:
  using callback = std::function<void(page_result<web_page>)>;

  reading(asio::io_context& io, const load::target& where, const std::string& path, callback done)
      : resolver_(io), socket_(io), timer_(io), done_(std::move(done)), where_(where.host + ":" + where.port),
        request_("GET " + path + " HTTP/1.1\r\nHost: " + where_ + "\r\nConnection: close\r\n\r\n") {}

  void start(const load::target& where, std::chrono::milliseconds within) {
    timer_.expires_after(within);
    timer_.async_wait([me = shared_from_this()](error_code ec) {
      if (!ec) me->fail("the server at " + me->where_ + " does not answer", "it took too long");
    });
    resolver_.async_resolve(where.host, where.port,
                            [me = shared_from_this()](error_code ec, const tcp::resolver::results_type& all) {
                              if (ec) return me->fail("there is no host " + me->where_, ec.message());
                              me->connect(all, all.begin());
                            });
  }

 private:
  /// To one address after the other.
  void connect(const tcp::resolver::results_type& all, tcp::resolver::results_type::const_iterator next) {
    if (!done_) return;
    error_code ignored;
    socket_.close(ignored);
    const tcp::endpoint to = next->endpoint();
    socket_.async_connect(to, [me = shared_from_this(), all, next](error_code ec) {
      if (!ec) return me->write();
      if (std::next(next) != all.end()) return me->connect(all, std::next(next));
      me->fail("no server answers at " + me->where_, ec.message());
    });
  }

  void write() {
    asio::async_write(socket_, asio::buffer(request_), [me = shared_from_this()](error_code ec, std::size_t) {
      if (ec) return me->fail("the server at " + me->where_ + " does not listen", ec.message());
      me->read();
    });
  }

  void read() {
    if (!done_) return;
    socket_.async_read_some(asio::buffer(in_), [me = shared_from_this()](error_code ec, std::size_t bytes) {
      me->took(ec, bytes);
    });
  }

  void took(error_code ec, std::size_t bytes) {
    using verdict = load::response_reader::verdict;
    const std::string strange = "the server at " + where_ + " does not answer as one for HTTP does";
    if (ec && ec != asio::error::eof) return fail(strange, ec.message());
    const verdict now = ec ? reader_.at_end() : reader_.feed({in_.data(), bytes}, page_.body);
    if (page_.body.size() > most_bytes) return fail(strange, "the page is too large");
    if (now == verdict::more) return read();
    if (now == verdict::broken) return fail(strange, "this is no answer");
    page_.status = static_cast<unsigned>(reader_.head().status);
    end(std::move(page_));
  }

  void fail(const std::string& what, const std::string& why) { end(page_error{what + ": " + why}); }

  void end(page_result<web_page> with) {
    if (!done_) return;
    resolver_.cancel();
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    std::exchange(done_, nullptr)(std::move(with));
  }

  tcp::resolver resolver_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  callback done_;
  std::string where_;
  std::string request_;
  load::response_reader reader_;
  std::array<char, 16 * 1024> in_{};
  web_page page_;
};

}  // namespace

void read_page(asio::io_context& io, const load::target& where, const std::string& path,
               std::chrono::milliseconds within, reading::callback done) {
  std::make_shared<reading>(io, where, path, std::move(done))->start(where, within);
}

}  // namespace hawser::cli
