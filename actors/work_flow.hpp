/// How much work comes in: the share of the device that a class asks for. Pure.
#pragma once

#include "runtime/clock.hpp"

#include <array>

namespace hawser::actors {

/// Two decaying sums of the device's seconds that were asked for; the larger rate counts. The short one sees
/// a crowd within a fraction of a second, the long one keeps a steady flow through a pause. One arrival alone
/// is no flow: n of them have n - 1 gaps.
class work_flow {
 public:
  /// `work`: seconds of the device.
  void add(double work, runtime::time_point now) noexcept;

  /// Seconds of the device for each second, as it has come lately; above 1: more than it can do.
  [[nodiscard]] double share(runtime::time_point now) const noexcept;

 private:
  struct sum {
    double horizon;  // seconds
    double work = 0.0;
    double arrivals = 0.0;
  };

  std::array<sum, 2> sums_{sum{.horizon = 0.5}, sum{.horizon = 5.0}};
  runtime::time_point last_{};
};

}  // namespace hawser::actors
