/// A line on a terminal that says how far a long work is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace hawser::cli {

/// Draws on standard error when that is a terminal, and nothing otherwise. One thread. The line is gone when
/// the bar is.
class progress_bar {
 public:
  explicit progress_bar(std::string title);
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  ~progress_bar();

  /// `done` of `all`; `note` stands behind the bar. Draws at most ten times a second.
  void show(std::uint64_t done, std::uint64_t all, const std::string& note = {});
  /// The line is gone until the next show().
  void clear();

 private:
  std::string title_;
  bool visible_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

/// "[#####.....]  50 %", `width` characters between the brackets.
[[nodiscard]] std::string draw_bar(std::uint64_t done, std::uint64_t all, std::size_t width);

}  // namespace hawser::cli
