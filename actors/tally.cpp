#include "actors/tally.hpp"

#include <algorithm>

namespace hawser::actors {

void local_histogram::observe(double value) noexcept {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  counts_[static_cast<std::size_t>(at - bounds_.begin())] += 1.0;
  sum_ += value;
  count_ += 1.0;
}

void local_histogram::clear() noexcept {
  std::fill(counts_.begin(), counts_.end(), 0.0);
  sum_ = 0.0;
  count_ = 0.0;
}

void refusal_tally::count(const refused& no) noexcept {
  ++by_reason[static_cast<std::size_t>(no.why)];
  ++by_limit[static_cast<std::size_t>(limit_named(no.limit))];
}

}  // namespace hawser::actors
