/// What a request must achieve to count as goodput.
#pragma once

#include <chrono>
#include <cstdint>

namespace hawser::load {

/// Zero: no demand.
struct slo {
  std::chrono::nanoseconds ttft{};  ///< from the intended send time to the first text
  std::chrono::nanoseconds tpot{};  ///< (last text - first text) / (tokens - 1)
  std::chrono::nanoseconds e2e{};   ///< from the intended send time to the end

  [[nodiscard]] bool any() const noexcept { return ttft.count() + tpot.count() + e2e.count() > 0; }
};

/// Times of a request that ended well.
struct latencies {
  std::chrono::nanoseconds ttft{};
  std::chrono::nanoseconds tpot{};
  std::chrono::nanoseconds e2e{};
  bool streamed = true;  ///< without a stream there is no first text to time: ttft and tpot are not judged
};

[[nodiscard]] constexpr bool met(const slo& wanted, const latencies& got) noexcept {
  const auto within = [](std::chrono::nanoseconds limit, std::chrono::nanoseconds value) {
    return limit.count() == 0 || value <= limit;
  };
  if (!within(wanted.e2e, got.e2e)) return false;
  return !got.streamed || (within(wanted.ttft, got.ttft) && within(wanted.tpot, got.tpot));
}

}  // namespace hawser::load
