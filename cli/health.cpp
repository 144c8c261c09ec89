#include "cli/commands.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>

namespace hawser::cli {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;

struct health_flags {
  std::string host = "127.0.0.1";
  int port = 8000;
  double timeout = 3;
  bool alive = false;
};

/// One question, within its time. Status and body, or why there are none.
class probe {
 public:
  explicit probe(const health_flags& flags) : stream_(io_) {
    ask_.method(http::verb::get);
    ask_.target(flags.alive ? "/health" : "/ready");
    ask_.version(11);
    ask_.set(http::field::host, "localhost");
    ask_.set(http::field::connection, "close");
    answer_.body_limit(64 * 1024);
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(flags.host, ec);
    if (ec) throw failure(exit_code::usage, "--host " + flags.host + ": expected a numeric address");
    const auto within = std::chrono::duration<double>(flags.timeout);
    stream_.expires_after(std::chrono::duration_cast<std::chrono::milliseconds>(within));
    stream_.async_connect(
        {address, static_cast<std::uint16_t>(flags.port)}, [this](boost::system::error_code failed) {
          if (failed) return end(failed);
          http::async_write(stream_, ask_, [this](boost::system::error_code unsent, std::size_t) {
            if (unsent) return end(unsent);
            http::async_read(stream_, buffer_, answer_,
                             [this](boost::system::error_code unread, std::size_t) { end(unread); });
          });
        });
  }

  [[nodiscard]] exit_code run() {
    io_.run();
    if (failed_) {
      std::cout << "no answer: " << failed_.message() << "\n";
      return exit_code::not_ready;
    }
    const auto& got = answer_.get();
    std::cout << got.result_int() << " " << got.body() << (got.body().ends_with('\n') ? "" : "\n");
    return got.result() == http::status::ok ? exit_code::ok : exit_code::not_ready;
  }

 private:
  void end(boost::system::error_code how) { failed_ = how; }

  boost::asio::io_context io_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> ask_;
  http::response_parser<http::string_body> answer_;
  boost::system::error_code failed_;
};

}  // namespace

void add_health(const command_parser& app) {
  const auto command = app.add_command("health", "Ask a running server whether it is ready");
  auto flags = std::make_shared<health_flags>();
  command.add_option("--host", flags->host, "Its address")
      .or_environment("HAWSER_SERVER_HOST")
      .default_shown();
  command.add_option("--port", flags->port, "Its port")
      .within(1, 65535)
      .or_environment("HAWSER_SERVER_PORT")
      .default_shown();
  command.add_option("--timeout", flags->timeout, "Seconds to wait for its answer")
      .within(0.01, 3600.0)
      .default_shown();
  command.add_flag("--alive", flags->alive, "Only whether it runs: a server that loads or drains does");
  command.footer("\nExit code 0: yes; 1: no, or no answer. For the health checks of containers.");
  command.run([flags] {
    if (flags->host == "0.0.0.0" || flags->host == "localhost") flags->host = "127.0.0.1";
    if (flags->host == "::") flags->host = "::1";
    return probe(*flags).run();
  });
}

}  // namespace hawser::cli
