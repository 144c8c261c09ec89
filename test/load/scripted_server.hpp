/// A server on loopback that answers each request as a script says, on the test's own io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace hawser::load::test {

struct scripted_answer {
  std::string bytes;
  enum class after { keep, close, reset, hang } then = after::keep;
};

/// One thread: the context's.
class scripted_server {
 public:
  /// `script(number, request)`: the answer to the number-th request, from 0.
  using script = std::function<scripted_answer(std::size_t number, const std::string& request)>;

  scripted_server(boost::asio::io_context& io, script answers);

  [[nodiscard]] boost::asio::ip::tcp::endpoint where() const { return acceptor_.local_endpoint(); }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
  [[nodiscard]] const std::vector<std::string>& requests() const noexcept { return requests_; }
  /// No new connections; those that hang are closed.
  void stop();

 private:
  struct peer;

  void accept();

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  script answers_;
  std::vector<std::string> requests_;
  std::vector<std::weak_ptr<peer>> peers_;
  std::size_t connections_ = 0;
};

}  // namespace hawser::load::test
