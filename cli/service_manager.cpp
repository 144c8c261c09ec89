#include "cli/service_manager.hpp"

#ifdef HAWSER_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace hawser::cli {

namespace {

// Of a status that has more than one line systemd would take the rest for assignments.
std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

#ifdef HAWSER_SYSTEMD
struct passed {
  int socket = -1;
  std::vector<std::string> unknown;
};

passed take_descriptors() {
  char** names = nullptr;
  const int count = sd_listen_fds_with_names(1, &names);
  passed made;
  for (int i = 0; i < count; ++i) {
    const std::string name = names[i];
    const int descriptor = SD_LISTEN_FDS_START + i;
    if (made.socket < 0 && (name == "http" || count == 1 || name == "unknown")) {
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
  unknown_ = std::move(taken.unknown);
}

void service_manager::say(const std::string& text) const {
  if (present_) (void)sd_notify(0, text.c_str());
}
#else
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
