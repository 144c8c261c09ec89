#include "actors/executor_plan.hpp"

namespace hawser::actors {

step_ptr executor_plan::offer(step_ptr what, runtime::time_point now) {
  if (what_ != work::none) {
    held_ = std::move(what);
    return nullptr;
  }
  what_ = work::step;
  until_ = now + step_deadline_;
  running_ = what;
  return what;
}

bool executor_plan::warm_up(runtime::time_point now) {
  if (what_ != work::none) return false;
  what_ = work::warm_up;
  until_ = now + warm_up_deadline_;
  return true;
}

void executor_plan::inherit(runtime::time_point now) noexcept {
  what_ = work::inherited;
  until_ = now + step_deadline_;
}

executor_plan::outcome executor_plan::finished(runtime::time_point now) {
  outcome out;
  out.warmed = what_ == work::warm_up && !lost_;
  out.back = lost_;
  out.welcome = lost_ || what_ == work::inherited;
  if (!lost_) out.done = std::move(running_);
  running_.reset();
  lost_ = false;
  what_ = work::none;
  if (held_) out.next = offer(std::exchange(held_, nullptr), now);
  return out;
}

bool executor_plan::overdue(runtime::time_point now) {
  if (lost_ || what_ == work::none || now < until_) return false;
  lost_ = true;
  held_.reset();
  return true;
}

std::optional<runtime::time_point> executor_plan::watch_until() const noexcept {
  if (lost_ || what_ == work::none) return std::nullopt;
  return until_;
}

void executor_plan::orphan() noexcept {
  if (what_ == work::step) what_ = work::inherited;
  running_.reset();
  held_.reset();
}

}  // namespace hawser::actors
