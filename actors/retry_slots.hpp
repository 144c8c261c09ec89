/// When those that are sent away should come back: one after the other, as there will be room. Pure.
#pragma once

#include "runtime/clock.hpp"

#include <chrono>

namespace hawser::actors {

/// Each refusal books the device's time that its request would take, behind those that were booked before:
/// so a crowd that is refused together does not come back together.
class retry_slots {
 public:
  /// `until_room`: seconds until what is ahead of it is done; `cost`: of the device, for the request;
  /// `chance` in [0, 1). The answer is in whole seconds, 1 to 60.
  [[nodiscard]] std::chrono::milliseconds book(double until_room, double cost, runtime::time_point now,
                                               double chance) noexcept;

  /// Some that were sent away have not had their time yet, or have it now.
  [[nodiscard]] bool owed(runtime::time_point now) const noexcept { return now < next_; }

 private:
  runtime::time_point next_{};  // the first moment that is not spoken for
};

}  // namespace hawser::actors
