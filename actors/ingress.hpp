/// The door of the core: every request is accepted or refused here, at once.
#pragma once

#include "actors/ingress_mail.hpp"
#include "actors/ingress_plan.hpp"
#include "actors/router_mail.hpp"
#include "actors/telemetry_mail.hpp"
#include "runtime/actor.hpp"

#include <memory>
#include <random>

namespace hawser::actors {

struct ingress_options {
  ingress_limits limits;
  runtime::duration report_every = std::chrono::milliseconds(100);
  std::uint64_t seed = 0;
  std::shared_ptr<load_board> board{};     ///< kept up to date; none: nobody looks
  std::shared_ptr<memory_board> memory{};  ///< the same; and looked at
};

class ingress final : public runtime::actor<ingress, generate, cancel, hold, postpone, prompt_made, joined,
                                            started, answering, left, batch_state, lost, know_room,
                                            use_batcher, use_limits, batcher_failed, drain, cut_short> {
 public:
  ingress(runtime::home where, ingress_options options, std::shared_ptr<const service_state> state,
          prompt_address tokenizer, tally_address telemetry, drain_watcher supervisor);

  void on(generate m);
  void on(cancel m);
  void on(hold m);
  void on(postpone m);
  void on(prompt_made m);
  void on(joined m);
  void on(started m);
  void on(answering m);
  void on(left m);
  void on(const batch_state& m);
  void on(const lost& m);
  void on(know_room m) { plan_.know_room(std::move(m.room), m.seats); }
  void on(const use_limits& m) { plan_.use(m.now); }
  void on(use_batcher m);
  void on(batcher_failed m);
  void on(drain);
  void on(cut_short m);

 private:
  void take_in(generate m);
  void settle();
  void watch();
  [[nodiscard]] double draw();

  ingress_plan plan_;
  runtime::duration report_every_;
  std::shared_ptr<const service_state> state_;
  prompt_address tokenizer_;
  tally_address telemetry_;
  drain_watcher supervisor_;
  batcher_address batcher_;
  std::shared_ptr<load_board> board_;
  std::shared_ptr<memory_board> memory_;
  std::mt19937_64 chance_;
  bool draining_ = false;
  bool reporting_ = false;
  bool watching_ = false;
  runtime::timer report_;
  runtime::timer watch_;
};

}  // namespace hawser::actors
