/// Collects what the others report, and writes the metrics page.
#pragma once

#include "actors/metrics.hpp"
#include "actors/telemetry_mail.hpp"
#include "runtime/actor.hpp"

#include <map>
#include <memory>
#include <string>

namespace hawser::actors {

class telemetry final : public runtime::actor<telemetry, scrape, batch_report, ingress_report, result_report,
                                              show_actor, show_device, count_restart> {
 public:
  telemetry(runtime::home where, std::shared_ptr<const service_state> state,
            std::shared_ptr<const memory_board> memory, bool old_metric_names)
      : actor(where), metrics_(old_metric_names), state_(std::move(state)), memory_(std::move(memory)) {}

  void on(scrape m);
  void on(batch_report m) { metrics_.add(m.replica, *m.what); }
  void on(ingress_report m) { metrics_.add(m.what); }
  void on(const result_report& m) { metrics_.add(m.what); }
  void on(show_actor m);
  void on(show_device m) {
    metrics_.know_model(m.replica, state_->model_name, m.page_tokens, m.pages, m.memory);
  }
  void on(count_restart m) { metrics_.count_restart(m.actor); }

 private:
  metrics metrics_;
  std::shared_ptr<const service_state> state_;
  std::shared_ptr<const memory_board> memory_;
  std::map<std::string, runtime::cell_ptr> shown_;
};

}  // namespace hawser::actors
