/// The top of the tree: builds the actors, starts the failed ones again, and stops everything in order.
#pragma once

#include "actors/assembly.hpp"
#include "actors/batcher.hpp"
#include "actors/device.hpp"
#include "actors/executor.hpp"
#include "actors/ingress.hpp"
#include "actors/loader.hpp"
#include "actors/memory_keeper.hpp"
#include "actors/rehearsal.hpp"
#include "actors/result_cache.hpp"
#include "actors/reviver.hpp"
#include "actors/router.hpp"
#include "actors/supervisor_mail.hpp"
#include "actors/supervisor_plan.hpp"
#include "actors/telemetry.hpp"
#include "actors/tokenizer_pool.hpp"
#include "runtime/actor.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

/// Where the supervisor leaves what is to be called after its own end. Touched on its turns only.
struct last_call {
  std::function<void()> down;
};

class supervisor final
    : public runtime::actor<supervisor, start_up, shut_down, model_loaded, warmed, device_lost, device_back,
                            rehearsed, revived, actor_ended, drained, change_limits, pulse> {
 public:
  /// Makes the actors that need no model, and fills `out` with their addresses.
  supervisor(runtime::home where, runtime::scheduler& pool, core_options options, core_loader load,
             std::shared_ptr<last_call> last, service& out);
  ~supervisor() override;

  void on(start_up m);
  void on(shut_down m);
  void on(model_loaded m);
  void on(warmed m) { obey(plan_.warmed(m.replica, time().now())); }
  void on(const device_lost& m) { obey(plan_.device_lost(m.replica, m.broken, m.why, time().now())); }
  void on(const rehearsed& m) { obey(plan_.rehearsed(m.replica, m.left_out)); }
  void on(device_back m) { obey(plan_.device_back(m.replica)); }
  void on(revived m);
  void on(const actor_ended& m);
  void on(change_limits m);
  void on(const pulse& m);
  void on(drained) { obey(plan_.drained()); }

 private:
  /// A device, and who works on it.
  struct replica {
    std::shared_ptr<device> runs_on;
    executor::address_type runs;
    batcher::address_type batches;
    rehearsal::address_type rehearses;
    std::uint32_t life = 0;
    runtime::timer revival;
  };

  [[nodiscard]] runtime::spawn_options named(const member& who, std::uint32_t mailbox) const;
  [[nodiscard]] batch_limits limits_of_batch() const;
  template <class... Messages>
  void show(const runtime::address<Messages...>& who) const {
    telemetry_.notify(show_actor{who.where()});
  }
  void obey(const supervisor_orders& orders);
  void announce(phase now, const std::string& why);
  void obey_about(std::uint32_t which, const supervisor_orders& orders);
  void raise_model();
  void tell_the_model();
  void raise_router();
  void raise_executor(std::uint32_t which);
  void raise_batcher(std::uint32_t which);
  void retire(std::uint32_t which);
  void keep_memory();
  void rehearse(std::uint32_t which);
  void stop(const member& who);

  runtime::scheduler& pool_;
  core_options options_;
  core_loader load_;
  std::shared_ptr<last_call> last_;
  supervisor_plan plan_;
  std::function<void(phase, std::string_view)> watch_;
  std::shared_ptr<service_state> state_;
  std::shared_ptr<core_parts> parts_;
  telemetry::address_type telemetry_;
  tokenizer_pool::address_type tokenizer_;
  ingress::address_type ingress_;
  result_cache::address_type results_;
  router::address_type router_;  // before several replicas
  std::vector<replica> replicas_;
  runtime::address<load_now> loader_;
  std::shared_ptr<request_ids> ids_;
  std::shared_ptr<memory_board> memory_;
  memory_keeper::address_type keeper_;
  runtime::timer drain_timer_;
};

}  // namespace hawser::actors
