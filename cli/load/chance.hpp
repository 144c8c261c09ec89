/// Seeded chance that is the same on every machine: splitmix64, and distributions made from it by inversion.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace hawser::load {

class chance {
 public:
  explicit constexpr chance(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// In [0, 1), with 53 bits.
  constexpr double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

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
  std::uint64_t state_;
};

/// A seed for one of many independent streams of chance.
[[nodiscard]] constexpr std::uint64_t seed_of(std::uint64_t seed, std::uint64_t stream) noexcept {
  return chance(seed ^ (stream * 0xd1342543de82ef95u)).next();
}

}  // namespace hawser::load
