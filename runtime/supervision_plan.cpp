#include "runtime/supervision_plan.hpp"

#include <algorithm>
#include <utility>

namespace hawser::runtime {

supervision_plan::supervision_plan(restart_limits limits, std::vector<restart> children) : limits_(limits) {
  for (const restart again : children) children_.push_back({.again = again});
}

supervision_plan::fate supervision_plan::fell(std::size_t child, bool failed, time_point now) {
  one& it = children_[child];
  const place was = it.at;
  const bool asked = was == place::leaving || was == place::killed;
  it.kill = false;
  it.cycle = false;
  it.at = place::down;
  if (mode_ == mode::stopping || mode_ == mode::over || was == place::gone) {
    it.at = place::gone;
    return fate::stopped;
  }
  const bool comes_back = asked
                              ? it.again != restart::temporary
                              : it.again == restart::permanent || (it.again == restart::transient && failed);
  if (!comes_back) {
    it.at = place::gone;
    return fate::ended;
  }
  if (mode_ == mode::running && !asked) {
    if (may_restart(now)) {
      take_along(child);
    } else {
      mode_ = mode::escalating;
    }
  }
  return fate::kept;
}

bool supervision_plan::may_restart(time_point now) {
  while (!restarts_.empty() && now - restarts_.front() > limits_.within) restarts_.pop_front();
  if (restarts_.size() >= limits_.restarts) return false;
  restarts_.push_back(now);
  return true;
}

void supervision_plan::take_along(std::size_t child) {
  if (limits_.how == strategy::one_for_one) return;
  const std::size_t first = limits_.how == strategy::one_for_all ? 0 : child;
  for (std::size_t i = first; i < children_.size(); ++i) {
    if (children_[i].at == place::up) children_[i].cycle = true;
  }
}

void supervision_plan::late(std::size_t child) {
  one& it = children_[child];
  if (it.at == place::leaving) it.kill = true;
  // It sits in a handler that does not return; nobody can wait for it.
  if (it.at == place::killed) it.at = place::gone;
}

void supervision_plan::stop() noexcept {
  if (mode_ != mode::over) mode_ = mode::stopping;
}

void supervision_plan::retire() noexcept {
  if (mode_ == mode::running) mode_ = mode::retiring;
}

std::optional<supervision_order> supervision_plan::next() {
  switch (mode_) {
  case mode::running:
    return next_running();
  case mode::stopping:
  case mode::retiring:
  case mode::escalating:
    return next_leaving();
  case mode::over:
    break;
  }
  return std::nullopt;
}

std::optional<std::size_t> supervision_plan::one_that_leaves() const {
  for (std::size_t i = children_.size(); i-- > 0;) {
    if (children_[i].at == place::leaving || children_[i].at == place::killed) return i;
  }
  return std::nullopt;
}

std::optional<supervision_order> supervision_plan::next_running() {
  if (one_that_leaves()) return std::nullopt;
  for (std::size_t i = children_.size(); i-- > 0;) {
    if (children_[i].at != place::up || !children_[i].cycle) continue;
    children_[i].at = place::leaving;
    return supervision_order{supervision_order::what::retire, i};
  }
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (children_[i].at != place::down) continue;
    children_[i].at = place::up;
    return supervision_order{supervision_order::what::start, i};
  }
  return std::nullopt;
}

std::optional<supervision_order> supervision_plan::next_leaving() {
  using what = supervision_order::what;
  if (const auto leaves = one_that_leaves()) {
    one& it = children_[*leaves];
    if (!it.kill) return std::nullopt;
    it = {.again = it.again, .at = place::killed};
    return supervision_order{what::kill, *leaves};
  }
  for (std::size_t i = children_.size(); i-- > 0;) {
    if (children_[i].at != place::up) continue;
    children_[i].at = place::leaving;
    return supervision_order{mode_ == mode::stopping ? what::stop : what::retire, i};
  }
  switch (std::exchange(mode_, mode::over)) {
  case mode::retiring:
    return supervision_order{what::leave, 0};
  case mode::escalating:
    return supervision_order{what::escalate, 0};
  default:
    return supervision_order{what::finish, 0};
  }
}

}  // namespace hawser::runtime
