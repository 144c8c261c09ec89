#include "cli/service_manager.hpp"

#ifdef HAWSER_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include <boost/asio/ip/tcp.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace hawser::cli {

namespace {

// Of a status that has more than one line systemd would take the rest for assignments.
std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

#ifdef HAWSER_SYSTEMD
constexpr const char* kept_name = "kept";

bool stands_at(int socket, const std::string& host, std::uint16_t port) {
  boost::asio::ip::tcp::endpoint where;
  auto size = static_cast<socklen_t>(where.capacity());
  if (::getsockname(socket, where.data(), &size) != 0) return false;
  where.resize(size);
  boost::system::error_code ec;
  const auto wanted = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, ec);
  return !ec && where.address() == wanted && (port == 0 || where.port() == port);
}

struct passed {
  int socket = -1;
  int kept = -1;
  std::vector<std::string> unknown;
};

passed take_descriptors() {
  char** names = nullptr;
  const int count = sd_listen_fds_with_names(1, &names);
  passed made;
  for (int i = 0; i < count; ++i) {
    const std::string name = names[i];
    const int descriptor = SD_LISTEN_FDS_START + i;
    if (name == kept_name && made.kept < 0) {
      made.kept = descriptor;
    } else if (made.socket < 0 && (name == "http" || count == 1 || name == "unknown")) {
      made.socket = descriptor;
    } else {
      made.unknown.push_back(name);
      ::close(descriptor);
    }
    std::free(names[i]);
  }
  std::free(static_cast<void*>(names));
  return made;
}
#endif

}  // namespace

#ifdef HAWSER_SYSTEMD
service_manager::service_manager() : present_(std::getenv("NOTIFY_SOCKET") != nullptr) {
  std::uint64_t microseconds = 0;
  if (present_ && sd_watchdog_enabled(0, &microseconds) > 0)
    patience_ = std::chrono::microseconds(microseconds);
  passed taken = take_descriptors();
  listening_socket_ = taken.socket;
  kept_ = taken.kept;
  unknown_ = std::move(taken.unknown);
}

void service_manager::say(const std::string& text) const {
  if (present_) (void)sd_notify(0, text.c_str());
}

void service_manager::keep(int listening_socket) const {
  if (!present_ || listening_socket_ >= 0 || listening_socket < 0) return;
  const std::string text = std::string("FDSTORE=1\nFDNAME=") + kept_name;
  (void)sd_pid_notify_with_fds(0, 0, text.c_str(), &listening_socket, 1);
}

int service_manager::take_listening_socket(const std::string& host, std::uint16_t port) {
  const int kept = std::exchange(kept_, -1);
  if (kept < 0) return listening_socket_;
  if (listening_socket_ < 0 && stands_at(kept, host, port)) return kept;
  ::close(kept);
  say(std::string("FDSTOREREMOVE=1\nFDNAME=") + kept_name);
  return listening_socket_;
}
#else
void service_manager::keep(int) const {}
int service_manager::take_listening_socket(const std::string&, std::uint16_t) {
  return -1;
}
service_manager::service_manager() = default;
void service_manager::say(const std::string&) const {}
#endif

void service_manager::ready(const std::string& status) const {
  say("READY=1\nSTATUS=" + one_line(status));
}

void service_manager::status(const std::string& line) const {
  say("STATUS=" + one_line(line));
}

void service_manager::alive() const {
  say("WATCHDOG=1");
}

void service_manager::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr long long a_second = 1'000'000;
  const long long microseconds = now.tv_sec * a_second + now.tv_nsec / 1000;
  say("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void service_manager::stopping(const std::string& status) const {
  say("STOPPING=1\nSTATUS=" + one_line(status));
}

void service_manager::extend(std::chrono::seconds time) const {
  say("EXTEND_TIMEOUT_USEC=" + std::to_string(std::chrono::microseconds(time).count()));
}

}  // namespace hawser::cli
