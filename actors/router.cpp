#include "actors/router.hpp"

#include <new>
#include <utility>

namespace hawser::actors {
namespace {

constexpr char device_failed[] = "the device of this request failed";

}  // namespace

router::router(runtime::home where, router_limits limits, room_watcher ingress)
    : actor(where), plan_(limits), ingress_(std::move(ingress)) {}

// A request that is too much for the memory is lost, and no other.
void router::on(join m) {
  const request_id id = m.id;
  try {
    if (const auto at = plan_.place(m)) {
      batchers_[*at].notify(std::move(m));
    } else {
      ingress_.notify(lost{id, device_failed});
    }
  } catch (const std::bad_alloc&) {
    ingress_.notify(lost{id, "there is not enough memory for this request now"});
  }
}

void router::on(serve_newest m) {
  newest_[static_cast<std::size_t>(m.rank)] = m.newest;
  for (const batcher_address& each : batchers_) each.notify(serve_newest{m});
}

void router::on(const batch_state& m) {
  plan_.know_batch(m);
  ingress_.notify(plan_.state());
}

void router::on(replica_open m) {
  plan_.open(m.replica, m.open);
  ingress_.notify(plan_.room());
  ingress_.notify(plan_.state());
}

void router::on(handed_back m) {
  carry_out(plan_.take(m), device_failed);
}

void router::on(use_replica m) {
  if (m.replica >= batchers_.size()) batchers_.resize(m.replica + 1u);
  batchers_[m.replica] = m.batcher;
  plan_.know(m);
  for (std::size_t i = 0; i < rank_count; ++i) {
    if (newest_[i]) m.batcher.notify(serve_newest{static_cast<priority>(i), true});
  }
}

void router::on(replica_failed m) {
  carry_out(plan_.take(m), m.why);
  ingress_.notify(plan_.room());
}

void router::carry_out(router_plan::moves all, const std::string& why) {
  for (router_plan::restart& one : all.again) {
    const request_id id = one.request.id;
    const batcher_address& to = batchers_[one.replica];
    to.notify(std::move(one.request));
    if (one.held) to.notify(hold{id, true});
    if (one.no) to.notify(std::move(*one.no));
    if (one.leaving) to.notify(std::move(*one.leaving));
  }
  for (const request_id id : all.lost) ingress_.notify(lost{id, why});
}

}  // namespace hawser::actors
