#include "cli/top/page_reader.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <memory>
#include <utility>

namespace hawser::cli {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t most_bytes = std::uint64_t{16} * 1024 * 1024;

class reading : public std::enable_shared_from_this<reading> {
 public:
  using callback = std::function<void(page_result<web_page>)>;

  reading(boost::asio::io_context& io, const load::target& where, const std::string& path, callback done)
      : resolver_(io), stream_(io), done_(std::move(done)), where_(where.host + ":" + where.port) {
    request_.method(http::verb::get);
    request_.target(path);
    request_.set(http::field::host, where_);
    request_.set(http::field::connection, "close");
    answer_.body_limit(most_bytes);
  }

  void start(const load::target& where, std::chrono::milliseconds within) {
    stream_.expires_after(within);
    resolver_.async_resolve(
        where.host, where.port,
        [me = shared_from_this()](error_code ec, const tcp::resolver::results_type& found) {
          if (ec) return me->fail("there is no host " + me->where_, ec);
          me->connect(found);
        });
  }

 private:
  void connect(const tcp::resolver::results_type& found) {
    stream_.async_connect(found, [me = shared_from_this()](error_code ec, const tcp::endpoint&) {
      if (ec) return me->fail("no server answers at " + me->where_, ec);
      http::async_write(me->stream_, me->request_, [me](error_code failed, std::size_t) {
        if (failed) return me->fail("the server at " + me->where_ + " does not listen", failed);
        me->read();
      });
    });
  }

  void read() {
    http::async_read(stream_, in_, answer_, [me = shared_from_this()](error_code ec, std::size_t) {
      if (ec) return me->fail("the server at " + me->where_ + " does not answer as one for HTTP does", ec);
      me->done_(web_page{me->answer_.get().result_int(), std::move(me->answer_.get().body())});
    });
  }

  void fail(const std::string& what, error_code why) {
    const bool late = why == beast::error::timeout;
    done_(page_error{what + ": " + (late ? "it took too long" : why.message())});
  }

  tcp::resolver resolver_;
  beast::tcp_stream stream_;
  callback done_;
  std::string where_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> answer_;
  beast::flat_buffer in_;
};

}  // namespace

void read_page(boost::asio::io_context& io, const load::target& where, const std::string& path,
               std::chrono::milliseconds within, reading::callback done) {
  std::make_shared<reading>(io, where, path, std::move(done))->start(where, within);
}

}  // namespace hawser::cli
