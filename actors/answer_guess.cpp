#include "actors/answer_guess.hpp"

#include <algorithm>
#include <cmath>

namespace hawser::actors {
namespace {

constexpr double steps_a_doubling = 8.0;
constexpr double keep = 1.0 - 1.0 / 64.0;

std::size_t place_of(std::uint32_t tokens, std::size_t places) noexcept {
  const double at = std::ceil(steps_a_doubling * std::log2(static_cast<double>(std::max(1u, tokens))));
  return std::min(static_cast<std::size_t>(at), places - 1);
}

}  // namespace

void answer_guess::learn(std::uint32_t tokens, bool cut) noexcept {
  if (cut && tokens <= most()) return;
  for (double& count : counts_) count *= keep;
  total_ = total_ * keep + 1.0;
  counts_[place_of(tokens, counts_.size())] += 1.0;
}

std::uint32_t answer_guess::quantile(double share, std::uint32_t otherwise) const noexcept {
  if (total_ <= 0.0) return otherwise;
  double below = 0.0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    below += counts_[i];
    // A little slack, because the sum of what fades is not exact.
    if (below >= share * total_ - 1e-9)
      return static_cast<std::uint32_t>(std::lround(std::exp2(static_cast<double>(i) / steps_a_doubling)));
  }
  return otherwise;
}

}  // namespace hawser::actors
