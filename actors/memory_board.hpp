/// Who holds how much memory: each owner writes its own line, any thread reads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawser::actors {

enum class memory_owner : std::uint8_t {
  weights,
  scratch,   ///< working memory of a step
  kv,        ///< pages that sequences own
  prefixes,  ///< pages that are kept for their prefix only
  spare,     ///< pages that nobody owns, but the system still backs
  queues,    ///< accepted requests: texts, then tokens and what is made for their answers
  buffers,   ///< bodies that are being read, and output that clients have not read
  results,   ///< remembered and shared answers
  other,     ///< the rest of the process, as the system counts it
};
inline constexpr std::size_t memory_owners = 9;

[[nodiscard]] constexpr std::string_view name_of(memory_owner who) noexcept {
  constexpr std::array<std::string_view, memory_owners> names{
      "weights", "scratch", "kv", "prefixes", "spare", "queues", "buffers", "results", "other"};
  return names[static_cast<std::size_t>(who)];
}

/// A look at the board, in bytes. Each figure is exact, together they are not of one moment.
struct memory_facts {
  std::array<std::uint64_t, memory_owners> held{};
  std::uint64_t limit = 0;       ///< of all together; 0: none
  std::uint64_t given_back = 0;  ///< times that memory was returned to the system
  bool short_of_memory = false;  ///< nothing helped: newcomers are refused

  [[nodiscard]] std::uint64_t of(memory_owner who) const noexcept {
    return held[static_cast<std::size_t>(who)];
  }
  [[nodiscard]] std::uint64_t sum() const noexcept {
    std::uint64_t all = 0;
    for (const std::uint64_t one : held) all += one;
    return all;
  }
  /// Whether `bytes` more are within the limit once all is given up that nobody waits for.
  [[nodiscard]] bool fits(std::uint64_t bytes) const noexcept {
    if (limit == 0) return true;
    const std::uint64_t spared =
        of(memory_owner::prefixes) + of(memory_owner::spare) + of(memory_owner::results);
    return !short_of_memory && sum() - spared + bytes <= limit;
  }
};

class memory_board {
 public:
  void set(memory_owner who, std::uint64_t bytes) noexcept {
    line(who).store(bytes, std::memory_order_relaxed);
  }
  /// From `before` to `now`, of one of many who share a line.
  void change(memory_owner who, std::uint64_t before, std::uint64_t now) noexcept {
    if (now != before) line(who).fetch_add(now - before, std::memory_order_relaxed);
  }
  void set_limit(std::uint64_t bytes) noexcept { limit_.store(bytes, std::memory_order_relaxed); }
  void set_short(bool is) noexcept { short_.store(is, std::memory_order_relaxed); }
  void count_given_back() noexcept { given_back_.fetch_add(1, std::memory_order_relaxed); }

  [[nodiscard]] memory_facts read() const noexcept {
    memory_facts seen;
    for (std::size_t i = 0; i < memory_owners; ++i) seen.held[i] = held_[i].load(std::memory_order_relaxed);
    seen.limit = limit_.load(std::memory_order_relaxed);
    seen.given_back = given_back_.load(std::memory_order_relaxed);
    seen.short_of_memory = short_.load(std::memory_order_relaxed);
    return seen;
  }

 private:
  [[nodiscard]] std::atomic<std::uint64_t>& line(memory_owner who) noexcept {
    return held_[static_cast<std::size_t>(who)];
  }

  std::array<std::atomic<std::uint64_t>, memory_owners> held_{};
  std::atomic<std::uint64_t> limit_{0};
  std::atomic<std::uint64_t> given_back_{0};
  std::atomic<bool> short_{false};
};

}  // namespace hawser::actors
