/// Static batching, as the baseline of a claim: requests are gathered, run together, and nobody joins until
/// the last of them is done.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hawser::cli {

/// Pure. A batch begins when the one before is over and `size` requests wait, or the first of them has waited
/// for `wait`.
class static_gate {
 public:
  static_gate(std::size_t size, std::chrono::nanoseconds wait) noexcept : size_(size), wait_(wait) {}

  void ask(std::uint64_t who, std::chrono::nanoseconds now) { waiting_.push_back({who, now}); }
  void done() noexcept { --running_; }

  /// Who may go now, together.
  [[nodiscard]] std::vector<std::uint64_t> release(std::chrono::nanoseconds now);
  /// When release() is to be called again although nothing happens; nothing: not before somebody asks or is
  /// done.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due() const noexcept;

 private:
  struct place {
    std::uint64_t who;
    std::chrono::nanoseconds since;
  };

  std::size_t size_;
  std::chrono::nanoseconds wait_;
  std::deque<place> waiting_;
  std::size_t running_ = 0;
};

}  // namespace hawser::cli
