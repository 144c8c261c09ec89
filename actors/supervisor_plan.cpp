#include "actors/supervisor_plan.hpp"

#include <array>

namespace hawser::actors {
namespace {

constexpr std::array stopping_order{role::results, role::ingress,  role::tokenizer,
                                    role::batcher, role::executor, role::telemetry};

}  // namespace

supervisor_plan::supervisor_plan(restart_limits limits, bool rehearses, bool shares_results)
    : limits_(limits), rehearses_(rehearses) {
  if (shares_results) alive_.insert(role::results);
}

void supervisor_plan::started() {
  is_loading_ = true;
}

void supervisor_plan::go(phase to, supervisor_orders& orders) {
  if (now_ == to) return;
  now_ = to;
  orders.announce = to;
}

supervisor_orders supervisor_plan::fail(const std::string& why) {
  supervisor_orders orders;
  if (closing_ != closing::no) return orders;
  orders.why = why;
  go(phase::failed, orders);
  return orders;
}

supervisor_orders supervisor_plan::loaded(const std::string& error) {
  is_loading_ = false;
  supervisor_orders orders;
  if (stop_after_load_) {
    closing_ = closing::stopping;
    stop_next(orders);
    return orders;
  }
  if (!error.empty()) return fail(error);
  alive_.insert({role::executor, role::batcher});
  orders.raise_model = true;
  go(phase::warming, orders);
  return orders;
}

supervisor_orders supervisor_plan::warmed() {
  supervisor_orders orders;
  is_warm_ = true;
  if (now_ != phase::warming) return orders;
  orders.rehearse = rehearses_;
  if (!rehearses_) go(phase::ready, orders);
  return orders;
}

supervisor_orders supervisor_plan::rehearsed(const std::string& left_out) {
  supervisor_orders orders;
  if (now_ != phase::warming || !is_warm_) return orders;
  orders.why = left_out;
  go(phase::ready, orders);
  return orders;
}

supervisor_orders supervisor_plan::device_lost(const std::string& why) {
  if (now_ != phase::warming && now_ != phase::ready) return {};
  lost_ = true;
  return fail(why);
}

supervisor_orders supervisor_plan::device_back() {
  supervisor_orders orders;
  if (now_ == phase::failed && lost_) go(phase::ready, orders);
  lost_ = false;
  return orders;
}

bool supervisor_plan::may_restart(runtime::time_point now) {
  while (!restarts_.empty() && now - restarts_.front() > limits_.window) restarts_.pop_front();
  if (closing_ != closing::no || restarts_.size() >= limits_.restarts) return false;
  restarts_.push_back(now);
  return true;
}

supervisor_orders supervisor_plan::ended(role who, bool failed, const std::string& why,
                                         runtime::time_point now) {
  alive_.erase(who);
  supervisor_orders orders;
  if (closing_ == closing::stopping) {
    stop_next(orders);
    return orders;
  }
  if (!failed) return orders;
  if (who == role::batcher || who == role::executor) {
    const bool again = may_restart(now);
    if (again) {
      alive_.insert(who);
    } else {
      orders = fail("an actor of the core fails again and again: " + why);
      lost_ = false;
    }
    orders.fail_batch = who == role::batcher;
    orders.restart_batcher = again && who == role::batcher;
    orders.restart_executor = again && who == role::executor;
    orders.end_batch = !again && who == role::executor;
    // What it was at is lost, and nobody else would ask for it again.
    orders.rehearse = again && now_ == phase::warming && is_warm_ && rehearses_;
    orders.warm_up = again && now_ == phase::warming && !is_warm_ && who == role::executor;
    return orders;
  }
  // Without Telemetry there are no metrics; without the others there are no answers.
  if (who == role::telemetry) return orders;
  if (closing_ != closing::no && who == role::ingress) {
    closing_ = closing::stopping;
    stop_next(orders);
    return orders;
  }
  orders = fail("an actor of the core failed: " + why);
  lost_ = false;
  orders.cut_short = true;
  return orders;
}

supervisor_orders supervisor_plan::stop() {
  supervisor_orders orders;
  if (closing_ != closing::no || stop_after_load_) return orders;
  go(phase::draining, orders);
  if (is_loading_) {
    // A loader cannot be interrupted; what it brings is thrown away.
    stop_after_load_ = true;
    return orders;
  }
  if (!alive_.contains(role::ingress)) {
    closing_ = closing::stopping;
    stop_next(orders);
    return orders;
  }
  closing_ = closing::draining;
  orders.drain = true;
  return orders;
}

supervisor_orders supervisor_plan::drained() {
  supervisor_orders orders;
  if (closing_ != closing::draining && closing_ != closing::cutting) return orders;
  closing_ = closing::stopping;
  stop_next(orders);
  return orders;
}

supervisor_orders supervisor_plan::drain_is_over() {
  supervisor_orders orders;
  if (closing_ == closing::draining) {
    closing_ = closing::cutting;
    orders.cut_short = true;
  } else if (closing_ == closing::cutting) {
    return drained();
  }
  return orders;
}

void supervisor_plan::stop_next(supervisor_orders& orders) {
  for (const role who : stopping_order) {
    if (!alive_.contains(who)) continue;
    orders.stop = who;
    return;
  }
  orders.down = true;
}

}  // namespace hawser::actors
