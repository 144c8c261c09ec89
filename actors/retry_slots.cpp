#include "actors/retry_slots.hpp"

#include <algorithm>
#include <cmath>

namespace hawser::actors {
namespace {

constexpr double longest = 60.0;
// Of the device's time, for those that come back; the rest is for those that come first.
constexpr double share = 0.7;

runtime::duration seconds(double s) noexcept {
  return std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(s));
}

}  // namespace

std::chrono::milliseconds retry_slots::book(double until_room, double cost, runtime::time_point now,
                                            double chance) noexcept {
  const runtime::time_point room = now + seconds(std::clamp(until_room, 0.0, longest));
  next_ = std::min(std::max(next_, room) + seconds(std::clamp(cost / share, 0.0, longest)),
                   now + seconds(longest));
  const double wait = std::chrono::duration<double>(next_ - now).count();
  const double spread = wait * (0.9 + 0.4 * chance);
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(std::ceil(spread), 1.0, longest)) *
                                   1000);
}

}  // namespace hawser::actors
