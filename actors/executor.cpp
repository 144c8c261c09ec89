#include "actors/executor.hpp"

#include <exception>
#include <string>
#include <utility>

namespace hawser::actors {
namespace {

constexpr char no_answer[] = "the device did not finish a step within its deadline";
constexpr char broken_down[] = "the device failed";

}  // namespace

executor::executor(runtime::home where, std::shared_ptr<device> runs_on, runtime::duration step_deadline,
                   runtime::duration warm_up_deadline, device_watcher watcher, std::uint32_t replica)
    : actor(where), device_(std::move(runs_on)), plan_(step_deadline, warm_up_deadline),
      watcher_(std::move(watcher)), replica_(replica) {
  if (!device_->busy()) return;
  // Its letter goes to the executor before this one, so that its end has to be looked for.
  plan_.inherit(time().now());
  watch();
  poll();
}

void executor::on(run_step m) {
  if (broken_) {
    batcher_.notify(step_lost{broken_down});
    return;
  }
  if (!plan_.welcoming()) {
    batcher_.notify(step_lost{no_answer});
    return;
  }
  if (step_ptr now = plan_.offer(std::move(m.what), time().now())) start(std::move(now));
}

void executor::on(attach m) {
  batcher_ = std::move(m.batcher);
  plan_.orphan();
  if (plan_.lost() || broken_) {
    batcher_.notify(step_lost{broken_ ? broken_down : no_answer});
  } else if (plan_.welcoming()) {
    batcher_.notify(steps_welcome{});
  }
}

void executor::on(warm_up) {
  if (!plan_.warm_up(time().now())) return;
  watch();
  try {
    device_->warm_up(self());
  } catch (const std::exception& e) {
    (void)plan_.finished(time().now());
    watcher_.notify(device_lost{replica_, false, e.what()});
  }
}

void executor::on(device_done) {
  finished();
}

void executor::on_stop() {
  stopping_ = true;
  plan_.orphan();
  close_when_idle();
}

void executor::close_when_idle() {
  if (stopping_ && (plan_.idle() || plan_.lost())) close();
}

void executor::start(step_ptr what) {
  watch();
  try {
    device_->start(what, self());
  } catch (const std::exception&) {
    // Not started: each of its sequences is told that there is no result.
    what->result.sequences.clear();
    self().notify(device_done{});
  }
}

void executor::finished() {
  executor_plan::outcome out = plan_.finished(time().now());
  const bool breaks = out.done && out.done->result.lost && !std::exchange(broken_, true);
  if (out.next) start(std::move(out.next));
  // Of a step that broke the device there are no results; who waits is not to get the seats that it leaves.
  if (out.done && !breaks) batcher_.notify(step_done{std::move(out.done)});
  if (breaks) {
    batcher_.notify(step_lost{broken_down});
    watcher_.notify(device_lost{replica_, true, broken_down});
  }
  if (out.warmed) watcher_.notify(warmed{replica_});
  if (out.back && !broken_) watcher_.notify(device_back{replica_});
  if (out.welcome && !broken_) batcher_.notify(steps_welcome{});
  close_when_idle();
}

// One timer for many steps: it looks at what runs when it fires, and goes on only while something does.
void executor::watch() {
  const auto until = plan_.watch_until();
  if (!until || (watching_until_ && *watching_until_ <= *until)) return;
  watching_until_ = until;
  watchdog_ = after(*until - time().now(), [this] { look(); });
}

void executor::look() {
  watching_until_.reset();
  if (plan_.overdue(time().now())) {
    watcher_.notify(device_lost{replica_, false, no_answer});
    batcher_.notify(step_lost{no_answer});
    close_when_idle();
  }
  watch();
}

void executor::poll() {
  if (!device_->busy()) return finished();
  poll_ = after(std::chrono::milliseconds(10), [this] { poll(); });
}

}  // namespace hawser::actors
