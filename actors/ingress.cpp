#include "actors/ingress.hpp"

#include "runtime/dice.hpp"

#include <new>
#include <string>
#include <utility>

namespace hawser::actors {

ingress::ingress(runtime::home where, ingress_options options, std::shared_ptr<const service_state> state,
                 prompt_address tokenizer, tally_address telemetry, drain_watcher supervisor)
    : actor(where), plan_(options.limits), report_every_(options.report_every), state_(std::move(state)),
      tokenizer_(std::move(tokenizer)), telemetry_(std::move(telemetry)), supervisor_(std::move(supervisor)),
      board_(std::move(options.board)), memory_(std::move(options.memory)), chance_(options.seed) {}

// A request that is too much for the memory is refused, and no other.
void ingress::on(generate m) {
  const generation_listener whom = m.listener;
  const request_id id = m.id;
  try {
    take_in(std::move(m));
  } catch (const std::bad_alloc&) {
    whom.notify(plan_.turn_away({.id = id,
                                 .why = refusal::overloaded,
                                 .message = "there is not enough memory for this request now",
                                 .field = {},
                                 .retry_after = std::chrono::seconds(1),
                                 .limit = std::string(name_of(limit::memory))}));
  }
  settle();
}

void ingress::take_in(generate m) {
  const generation_listener whom = m.listener;
  const request_id id = m.id;
  if (memory_) plan_.know_memory(memory_->read());
  const phase now_is = draining_ ? phase::draining : state_->now.load(std::memory_order_acquire);
  if (auto no = plan_.arrive(m, now_is, time().now(), draw())) {
    whom.notify(std::move(*no));
  } else if (tokenizer_.notify(make_prompt{id, std::move(m.spec.prompt), m.spec.deadline}) !=
             runtime::told::accepted) {
    whom.notify(plan_.turn_away({.id = id,
                                 .why = refusal::not_ready,
                                 .message = "the tokenizers have stopped",
                                 .field = {},
                                 .retry_after = std::chrono::seconds(2),
                                 .limit = {}}));
  }
}

void ingress::on(cancel m) {
  if (auto was = plan_.cancel(m.id)) {
    if (was->in_batch) {
      batcher_.notify(leave{.id = m.id, .why = finish::cancelled, .message = {}});
    } else {
      tokenizer_.notify(drop_prompt{m.id});
      was->to.notify(std::move(was->last));
    }
  }
  settle();
}

void ingress::on(hold m) {
  if (plan_.hold(m.id, m.held)) batcher_.notify(std::move(m));
}

void ingress::on(postpone m) {
  if (plan_.postpone(m.id, m.deadline)) batcher_.notify(std::move(m));
}

void ingress::on(prompt_made m) {
  const request_id id = m.id;
  if (auto next = plan_.prompt_made(std::move(m), time().now(), draw())) {
    if (next->no) {
      next->to.notify(std::move(*next->no));
    } else {
      if (batcher_.notify(std::move(next->request)) != runtime::told::accepted) {
        next->to.notify(plan_.lose(id, "the batcher of this request failed"));
      } else if (next->held) {
        batcher_.notify(hold{id, true});
      }
    }
  }
  settle();
}

void ingress::on(joined m) {
  plan_.joined(m.id, m.cached_tokens);
}

void ingress::on(started m) {
  plan_.started(m.id);
}

void ingress::on(answering m) {
  plan_.answering(m.id, time().now());
}

void ingress::on(left m) {
  plan_.left(m);
  settle();
}

void ingress::on(use_batcher m) {
  batcher_ = std::move(m.batcher);
  plan_.know_model(m.longest, m.vocabulary);
  plan_.know_room(std::move(m.room), m.seats);
  plan_.begin_in_order();
}

void ingress::on(const lost& m) {
  if (auto last = plan_.lost(m)) last->to.notify(std::move(last->last));
  settle();
}

void ingress::on(batcher_failed m) {
  for (ingress_plan::farewell& bye : plan_.batcher_failed(m.why)) bye.to.notify(std::move(bye.last));
  settle();
}

void ingress::on(drain) {
  draining_ = true;
  settle();
}

void ingress::on(cut_short m) {
  ingress_plan::cut all = plan_.cut_short(m.why);
  for (std::size_t i = 0; i < all.refusals.size(); ++i) {
    tokenizer_.notify(drop_prompt{all.refusals[i].id});
    all.refused_to[i].notify(std::move(all.refusals[i]));
  }
  for (const request_id id : all.in_batch) {
    batcher_.notify(leave{.id = id, .why = finish::cancelled, .message = m.why});
  }
  settle();
}

void ingress::on(const batch_state& m) {
  plan_.know_batch(m);
  if (board_) board_->write(plan_.facts());
}

double ingress::draw() {
  return runtime::unit_of(chance_());
}

// Who waits is looked at again and again: that costs nothing while nobody does.
void ingress::watch() {
  watching_ = false;
  ingress_plan::late_ones late = plan_.watch(time().now(), draw());
  for (std::size_t i = 0; i < late.tokenizing.size(); ++i) {
    tokenizer_.notify(drop_prompt{late.tokenizing[i].id});
    late.to[i].notify(std::move(late.tokenizing[i]));
  }
  for (shed& one : late.waiting) batcher_.notify(std::move(one));
  for (serve_newest& order : late.order) batcher_.notify(std::move(order));
  settle();
}

void ingress::settle() {
  if (!watching_ && plan_.somebody_waits()) {
    watching_ = true;
    watch_ = after(std::chrono::milliseconds(50), [this] { watch(); });
  }
  if (draining_ && plan_.size() == 0) supervisor_.notify(drained{});
  if (board_) board_->write(plan_.facts());
  if (memory_) memory_->set(memory_owner::queues, plan_.bytes());
  if (reporting_) return;
  reporting_ = true;
  report_ = after(report_every_, [this] {
    reporting_ = false;
    telemetry_.notify(ingress_report{plan_.take_tally()});
  });
}

}  // namespace hawser::actors
