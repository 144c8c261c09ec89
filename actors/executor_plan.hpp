/// What an executor does next: one step runs, one is held, and a device that does not answer is lost. Pure.
#pragma once

#include "actors/step.hpp"
#include "runtime/clock.hpp"

#include <optional>
#include <utility>

namespace hawser::actors {

class executor_plan {
 public:
  executor_plan(runtime::duration step_deadline, runtime::duration warm_up_deadline) noexcept
      : step_deadline_(step_deadline), warm_up_deadline_(warm_up_deadline) {}

  /// The step to start now: `what` when the device is free. Otherwise it is held. Not while lost().
  [[nodiscard]] step_ptr offer(step_ptr what, runtime::time_point now);
  /// True: start the warm-up now. False: the device is at work; ask again when it is done.
  [[nodiscard]] bool warm_up(runtime::time_point now);
  /// The device is at work on something that an executor before this one started.
  void inherit(runtime::time_point now) noexcept;

  struct outcome {
    step_ptr done;  ///< to be delivered; null when nobody wants it any more
    step_ptr next;  ///< to be started now
    bool warmed = false;
    bool back = false;     ///< it was lost
    bool welcome = false;  ///< it can take steps again
  };
  [[nodiscard]] outcome finished(runtime::time_point now);

  /// True once, when the deadline of what runs has passed: the device is lost from here on until finished().
  [[nodiscard]] bool overdue(runtime::time_point now);
  /// When to ask overdue() next.
  [[nodiscard]] std::optional<runtime::time_point> watch_until() const noexcept;

  /// The one who offered what runs and waits is gone; what runs must be done before there are new steps.
  void orphan() noexcept;

  [[nodiscard]] bool lost() const noexcept { return lost_; }
  [[nodiscard]] bool idle() const noexcept { return what_ == work::none; }
  /// Steps may be offered.
  [[nodiscard]] bool welcoming() const noexcept { return what_ != work::inherited && !lost_; }

 private:
  enum class work : std::uint8_t { none, step, warm_up, inherited };

  runtime::duration step_deadline_;
  runtime::duration warm_up_deadline_;
  work what_ = work::none;
  step_ptr running_;
  step_ptr held_;
  runtime::time_point until_{};
  bool lost_ = false;
};

}  // namespace hawser::actors
