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
#include "actors/supervisor_mail.hpp"
#include "actors/supervisor_plan.hpp"
#include "actors/telemetry.hpp"
#include "actors/tokenizer_pool.hpp"
#include "runtime/actor.hpp"

#include <functional>
#include <memory>
#include <string>

namespace hawser::actors {

/// Where the supervisor leaves what is to be called after its own end. Touched on its turns only.
struct last_call {
  std::function<void()> down;
};

class supervisor final
    : public runtime::actor<supervisor, start_up, shut_down, model_loaded, warmed, device_lost, device_back,
                            rehearsed, actor_ended, drained, change_limits, pulse> {
 public:
  /// Makes the actors that need no model, and fills `out` with their addresses.
  supervisor(runtime::home where, runtime::scheduler& pool, core_options options, core_loader load,
             std::shared_ptr<last_call> last, service& out);
  ~supervisor() override;

  void on(start_up m);
  void on(shut_down m);
  void on(model_loaded m);
  void on(warmed) { obey(plan_.warmed()); }
  void on(const device_lost& m) { obey(plan_.device_lost(m.why)); }
  void on(const rehearsed& m) { obey(plan_.rehearsed(m.left_out)); }
  void on(device_back) { obey(plan_.device_back()); }
  void on(const actor_ended& m);
  void on(change_limits m);
  void on(const pulse& m);
  void on(drained) { obey(plan_.drained()); }

 private:
  [[nodiscard]] runtime::spawn_options named(role who, std::uint32_t mailbox) const;
  [[nodiscard]] batch_limits limits_of_batch() const;
  template <class... Messages>
  void show(const runtime::address<Messages...>& who) const;
  void obey(const supervisor_orders& orders);
  void announce(phase now, const std::string& why);
  void raise_model();
  void raise_executor();
  void raise_batcher();
  void keep_memory();
  void rehearse();
  void stop(role who);

  runtime::scheduler& pool_;
  core_options options_;
  core_loader load_;
  std::shared_ptr<last_call> last_;
  supervisor_plan plan_;
  std::function<void(phase, std::string_view)> watch_;
  std::shared_ptr<service_state> state_;
  std::shared_ptr<core_parts> parts_;
  std::shared_ptr<device> device_;
  telemetry::address_type telemetry_;
  tokenizer_pool::address_type tokenizer_;
  ingress::address_type ingress_;
  result_cache::address_type results_;
  executor::address_type executor_;
  batcher::address_type batcher_;
  runtime::address<load_now> loader_;
  rehearsal::address_type rehearsal_;
  std::shared_ptr<request_ids> ids_;
  std::shared_ptr<memory_board> memory_;
  memory_keeper::address_type keeper_;
  runtime::timer drain_timer_;
};

}  // namespace hawser::actors
