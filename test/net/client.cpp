#include "client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>

namespace hawser::net::test {
namespace {

using boost::asio::ip::tcp;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// `line` and `bytes` take from the connection.
client_response read_response(bool head_only, const std::function<std::string()>& line,
                              const std::function<std::string(std::size_t)>& bytes) {
  client_response made;
  const std::string status = line();
  if (!status.starts_with("HTTP/1.1 ")) throw std::runtime_error("not a response: " + status);
  made.status = std::stoi(status.substr(9));
  for (std::string field = line(); !field.empty(); field = line()) {
    const std::size_t colon = field.find(": ");
    made.fields[lower(field.substr(0, colon))] = field.substr(colon + 2);
  }
  if (head_only || made.status == 204 || made.status == 100) return made;
  if (made.fields.contains("transfer-encoding")) {
    for (;;) {
      const std::size_t size = std::stoul(line(), nullptr, 16);
      made.body += bytes(size);
      if (!line().empty()) throw std::runtime_error("a chunk does not end where it says");
      if (size == 0) return made;
    }
  }
  if (made.fields.contains("content-length")) made.body = bytes(std::stoul(made.fields["content-length"]));
  return made;
}

}  // namespace

client::client(const tcp::endpoint& where, int receive_buffer) : socket_(io_) {
  socket_.open(where.protocol());
  if (receive_buffer > 0) socket_.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer));
  const timeval patience{20, 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  socket_.connect(where);
}

void client::send(std::string_view bytes) {
  boost::asio::write(socket_, boost::asio::buffer(bytes));
}

bool client::fill() {
  std::array<char, 65536> buffer{};
  // Not through Asio, which would wait beyond the socket's own time-out.
  const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) throw std::runtime_error("the server is silent");
  if (got <= 0) return false;
  in_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string client::take(std::size_t bytes) {
  while (in_.size() < bytes) {
    if (!fill()) throw std::runtime_error("the connection was closed in the middle of a response");
  }
  std::string taken = in_.substr(0, bytes);
  in_.erase(0, bytes);
  return taken;
}

std::string client::take_line() {
  std::size_t end = 0;
  while ((end = in_.find("\r\n")) == std::string::npos) {
    if (!fill()) throw std::runtime_error("the connection was closed before the end of a line");
  }
  std::string line = take(end);
  (void)take(2);
  return line;
}

client_response client::receive(bool head_only) {
  return read_response(head_only, [this] { return take_line(); }, [this](std::size_t n) { return take(n); });
}

std::string client::receive_until(std::string_view text) {
  std::size_t at = 0;
  while ((at = in_.find(text)) == std::string::npos) {
    if (!fill()) throw std::runtime_error("the connection was closed before: " + std::string(text));
  }
  return take(at + text.size());
}

bool client::at_end() {
  return in_.empty() && !fill();
}

void client::finish_writing() {
  socket_.shutdown(tcp::socket::shutdown_send);
}
void client::close() {
  socket_.close();
}

std::string get(std::string_view path, std::string_view fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view path, std::string_view json, std::string_view fields) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(json.size()) + "\r\n" + std::string(fields) + "\r\n" + std::string(json);
}

client_response take_response(std::string& bytes, bool head_only) {
  const auto some = [&bytes](std::size_t n) {
    if (bytes.size() < n) throw std::runtime_error("the response is not whole: " + bytes);
    std::string taken = bytes.substr(0, n);
    bytes.erase(0, n);
    return taken;
  };
  const auto line = [&] {
    const std::size_t end = bytes.find("\r\n");
    if (end == std::string::npos) throw std::runtime_error("the response is not whole: " + bytes);
    std::string taken = some(end);
    (void)some(2);
    return taken;
  };
  return read_response(head_only, line, some);
}

}  // namespace hawser::net::test
