/// A redis-server of one's own on loopback, that can be stopped, killed and asked.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <istream>
#include <string>

namespace hawser::embed {

using boost::asio::ip::tcp;

/// A port that nobody listens on now.
inline std::uint16_t free_port() {
  boost::asio::io_context io;
  return tcp::acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)).local_endpoint().port();
}

class real_redis {
 public:
  explicit real_redis(std::uint16_t port = free_port()) : port_(port) { start(); }
  real_redis(const real_redis&) = delete;
  real_redis& operator=(const real_redis&) = delete;
  ~real_redis() { kill(); }

  /// False: there is no redis-server on this machine.
  [[nodiscard]] bool runs() const noexcept { return pid_ > 0; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

  void signal(int which) const {
    if (pid_ > 0) ::kill(pid_, which);
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  /// Returns when it says that it accepts connections.
  void start() {
    int out[2];
    if (pipe(out) != 0) return;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&files, out[0]);
    std::string port = std::to_string(port_);
    std::string words[] = {"redis-server", "--port", port,           "--bind", "127.0.0.1",
                           "--save",       "",       "--appendonly", "no"};
    char* arguments[std::size(words) + 1] = {};
    for (std::size_t i = 0; i < std::size(words); ++i) arguments[i] = words[i].data();
    const int failed = posix_spawnp(&pid_, "redis-server", &files, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    close(out[1]);
    std::string said;
    char piece[512];
    while (failed == 0 && said.find("Ready to accept connections") == std::string::npos) {
      const ssize_t got = read(out[0], piece, sizeof piece);
      if (got <= 0) break;
      said.append(piece, static_cast<std::size_t>(got));
    }
    // What it says later has nobody to read it.
    close(out[0]);
    if (failed != 0) pid_ = 0;
  }

  /// The first line of the reply to a command in one line.
  [[nodiscard]] std::string ask(const std::string& command) const {
    boost::asio::io_context io;
    tcp::socket socket(io);
    socket.connect({boost::asio::ip::address_v4::loopback(), port_});
    boost::asio::write(socket, boost::asio::buffer(command + "\r\n"));
    boost::asio::streambuf from;
    boost::asio::read_until(socket, from, "\r\n");
    std::istream lines(&from);
    std::string line;
    std::getline(lines, line);
    if (line.starts_with('*')) {
      // Of a list with one string: the string.
      boost::asio::read_until(socket, from, "\r\n");
      std::getline(lines, line);
      boost::asio::read_until(socket, from, "\r\n");
      std::getline(lines, line);
    }
    while (line.ends_with('\r')) line.pop_back();
    return line;
  }

 private:
  std::uint16_t port_;
  pid_t pid_ = 0;
};

}  // namespace hawser::embed
