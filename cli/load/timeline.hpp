/// What happened when, in slots of equal length.
#pragma once

#include "cli/load/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace hawser::load {

struct slot {
  std::uint32_t due = 0;  ///< requests whose intended time this was
  std::uint32_t complete = 0;
  std::uint32_t good = 0;
  std::uint32_t refused = 0;
  std::uint32_t failed = 0;
  double tokens = 0;
  std::uint32_t in_flight = 0;  ///< at the slot's end: due and not ended
  std::uint32_t waiting = 0;    ///< at the slot's end: due, and neither a first text nor an end
};

/// Grows with the run's length only. An answer's tokens are spread evenly over the time from its first text
/// to its last.
class timeline {
 public:
  static constexpr std::chrono::nanoseconds slot_length = std::chrono::milliseconds(250);

  void add(const outcome& one, bool good);

  /// With in_flight and waiting summed up; joined so that there are at most `most`. `length` is each one's.
  [[nodiscard]] std::vector<slot> slots(std::size_t most, std::chrono::nanoseconds& length) const;

 private:
  struct change {
    slot sums;
    std::int32_t in_flight = 0;
    std::int32_t waiting = 0;
  };

  change& at(std::chrono::nanoseconds time);

  std::vector<change> changes_;
};

}  // namespace hawser::load
