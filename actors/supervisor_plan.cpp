#include "actors/supervisor_plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::actors {
namespace {

constexpr std::array stopping_order{role::results, role::ingress,  role::tokenizer, role::router,
                                    role::batcher, role::executor, role::telemetry};

// A device that breaks again and again gets ever longer rests; one that has worked so long begins anew.
constexpr runtime::duration first_rest = std::chrono::seconds(5);
constexpr runtime::duration longest_rest = std::chrono::minutes(5);
constexpr runtime::duration good_again = std::chrono::minutes(10);

runtime::duration rest_after(std::uint32_t tries) noexcept {
  return tries >= 6 ? longest_rest : std::min(longest_rest, first_rest * (1u << tries));
}

}  // namespace

supervisor_plan::supervisor_plan(restart_limits limits, bool rehearses, bool shares_results)
    : limits_(limits), rehearses_(rehearses), alive_{{role::telemetry}, {role::tokenizer}, {role::ingress}} {
  if (shares_results) alive_.insert({role::results});
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

supervisor_orders supervisor_plan::loaded(const std::string& error, std::uint32_t replicas, bool revives) {
  is_loading_ = false;
  supervisor_orders orders;
  if (stop_after_load_) {
    closing_ = closing::stopping;
    stop_next(orders);
    return orders;
  }
  if (!error.empty()) return fail(error);
  replicas_.resize(replicas);
  revives_ = revives && replicas > 1;
  if (replicas > 1) alive_.insert({role::router});
  for (std::uint32_t i = 0; i < replicas; ++i) alive_.insert({{role::executor, i}, {role::batcher, i}});
  orders.raise_model = true;
  go(phase::warming, orders);
  return orders;
}

std::uint32_t supervisor_plan::lost() const noexcept {
  return static_cast<std::uint32_t>(std::ranges::count(replicas_, true, &replica_state::lost));
}

bool supervisor_plan::serves(std::uint32_t replica) const {
  return alive_.contains({role::batcher, replica, replicas_[replica].life});
}

std::string supervisor_plan::name_of(std::uint32_t replica) const {
  return "device " + std::to_string(replica + 1) + " of " + std::to_string(replicas_.size());
}

// What is new about one of several devices, while the others serve.
void supervisor_plan::notice(std::string what, supervisor_orders& orders) {
  if (now_ != phase::ready || orders.announce) return;
  orders.announce = now_;
  orders.why = std::move(what);
}

void supervisor_plan::be_ready(supervisor_orders& orders) {
  if (now_ != phase::warming) return;
  for (const replica_state& r : replicas_) {
    if (!r.lost && !(r.warm && (r.rehearsed || !rehearses_))) return;
  }
  orders.why = left_out_;
  go(phase::ready, orders);
}

supervisor_orders supervisor_plan::warmed(std::uint32_t replica, runtime::time_point now) {
  supervisor_orders orders;
  orders.replica = replica;
  replica_state& r = replicas_[replica];
  r.warm = true;
  r.warmed_at = now;
  if (!serves(replica) && closing_ == closing::no) {
    r.lost = false;
    alive_.insert({role::batcher, replica, r.life});
    orders.restart_batcher = true;
    notice(name_of(replica) + " serves again", orders);
    return orders;
  }
  if (now_ != phase::warming) return orders;
  orders.rehearse = rehearses_;
  be_ready(orders);
  return orders;
}

supervisor_orders supervisor_plan::rehearsed(std::uint32_t replica, const std::string& left_out) {
  supervisor_orders orders;
  orders.replica = replica;
  if (now_ != phase::warming || !replicas_[replica].warm) return orders;
  replicas_[replica].rehearsed = true;
  if (left_out_.empty()) left_out_ = left_out;
  be_ready(orders);
  return orders;
}

supervisor_orders supervisor_plan::device_lost(std::uint32_t replica, bool broken, const std::string& why,
                                               runtime::time_point now) {
  if (now_ != phase::warming && now_ != phase::ready) return {};
  replica_state& r = replicas_[replica];
  r.lost = true;
  if (lost() == replicas_.size()) {
    all_lost_ = true;
    return fail(why);
  }
  supervisor_orders orders;
  orders.replica = replica;
  be_ready(orders);
  notice(name_of(replica) + " is lost: " + why + "; the others go on", orders);
  if (!broken && serves(replica)) return orders;
  if (r.warm && now - r.warmed_at > good_again) r.tries = 0;
  r.warm = false;
  revive_later(replica, orders);
  return orders;
}

void supervisor_plan::revive_later(std::uint32_t replica, supervisor_orders& orders) {
  replica_state& r = replicas_[replica];
  if (!revives_ || closing_ != closing::no || std::exchange(r.reviving, true)) return;
  orders.revive_after = rest_after(r.tries++);
}

supervisor_orders supervisor_plan::due(std::uint32_t replica) {
  supervisor_orders orders;
  orders.replica = replica;
  if (closing_ != closing::no || (now_ != phase::ready && now_ != phase::warming)) return orders;
  ++replicas_[replica].life;
  orders.retire = true;
  return orders;
}

supervisor_orders supervisor_plan::revived(std::uint32_t replica, const std::string& error) {
  supervisor_orders orders;
  orders.replica = replica;
  replicas_[replica].reviving = false;
  if (closing_ != closing::no) return orders;
  if (!error.empty()) {
    revive_later(replica, orders);
    notice(name_of(replica) + " stays away: " + error, orders);
    return orders;
  }
  alive_.insert({role::executor, replica, replicas_[replica].life});
  orders.restart_executor = true;
  orders.warm_up = true;
  return orders;
}

supervisor_orders supervisor_plan::device_back(std::uint32_t replica) {
  supervisor_orders orders;
  orders.replica = replica;
  replicas_[replica].lost = false;
  if (now_ == phase::failed && all_lost_) {
    go(phase::ready, orders);
  } else if (now_ == phase::warming) {
    // What it did not finish in time was its warm-up, or what came behind it.
    replicas_[replica].warm = true;
    orders.rehearse = rehearses_;
    be_ready(orders);
  } else if (replicas_.size() > 1) {
    notice(name_of(replica) + " answers again", orders);
  }
  all_lost_ = false;
  return orders;
}

bool supervisor_plan::may_restart(runtime::time_point now) {
  while (!restarts_.empty() && now - restarts_.front() > limits_.window) restarts_.pop_front();
  if (closing_ != closing::no || restarts_.size() >= limits_.restarts) return false;
  restarts_.push_back(now);
  return true;
}

supervisor_orders supervisor_plan::raise_again(const member& who, const std::string& why,
                                               runtime::time_point now) {
  supervisor_orders orders;
  const bool again = may_restart(now);
  if (again) {
    alive_.insert(who);
  } else {
    orders = fail("an actor of the core fails again and again: " + why);
    all_lost_ = false;
  }
  const bool batches = who.who == role::batcher;
  const replica_state& r = replicas_[who.replica];
  orders.replica = who.replica;
  orders.count = again;
  orders.fail_batch = batches;
  orders.restart_batcher = again && batches;
  orders.restart_executor = again && !batches;
  orders.end_batch = !again && !batches;
  // What it was at is lost, and nobody else would ask for it again.
  orders.rehearse = again && now_ == phase::warming && r.warm && rehearses_;
  orders.warm_up = again && !batches && !r.warm;
  return orders;
}

supervisor_orders supervisor_plan::ended(const member& who, bool failed, const std::string& why,
                                         runtime::time_point now) {
  alive_.erase(who);
  supervisor_orders orders;
  if (closing_ == closing::stopping) {
    stop_next(orders);
    return orders;
  }
  if (!failed) return orders;
  if (who.who == role::batcher || who.who == role::executor) {
    if (who.life != replicas_[who.replica].life) return orders;
    return raise_again(who, why, now);
  }
  // Without Telemetry there are no metrics; without the others there are no answers.
  if (who.who == role::telemetry) return orders;
  if (closing_ != closing::no && who.who == role::ingress) {
    closing_ = closing::stopping;
    stop_next(orders);
    return orders;
  }
  orders = fail("an actor of the core failed: " + why);
  all_lost_ = false;
  orders.end_all = who.who == role::router;
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
  if (!alive_.contains({role::ingress})) {
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
    const auto first = std::ranges::find(alive_, who, &member::who);
    if (first == alive_.end()) continue;
    orders.stop = *first;
    return;
  }
  orders.down = true;
}

}  // namespace hawser::actors
