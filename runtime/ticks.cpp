#include "runtime/ticks.hpp"

#include <algorithm>

namespace hawser::runtime {
namespace {

struct moment {
  std::uint64_t count = ticks::now();
  std::chrono::steady_clock::time_point time = std::chrono::steady_clock::now();
};

const moment start;

double per_nanosecond() noexcept {
  const moment now;
  const double passed = std::chrono::duration<double, std::nano>(now.time - start.time).count();
  // Until 10 ms have passed the rate is too rough: the fastest clock of the day instead.
  constexpr double fastest = 6.0;
  return passed < 1e7 ? fastest : static_cast<double>(now.count - start.count) / passed;
}

}  // namespace

std::chrono::nanoseconds ticks::to_time(std::uint64_t length) noexcept {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(length) / per_nanosecond()));
}

std::uint64_t ticks::from_time(std::chrono::nanoseconds length) noexcept {
  return static_cast<std::uint64_t>(static_cast<double>(std::max<std::int64_t>(length.count(), 0)) *
                                    per_nanosecond());
}

}  // namespace hawser::runtime
