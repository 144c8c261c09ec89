#include "cli/load/arrivals.hpp"

#include <limits>

namespace hawser::load {

std::optional<std::chrono::nanoseconds> arrivals::next() noexcept {
  // A gap of one arrival, spent at the rate of each phase that it crosses: exact, because exponential gaps
  // have no memory.
  double left = poisson_ ? by_.exponential() : 1.0;
  while (phase_ < phases_.size()) {
    const rate_phase& in = phases_[phase_];
    const double end = in.length == std::chrono::nanoseconds::max()
                           ? std::numeric_limits<double>::infinity()
                           : begin_ + std::chrono::duration<double>(in.length).count();
    if (in.rate > 0 && now_ + left / in.rate < end) {
      now_ += left / in.rate;
      return std::chrono::nanoseconds(static_cast<std::int64_t>(now_ * 1e9));
    }
    if (phase_ + 1 == phases_.size()) return std::nullopt;
    left -= (end - now_) * in.rate;
    now_ = begin_ = end;
    ++phase_;
  }
  return std::nullopt;
}

}  // namespace hawser::load
