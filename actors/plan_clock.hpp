/// When the next step is planned while one runs. Pure.
#pragma once

#include "runtime/clock.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace hawser::actors {

/// Early enough that the device finds it, and no earlier: who comes after a step is planned waits for that
/// one, too. Where steps take tens of milliseconds that would be most of the time to a first token; where
/// they take less than `at_once`, the next one is planned right away.
class plan_clock {
 public:
  static constexpr std::uint32_t most_on_their_way = 2;  ///< one runs, one is held

  /// A step went to the device; `forecast` 0: nothing is known about it.
  void sent(runtime::duration forecast, runtime::time_point now) noexcept {
    if (count_ == 0) began_ = now;
    forecasts_[count_++] = forecast;
  }

  /// The device has done the one that was sent first, and begins the other.
  void done(runtime::time_point now) noexcept {
    forecasts_[0] = forecasts_[1];
    --count_;
    began_ = now;
  }

  void reset() noexcept { count_ = 0; }

  [[nodiscard]] std::uint32_t on_their_way() const noexcept { return count_; }

  /// None: not before a step is done. A time that has passed: now.
  [[nodiscard]] std::optional<runtime::time_point> due() const noexcept {
    if (count_ == most_on_their_way) return std::nullopt;
    if (count_ == 0 || forecasts_[0] < at_once) return runtime::time_point::min();
    // Forecasts are off by some percent. A step that ends before its time costs the way to the plan and back.
    return began_ + forecasts_[0] - std::max(least_lead, forecasts_[0] / 16);
  }

 private:
  static constexpr runtime::duration at_once = std::chrono::milliseconds(10);
  static constexpr runtime::duration least_lead = std::chrono::milliseconds(2);

  std::array<runtime::duration, most_on_their_way> forecasts_{};
  std::uint32_t count_ = 0;
  runtime::time_point began_{};
};

}  // namespace hawser::actors
