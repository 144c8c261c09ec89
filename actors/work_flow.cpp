#include "actors/work_flow.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace hawser::actors {
namespace {

double faded(double work, double horizon, runtime::duration since) noexcept {
  const double past = std::max(0.0, std::chrono::duration<double>(since).count());
  return work * std::exp(-past / horizon);
}

}  // namespace

void work_flow::add(double work, runtime::time_point now) noexcept {
  for (sum& s : sums_) {
    s.work = faded(s.work, s.horizon, now - last_) + work;
    s.arrivals = faded(s.arrivals, s.horizon, now - last_) + 1.0;
  }
  last_ = std::max(last_, now);
}

double work_flow::share(runtime::time_point now) const noexcept {
  double most = 0.0;
  for (const sum& s : sums_) {
    if (s.arrivals <= 1.0) continue;
    const double gaps = (s.arrivals - 1.0) / s.arrivals;
    most = std::max(most, gaps * faded(s.work, s.horizon, now - last_) / s.horizon);
  }
  return most;
}

}  // namespace hawser::actors
