/// This program, serving in a process of its own: what a bench measures is then what users run.
#pragma once

#include "cli/load/target.hpp"

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hawser::cli {

/// `hawser serve MODEL --port 0 FLAGS...`. It ends with this object, or with this process. One thread uses
/// it.
class server_process {
 public:
  /// Returns at once. Throws failure when the process cannot be started.
  server_process(const std::string& model, const std::vector<std::string>& flags);
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;
  ~server_process();

  /// Blocks until it listens, and where. Throws failure when it ended, or took longer than a minute.
  [[nodiscard]] load::target where(load::dialect speaks);
  /// Blocks until it is ready. Throws failure likewise.
  /// Requests say Cache-Control: no-store unless they may be `cached`: what is measured is computing.
  [[nodiscard]] load::target ready(load::dialect speaks, bool cached = false);
  /// From the start of the process.
  [[nodiscard]] std::chrono::steady_clock::time_point started() const noexcept { return started_; }
  [[nodiscard]] pid_t id() const noexcept { return pid_; }

 private:
  void read_log(int pipe);
  [[nodiscard]] load::target wait_for(const std::string& words, load::dialect speaks);

  std::chrono::steady_clock::time_point started_;
  pid_t pid_ = -1;
  std::mutex guard_;
  std::condition_variable changed_;
  std::string log_;  // its first part
  bool ended_ = false;
  std::thread reader_;
};

}  // namespace hawser::cli
