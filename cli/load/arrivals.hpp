/// When requests are to be sent.
#pragma once

#include "cli/load/amounts.hpp"
#include "cli/load/chance.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace hawser::load {

/// Arrival times at a rate that changes by phases. Pure: the same seed gives the same times.
class arrivals {
 public:
  /// `poisson`: gaps are exponential, otherwise even.
  arrivals(std::vector<rate_phase> phases, bool poisson, std::uint64_t seed) noexcept
      : phases_(std::move(phases)), poisson_(poisson), by_(seed) {}

  /// Nothing: the rate is 0 from here on. Takes at most as many steps as there are phases left.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next() noexcept;

 private:
  std::vector<rate_phase> phases_;
  bool poisson_;
  chance by_;
  std::size_t phase_ = 0;
  double now_ = 0;    // s
  double begin_ = 0;  // of the phase, s
};

}  // namespace hawser::load
