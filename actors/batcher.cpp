#include "actors/batcher.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace hawser::actors {
batcher::batcher(runtime::home where, batcher_options options, request_watcher ingress,
                 tally_address telemetry)
    : actor(where), book_(std::move(options.limits), options.capacity, std::move(options.words)),
      report_every_(options.report_every), board_(std::move(options.board)), replica_(options.replica),
      router_(std::move(options.router)), ingress_(std::move(ingress)), telemetry_(std::move(telemetry)) {}

void batcher::on(join m) {
  const request_id id = m.id;
  if (device_ == device::lost && router_) {
    router_.notify(handed_back{replica_, id});
    return;
  }
  book_.admit(std::move(m), time().now());
  if (device_ == device::lost) book_.leave(id, finish::error, lost_why_, time().now());
  plan_soon();
  settle();
}

void batcher::on(leave m) {
  book_.leave(m.id, m.why, m.message, time().now());
  plan_soon();
  settle();
}

void batcher::on(shed m) {
  book_.shed(std::move(m.no), time().now());
  settle();
}

void batcher::on(hold m) {
  book_.hold(m.id, m.held);
  if (!m.held) plan_soon();
}

void batcher::on(const postpone& m) {
  book_.postpone(m.id, m.deadline);
  settle();
}

void batcher::on(use_executor m) {
  executor_ = std::move(m.executor);
  device_ = device::unknown;
  clock_.reset();
  book_.fail_running("the executor of this request failed", time().now());
  executor_.notify(attach{self()});
  settle();
}

void batcher::on(fit_pages m) {
  book_.fit(m);
  plan_soon();
  settle();
}

void batcher::on(steps_welcome) {
  device_ = device::welcome;
  router_.notify(replica_open{replica_, true});
  plan_soon();
  settle();
}

void batcher::on(step_lost m) {
  device_ = device::lost;
  lost_why_ = std::move(m.why);
  clock_.reset();
  if (router_ && router_.notify(replica_open{replica_, false}) == runtime::told::accepted) {
    for (const request_id id : book_.hand_back(time().now())) router_.notify(handed_back{replica_, id});
  }
  book_.leave_all(finish::error, lost_why_, time().now());
  settle();
}

void batcher::on(step_done m) {
  if (clock_.on_their_way() == 0) return;  // of the time before the device was lost
  clock_.done(time().now());
  book_.apply(*m.what, time().now());
  m.what->clear();
  free_steps_.push_back(std::move(m.what));
  // The device is idle or has one step left: first give it work, then tell the world.
  make_plans();
  settle();
}

void batcher::on(plan_now) {
  planning_ = false;
  make_plans();
  settle();
}

void batcher::deadline_due() {
  deadline_.reset();
  book_.expire(time().now());
  plan_soon();
  settle();
}

void batcher::on_stop() {
  book_.leave_all(finish::cancelled, "the server stops", time().now());
  send_mail();
  report(true);
  close();
}

void batcher::make_plans() {
  plan_timer_.cancel();
  while (device_ == device::welcome) {
    const auto due = clock_.due();
    if (!due) return;
    const runtime::time_point now = time().now();
    if (*due > now) {
      plan_timer_ = after(*due - now, [this] {
        make_plans();
        settle();
      });
      return;
    }
    if (free_steps_.empty()) free_steps_.push_back(std::make_shared<step>());
    if (!book_.plan(now, *free_steps_.back())) return;
    clock_.sent(free_steps_.back()->forecast, now);
    executor_.notify(run_step{std::move(free_steps_.back())});
    free_steps_.pop_back();
  }
}

// After every letter.
void batcher::settle() {
  send_mail();
  watch_deadline();
  if (board_) {
    const page_store::kv_bytes now = book_.bytes();
    board_->set(memory_owner::kv, now.used);
    board_->set(memory_owner::prefixes, now.idle);
    board_->set(memory_owner::spare, now.spare);
  }
  report(book_.size() == 0);
}

// Letters that wait already are in the plan too.
void batcher::plan_soon() {
  if (planning_ || device_ != device::welcome || !clock_.due()) return;
  planning_ = true;
  self().notify(plan_now{});
}

void batcher::send_mail() {
  std::vector<outgoing>& box = book_.outbox();
  // Who missed tokens here: its end may be in the box already, and must not say that the answer is whole.
  std::vector<request_id> torn;
  // Ending one that reads too slowly writes more.
  for (std::size_t i = 0; i < box.size(); ++i) {
    request_id too_slow = 0;
    bool slow = false;
    const auto is_torn = [&torn](request_id id) { return std::ranges::find(torn, id) != torn.end(); };
    std::visit(
        [&](auto& letter) {
          using kind = std::decay_t<decltype(letter)>;
          if constexpr (std::is_same_v<kind, joined> || std::is_same_v<kind, started> ||
                        std::is_same_v<kind, answering> || std::is_same_v<kind, left>) {
            ingress_.notify(std::move(letter));
          } else if constexpr (std::is_same_v<kind, generated>) {
            too_slow = letter.id;
            slow = !is_torn(too_slow) && box[i].to.tell(std::move(letter)) != runtime::told::accepted;
          } else {
            if constexpr (std::is_same_v<kind, choice_ended>) {
              if (is_torn(letter.id)) letter.end.why = finish::cancelled;
            } else if constexpr (std::is_same_v<kind, ended>) {
              if (is_torn(letter.id)) letter.why = finish::cancelled;
            }
            box[i].to.notify(std::move(letter));
          }
        },
        box[i].letter);
    if (!slow) continue;
    torn.push_back(too_slow);
    book_.leave(too_slow, finish::cancelled, "the reader went away or is too slow", time().now());
  }
  box.clear();
}

void batcher::watch_deadline() {
  const auto next = book_.next_deadline();
  if (next == deadline_) return;
  deadline_ = next;
  if (!next) {
    deadline_timer_.cancel();
    return;
  }
  deadline_timer_ = after(*next - time().now(), [this] { deadline_due(); });
}

void batcher::report(bool at_once) {
  const runtime::time_point now = time().now();
  if (!at_once && now - reported_ < report_every_) return;
  batch_tally& tally = book_.tally();
  reported_ = now;
  batch_state now_is = book_.state();
  now_is.replica = replica_;
  ingress_.notify(std::move(now_is));
  telemetry_.notify(
      batch_report{replica_, std::make_unique<batch_tally>(std::exchange(tally, batch_tally{}))});
}

}  // namespace hawser::actors
