/// Seeded chance that is the same on every machine: distributions made from the runtime's dice by inversion.
#pragma once

#include "runtime/dice.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>

namespace hawser::load {

class chance {
 public:
  explicit constexpr chance(std::uint64_t seed) noexcept : dice_(seed) {}

  constexpr std::uint64_t next() noexcept { return dice_.draw(); }

  /// In [0, 1), with 53 bits.
  constexpr double uniform() noexcept { return dice_.unit(); }

  /// In [0, bound); bound > 0. Off from even by at most bound / 2^64.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

  constexpr bool happens(double share) noexcept { return uniform() < share; }

  /// Mean 1.
  double exponential() noexcept { return -std::log1p(-uniform()); }

  /// Mean 0, deviation 1 (Box-Muller; the second value is thrown away).
  double normal() noexcept {
    const double radius = std::sqrt(2.0 * exponential());
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  runtime::dice dice_;
};

/// A seed for one of many independent streams of chance.
[[nodiscard]] constexpr std::uint64_t seed_of(std::uint64_t seed, std::uint64_t stream) noexcept {
  return chance(seed ^ (stream * 0xd1342543de82ef95u)).next();
}

}  // namespace hawser::load
