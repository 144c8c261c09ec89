/// Stands before Ingress: answers what it remembers, and lets equal requests share one computation.
#pragma once

#include "actors/ingress_mail.hpp"
#include "actors/memory_board.hpp"
#include "actors/memory_mail.hpp"
#include "actors/result_mail.hpp"
#include "actors/result_plan.hpp"
#include "actors/telemetry_mail.hpp"
#include "runtime/actor.hpp"

#include <memory>
#include <string>

namespace hawser::actors {

struct result_options {
  result_limits limits;
  runtime::duration report_every = std::chrono::milliseconds(100);
  far_address far{};                      ///< the second tier; empty: none
  std::shared_ptr<memory_board> board{};  ///< told what it holds; none: nobody looks
};

class result_cache final
    : public runtime::actor<result_cache, generate, cancel, hold, refused, admitted, generated, choice_ended,
                            ended, know_world, purge_results, fit_results, far_found>,
      private result_listener {
 public:
  result_cache(runtime::home where, result_options options, std::shared_ptr<const service_state> state,
               door_address ingress, tally_address telemetry);

  void on(generate m);
  void on(cancel m);
  void on(hold m);
  void on(refused m);
  void on(const admitted& m);
  void on(const generated& m);
  void on(const choice_ended& m);
  void on(const ended& m);
  void on(know_world m);
  void on(purge_results m);
  void on(fit_results m);
  void on(const far_found& m);
  void on_stop() override;

 private:
  [[nodiscard]] runtime::told take(const generation_listener& whom, answer_event& letter) override;
  void refuse(const generation_listener& whom, refused no) override { whom.notify(std::move(no)); }

  void see_the_time();
  void pass(generate what);
  void obey(result_plan::order what);
  void settle();
  void watch_time();
  void report_soon();

  result_plan plan_;
  runtime::duration report_every_;
  bool share_tenants_;
  far_address far_;
  std::shared_ptr<memory_board> board_;
  std::shared_ptr<const service_state> state_;
  door_address ingress_;
  tally_address telemetry_;
  know_world world_;
  std::int64_t quarter_ = -1;  // of an hour, when the world tells the time
  runtime::time_point armed_ = runtime::time_point::max();
  bool late_turn_ = false;
  bool reporting_ = false;
  runtime::timer late_timer_;
  runtime::timer expiry_;
  runtime::timer report_;
};

}  // namespace hawser::actors
