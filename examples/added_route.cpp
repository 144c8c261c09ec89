/// A route of one's own beside the server's: a stream of events, made one at a time as its reader takes them.
#include "embed/server.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace asio = boost::asio;
namespace embed = hawser::embed;
namespace net = hawser::net;

/// GET /x/count?3 counts to three.
class counter : public embed::extension {
 public:
  net::route_reply on_call(const net::route_call& call) override {
    if (call.part == 0) last_ = static_cast<std::uint32_t>(std::stoul(call.query));  // nonsense throws: 502
    net::route_reply reply;
    reply.more = call.part < last_;
    if (reply.more) reply.what.body = R"({"count":)" + std::to_string(call.part + 1) + "}";
    return reply;
  }

 private:
  std::uint32_t last_ = 0;  // one stream at a time is enough here
};

std::string get(std::uint16_t port, const std::string& target) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), port});
  asio::write(socket,
              asio::buffer("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  std::string all;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(all), end);
  return all;
}

int main() {
  hawser::conf::settings settings;
  settings.server.port = 0;  // any that is free

  embed::extension_options options;
  options.name = "counter";
  options.make = [] { return std::make_unique<counter>(); };
  options.routes = {"/x/count"};
  options.route_deadline = std::chrono::seconds(20);

  // A route needs no model: this server is never started, and answers all the same.
  embed::server server({.settings = settings, .extensions = {options}});
  const std::uint16_t port = server.listen().value().port();

  const std::string counted = get(port, "/x/count?3");
  std::cout << counted << "\n";
  const std::string nonsense = get(port, "/x/count?many");
  std::cout << nonsense.substr(0, nonsense.find('\r')) << "\n";
  const bool all = counted.find("data: {\"count\":3}\n\n") != std::string::npos;
  return all && nonsense.starts_with("HTTP/1.1 502") ? 0 : 1;
}
