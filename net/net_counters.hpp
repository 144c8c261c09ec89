/// What the room counts of itself, for the metrics page. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace hawser::net {

struct net_counters {
  std::atomic<std::uint64_t> accepted{0};              ///< connections
  std::atomic<std::uint64_t> turned_away{0};           ///< connections beyond a limit
  std::atomic<std::int64_t> open{0};                   ///< connections, now
  std::array<std::atomic<std::uint64_t>, 6> by_class;  ///< responses, by the first digit of their status
  std::atomic<std::uint64_t> disconnects{0};           ///< clients that left while their answer was made
  std::atomic<std::uint64_t> slow_readers{0};          ///< connections closed because nobody read them
  std::atomic<std::size_t> unread{0};                  ///< bytes that wait for clients, now

  void count_response(int status) noexcept {
    by_class[static_cast<std::size_t>(status / 100) % by_class.size()].fetch_add(1,
                                                                                 std::memory_order_relaxed);
  }
};

/// In the Prometheus text format.
[[nodiscard]] std::string metrics_text(const net_counters& counters);

}  // namespace hawser::net
