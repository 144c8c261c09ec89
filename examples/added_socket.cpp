/// A WebSocket of one's own beside the server's routes: what is said on it comes back, one word a message.
#include "embed/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace embed = hawser::embed;
namespace net = hawser::net;

/// One object for all WebSockets at /x/words: events come one at a time.
class words : public embed::extension {
 public:
  net::socket_reply on_socket(const net::socket_call& call) override {
    net::socket_reply reply;
    if (call.what == net::socket_event::closed) left_.erase(call.socket);
    if (call.what == net::socket_event::message) left_[call.socket] << call.message.data << " ";
    if (call.what != net::socket_event::message && call.what != net::socket_event::more) return reply;
    std::string word;
    if (!(left_[call.socket] >> word)) {
      left_[call.socket].clear();  // the next message makes it readable again
      return reply;
    }
    if (word == "bye") reply.close = 1000;
    reply.message = net::web_message{word};
    reply.more = true;  // the next word, when this one was read
    return reply;
  }

 private:
  std::map<std::uint64_t, std::stringstream> left_;  // unread words, by WebSocket
};

int main() {
  hawser::conf::settings settings;
  settings.server.port = 0;  // any that is free

  embed::extension_options options;
  options.name = "words";
  options.make = [] { return std::make_unique<words>(); };
  options.sockets = {"/x/words"};
  options.route_deadline = std::chrono::seconds(20);

  // It needs no model: this server is never started, and answers all the same.
  embed::server server({.settings = settings, .extensions = {options}});
  const std::uint16_t port = server.listen().value().port();

  asio::io_context io;
  beast::websocket::stream<asio::ip::tcp::socket> client(io);
  client.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
  client.handshake("localhost", "/x/words");
  client.write(asio::buffer(std::string("a hawser is a thick rope bye")));
  std::string heard;
  boost::system::error_code end;
  for (beast::flat_buffer message; !end; message.clear()) {
    client.read(message, end);
    if (!end) heard += beast::buffers_to_string(message.data()) + "|";
  }
  std::cout << heard << " and then " << end.message() << "\n";
  return heard == "a|hawser|is|a|thick|rope|bye|" && end == beast::websocket::error::closed ? 0 : 1;
}
