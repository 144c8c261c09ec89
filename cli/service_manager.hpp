/// systemd, where it started the process: what it is told, and what it hands over. Elsewhere, and in a build
/// without libsystemd, nothing happens.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hawser::cli {

/// One a process. Not for two threads at once.
class service_manager {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and LISTEN_FDS, and takes the descriptors that came with the last.
  service_manager();

  /// Somebody listens to what is told.
  [[nodiscard]] bool present() const noexcept { return present_; }
  /// How long it waits for a sign of life before it ends the process; nothing: it does not.
  [[nodiscard]] std::optional<std::chrono::microseconds> patience() const noexcept { return patience_; }
  /// The listening socket for HTTP: the one that is named http, else the first; without one, the socket that
  /// an earlier process gave away with keep(), where it stands at this address (port 0: at any). Negative:
  /// none came. Once.
  [[nodiscard]] int take_listening_socket(const std::string& host, std::uint16_t port);
  /// Descriptors that came and that nobody has a use for, by their names; they are closed.
  [[nodiscard]] const std::vector<std::string>& unknown() const noexcept { return unknown_; }

  void ready(const std::string& status) const;
  void status(const std::string& line) const;
  void alive() const;
  /// Holds the listening socket from now on, for the next process: who connects in between waits. Not where
  /// the socket was handed over: then it is held already.
  void keep(int listening_socket) const;
  /// A reload has begun; ready() is its end.
  void reloading() const;
  void stopping(const std::string& status) const;
  /// Starting or stopping takes longer: so long from now.
  void extend(std::chrono::seconds time) const;

 private:
  void say(const std::string& text) const;

  bool present_ = false;
  std::optional<std::chrono::microseconds> patience_;
  int listening_socket_ = -1;
  int kept_ = -1;
  std::vector<std::string> unknown_;
};

}  // namespace hawser::cli
