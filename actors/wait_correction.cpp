#include "actors/wait_correction.hpp"

#include <algorithm>
#include <cmath>

namespace hawser::actors {
namespace {

// Seconds. A shorter one is mostly the step that runs just then.
constexpr double least = 0.2;
constexpr std::uint32_t memory = 32;
// As if so many forecasts had come true exactly, so that the first few do not say everything.
constexpr std::uint32_t trusted = 4;
constexpr double most = 8.0;

}  // namespace

void wait_correction::learn(double expected, double seen, bool at_least) noexcept {
  if (expected < least || seen <= 0.0) return;
  const double off = std::log(std::clamp(seen / expected, 1 / most, most));
  if (at_least && off <= mean_) return;
  seen_ = std::min(seen_ + 1, memory - trusted);
  mean_ += (off - mean_) / (seen_ + trusted);
}

double wait_correction::factor() const noexcept {
  return std::exp(mean_);
}

}  // namespace hawser::actors
