/// Several replicas as one batcher to Ingress, and as one Ingress to their batchers.
#pragma once

#include "actors/router_plan.hpp"
#include "runtime/actor.hpp"

#include <array>
#include <vector>

namespace hawser::actors {

class router final : public runtime::actor<router, join, leave, shed, hold, postpone, serve_newest, joined,
                                           started, answering, left, batch_state, replica_open, handed_back,
                                           use_replica, replica_failed> {
 public:
  router(runtime::home where, router_limits limits, room_watcher ingress);

  void on(join m);
  void on(leave m) { pass_on(std::move(m)); }
  void on(shed m) { pass_on(std::move(m)); }
  void on(hold m) { pass_on(m); }
  void on(postpone m) { pass_on(m); }
  void on(serve_newest m);
  void on(joined m) { report(m); }
  void on(started m) { report(m); }
  void on(answering m) { report(m); }
  void on(left m) { report(m); }
  void on(const batch_state& m);
  void on(replica_open m);
  void on(handed_back m);
  void on(use_replica m);
  void on(replica_failed m);

 private:
  template <class Letter>
  void pass_on(Letter m) {
    if (const auto at = plan_.take(m)) batchers_[*at].notify(std::move(m));
  }
  template <class Letter>
  void report(const Letter& m) {
    plan_.take(m);
    ingress_.notify(Letter(m));
  }
  void carry_out(router_plan::moves all, const std::string& why);

  router_plan plan_;
  room_watcher ingress_;
  std::vector<batcher_address> batchers_;  // by replica
  std::array<bool, rank_count> newest_{};
};

}  // namespace hawser::actors
