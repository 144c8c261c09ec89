/// Ids and sampling seeds from one seed: the same server run twice gives the same ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace hawser::net {

/// Any thread.
class chance {
 public:
  explicit chance(std::uint64_t seed) noexcept : seed_(seed) {}

  [[nodiscard]] std::uint64_t draw() noexcept {
    return mix(seed_ + golden * (1 + drawn_.fetch_add(1, std::memory_order_relaxed)));
  }

  /// 16 hexadecimal digits.
  [[nodiscard]] std::string id() {
    constexpr char digits[] = "0123456789abcdef";
    std::uint64_t bits = draw();
    std::string out(16, '0');
    for (char& c : out) {
      c = digits[bits & 15u];
      bits >>= 4u;
    }
    return out;
  }

 private:
  static constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u;

  // splitmix64 (Steele, Lea, Flood 2014): a bijection, so ids of one run never repeat.
  [[nodiscard]] static std::uint64_t mix(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30u)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27u)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31u);
  }

  std::uint64_t seed_;
  std::atomic<std::uint64_t> drawn_{0};
};

}  // namespace hawser::net
