/// A blocking HTTP client on a plain socket, for tests: it sends what it is told, byte for byte.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hawser::net::test {

struct client_response {
  int status = 0;
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;                           ///< chunks joined
};

/// Reads give up after 20 s with an exception: a test that hangs fails.
class client {
 public:
  explicit client(const boost::asio::ip::tcp::endpoint& where, int receive_buffer = 0);

  void send(std::string_view bytes);
  /// The next response, whole. `head_only`: it was asked for by HEAD.
  [[nodiscard]] client_response receive(bool head_only = false);
  /// Reads until `text` has been seen; what came up to and with it.
  [[nodiscard]] std::string receive_until(std::string_view text);
  /// True: the server has closed (or reset) and nothing is left.
  [[nodiscard]] bool at_end();
  void finish_writing();
  void close();

  [[nodiscard]] client_response ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }

 private:
  [[nodiscard]] bool fill();
  [[nodiscard]] std::string take(std::size_t bytes);
  [[nodiscard]] std::string take_line();

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string in_;
};

[[nodiscard]] std::string get(std::string_view path, std::string_view fields = {});
[[nodiscard]] std::string post(std::string_view path, std::string_view json, std::string_view fields = {});

/// The next response at the front of `bytes`, which loses it. Throws std::runtime_error when it is not whole.
[[nodiscard]] client_response take_response(std::string& bytes, bool head_only = false);

}  // namespace hawser::net::test
