/// Ids and sampling seeds from one seed: the same server run twice gives the same ones.
#pragma once

#include "runtime/dice.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace hawser::net {

/// Any thread.
class chance {
 public:
  explicit chance(std::uint64_t seed) noexcept : seed_(seed) {}

  /// The dice's own throws, so ids of one run never repeat.
  [[nodiscard]] std::uint64_t draw() noexcept {
    return runtime::dice(seed_ + runtime::dice::stride * drawn_.fetch_add(1, std::memory_order_relaxed))
        .draw();
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
  std::uint64_t seed_;
  std::atomic<std::uint64_t> drawn_{0};
};

}  // namespace hawser::net
