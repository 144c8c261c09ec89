/// Waiting for another thread: a bounded spin, then sleep.
#pragma once

#include <atomic>
#include <cstdint>

namespace hawser::cpu {

/// Returns the value of `word` as soon as it is not `old`. Spins for about 40 us, longer than the gap between
/// two phases and shorter than a time slice, and then sleeps until notified.
[[nodiscard]] std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& word,
                                            std::uint32_t old) noexcept;

}  // namespace hawser::cpu
