#include "actors/result_cache.hpp"

#include <chrono>
#include <type_traits>
#include <utility>

namespace hawser::actors {
namespace {

refused not_taken(request_id id, runtime::told why) {
  const bool full = why == runtime::told::full;
  return {.id = id,
          .why = full ? refusal::overloaded : refusal::stopping,
          .message = full ? "too many requests are waiting" : "the server is stopping",
          .field = {},
          .retry_after = std::chrono::seconds(full ? 1 : 5),
          .limit = {}};
}

}  // namespace

result_cache::result_cache(runtime::home where, result_options options,
                           std::shared_ptr<const service_state> state, door_address ingress,
                           tally_address telemetry)
    : actor(where), plan_(options.limits), report_every_(options.report_every),
      share_tenants_(options.limits.share_tenants), far_(std::move(options.far)),
      board_(std::move(options.board)), state_(std::move(state)), ingress_(std::move(ingress)),
      telemetry_(std::move(telemetry)) {}

void result_cache::on(generate m) {
  see_the_time();
  // In any other phase Ingress refuses it, in its words.
  const bool ready = state_->now.load(std::memory_order_acquire) == phase::ready;
  if (!ready || !plan_.arrive(m, time().now())) pass(std::move(m));
  settle();
}

void result_cache::on(cancel m) {
  plan_.cancel(m.id, time().now());
  settle();
}

void result_cache::on(hold m) {
  plan_.hold(m.id, m.held);
  settle();
}

void result_cache::on(refused m) {
  plan_.on(m, time().now());
  settle();
}

void result_cache::on(const admitted& m) {
  plan_.on(m);
  settle();
}

void result_cache::on(const generated& m) {
  plan_.on(m);
  settle();
}

void result_cache::on(const choice_ended& m) {
  plan_.on(m);
  settle();
}

void result_cache::on(const ended& m) {
  plan_.on(m, time().now());
  settle();
}

void result_cache::on(know_world m) {
  world_ = std::move(m);
  quarter_ = -1;
  plan_.know_world(world_.name);
}

void result_cache::on(purge_results m) {
  m.to.answer(share_tenants_ ? plan_.purge(std::nullopt) : plan_.purge(m.key));
  settle();
}

void result_cache::on(fit_results m) {
  plan_.fit(m.bytes);
  settle();
}

void result_cache::on(const far_found& m) {
  plan_.found(m, time().now());
  settle();
}

void result_cache::on_stop() {
  plan_.close(*this, time().now());
  telemetry_.notify(result_report{plan_.take_tally()});
  close();
}

// Midnight falls on a quarter of an hour everywhere.
void result_cache::see_the_time() {
  if (!world_.tells_time) return;
  const auto now = std::chrono::duration_cast<std::chrono::minutes>(time().wall().time_since_epoch());
  if (std::exchange(quarter_, now.count() / 15) == now.count() / 15) return;
  plan_.know_world(world_.name + " at " + std::to_string(quarter_));
}

void result_cache::pass(generate what) {
  const runtime::told told = ingress_.tell(std::move(what));
  // NOLINTNEXTLINE(bugprone-use-after-move): what was not taken is as it was
  if (told != runtime::told::accepted) what.listener.notify(not_taken(what.id, told));
}

void result_cache::obey(result_plan::order what) {
  std::visit(
      [this](auto& letter) {
        if constexpr (std::is_same_v<std::decay_t<decltype(letter)>, generate>) {
          letter.listener = self();
          const request_id id = letter.id;
          const runtime::told told = ingress_.tell(std::move(letter));
          if (told != runtime::told::accepted) plan_.on(not_taken(id, told), time().now());
        } else if constexpr (std::is_same_v<std::decay_t<decltype(letter)>, far_look>) {
          letter.to = self();
          const std::uint64_t number = letter.number;
          if (far_.tell(std::move(letter)) != runtime::told::accepted)
            plan_.found({number, far_outcome::skipped}, time().now());
        } else if constexpr (std::is_same_v<std::decay_t<decltype(letter)>, far_keep>) {
          (void)far_.tell(std::move(letter));
        } else if constexpr (std::is_same_v<std::decay_t<decltype(letter)>, far_forget>) {
          far_.notify(std::move(letter));
        } else {
          ingress_.notify(std::move(letter));
        }
      },
      what);
}

runtime::told result_cache::take(const generation_listener& whom, answer_event& letter) {
  return std::visit(
      [&whom](auto& event) {
        if constexpr (std::is_same_v<std::decay_t<decltype(event)>, generated>) {
          return whom.tell(std::move(event));
        } else {
          return whom.notify(std::move(event));
        }
      },
      letter);
}

// After every letter.
void result_cache::settle() {
  bool again = false;
  do {
    while (!plan_.orders().empty()) {
      result_plan::order next = std::move(plan_.orders().front());
      plan_.orders().pop_front();
      obey(std::move(next));
    }
    again = plan_.turn(*this, time().now(), false);
  } while (!plan_.orders().empty());
  if (again && !std::exchange(late_turn_, true)) {
    late_timer_ = after(std::chrono::milliseconds(1), [this] {
      late_turn_ = false;
      plan_.turn(*this, time().now(), true);
      settle();
    });
  }
  if (board_) board_->set(memory_owner::results, plan_.bytes());
  watch_time();
  report_soon();
}

// A timer that fires too early only looks again.
void result_cache::watch_time() {
  const auto next = plan_.next_expiry();
  if (!next || *next >= armed_) return;
  armed_ = *next;
  expiry_ = after(*next - time().now(), [this] {
    armed_ = runtime::time_point::max();
    plan_.expire(time().now());
    settle();
  });
}

void result_cache::report_soon() {
  if (std::exchange(reporting_, true)) return;
  report_ = after(report_every_, [this] {
    reporting_ = false;
    telemetry_.notify(result_report{plan_.take_tally()});
  });
}

}  // namespace hawser::actors
