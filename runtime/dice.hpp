/// Chance from a seed: the same seed gives the same throws, on every machine.
#pragma once

#include <cstdint>

namespace hawser::runtime {

/// Even bits as a number in [0, 1): the 53 that a double holds.
[[nodiscard]] constexpr double unit_of(std::uint64_t bits) noexcept {
  return static_cast<double>(bits >> 11u) * 0x1p-53;
}

/// splitmix64 (Steele, Lea, Flood 2014). Not thread-safe; copying copies what comes next.
class dice {
 public:
  /// From one throw's state to the next: dice(seed + n * stride) throw what dice(seed) throw after n others.
  static constexpr std::uint64_t stride = 0x9E3779B97F4A7C15u;

  explicit constexpr dice(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t draw() noexcept {
    std::uint64_t z = state_ += stride;
    z = (z ^ (z >> 30u)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27u)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31u);
  }

  /// In [0, 1).
  [[nodiscard]] constexpr double unit() noexcept { return unit_of(draw()); }

  /// 0 .. n-1; n >= 1. By multiplication, so the bias is at most n / 2^32.
  [[nodiscard]] std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>(((draw() >> 32u) * n) >> 32u);
  }

  /// low .. high, both included.
  [[nodiscard]] std::uint32_t between(std::uint32_t low, std::uint32_t high) noexcept {
    return low + below(high - low + 1);
  }

  /// True one time in n.
  [[nodiscard]] bool one_in(std::uint32_t n) noexcept { return below(n) == 0; }

  /// Dice of its own for a part: what the part throws does not move the throws of the others.
  [[nodiscard]] dice fork() noexcept { return dice(draw()); }

 private:
  std::uint64_t state_;
};

}  // namespace hawser::runtime
