/// A cheap stopwatch for accounting: the processor's own counter where there is one. Never for deadlines.
#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace hawser::runtime {

class ticks {
 public:
  [[nodiscard]] static std::uint64_t now() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
  }

  /// A length in ticks as time, by the rate seen since the program started.
  [[nodiscard]] static std::chrono::nanoseconds to_time(std::uint64_t length) noexcept;
  /// The inverse. In the first milliseconds of the program the rate is a guess on the high side.
  [[nodiscard]] static std::uint64_t from_time(std::chrono::nanoseconds length) noexcept;
};

}  // namespace hawser::runtime
