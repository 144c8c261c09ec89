/// The batcher's shell: letters to the request book, its steps to the executor, its mail to the listeners.
#pragma once

#include "actors/batcher_mail.hpp"
#include "actors/memory_board.hpp"
#include "actors/plan_clock.hpp"
#include "actors/request_book.hpp"
#include "actors/router_mail.hpp"
#include "actors/telemetry_mail.hpp"
#include "runtime/actor.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace hawser::actors {

struct batcher_options {
  batch_limits limits;
  model::backend_capacity capacity;
  std::shared_ptr<const model::tokenizer> words;
  runtime::duration report_every = std::chrono::milliseconds(100);
  std::shared_ptr<memory_board> board{};  ///< told what its pages hold; none: nobody looks
  std::uint32_t replica = 0;
  replica_watcher
      router{};  ///< hears of the device, and gets back who waits when it is lost; empty: the only one
};

class batcher final
    : public runtime::actor<batcher, join, leave, shed, hold, postpone, serve_newest, use_executor, step_done,
                            step_lost, steps_welcome, plan_now, fit_pages, pulse> {
 public:
  batcher(runtime::home where, batcher_options options, request_watcher ingress, tally_address telemetry);

  void on(join m);
  void on(leave m);
  void on(shed m);
  void on(hold m);
  void on(serve_newest m) { book_.serve_newest(m.rank, m.newest); }
  void on(const postpone& m);
  void on(use_executor m);
  void on(fit_pages m);
  void on(step_done m);
  void on(step_lost m);
  void on(steps_welcome);
  void on(plan_now);
  void on(const pulse& m) { m.alive(); }
  void on_stop() override;

 private:
  enum class device : std::uint8_t { unknown, welcome, lost };

  void plan_soon();
  void make_plans();
  void send_mail();
  void settle();
  void watch_deadline();
  void deadline_due();
  void report(bool at_once);

  request_book book_;
  runtime::duration report_every_;
  std::shared_ptr<memory_board> board_;
  std::uint32_t replica_;
  replica_watcher router_;
  request_watcher ingress_;
  tally_address telemetry_;
  executor_address executor_;
  device device_ = device::unknown;
  std::string lost_why_;
  std::vector<step_ptr> free_steps_;
  plan_clock clock_;
  runtime::timer plan_timer_;
  bool planning_ = false;
  std::optional<runtime::time_point> deadline_;
  runtime::timer deadline_timer_;
  runtime::time_point reported_{};
};

}  // namespace hawser::actors
