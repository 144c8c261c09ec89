#include "runtime/watchdog.hpp"

#include "runtime/envelope.hpp"
#include "runtime/registry.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace hawser::runtime {

std::vector<thread_view> watchdog_plan::look(const std::vector<thread_view>& threads, std::uint64_t now) {
  std::vector<thread_view> stuck;
  std::vector<thread_view> fresh;
  for (const thread_view& thread : threads) {
    if (now <= thread.since || now - thread.since <= thread.limit) continue;
    stuck.push_back(thread);
    const bool known = std::ranges::any_of(seen_, [&thread](const thread_view& before) {
      return before.who == thread.who && before.since == thread.since;
    });
    if (!known) fresh.push_back(thread);
  }
  seen_ = std::move(stuck);
  return fresh;
}

struct watchdog::looker {
  looker(duration each, slow_listener to) : period(each), tell(std::move(to)) {}

  void look() {
    const std::uint64_t now = ticks::now();
    for (const thread_view& stuck : plan.look(thread_pages::look(), now)) {
      // The actor may have gone since; then its handler has ended, and there is nothing to tell.
      const registry::found actor = registry::find(stuck.who);
      if (actor.id == 0) continue;
      tell({.actor = actor.name,
            .message = stuck.what->name,
            .trace = stuck.trace,
            .took = ticks::to_time(now - stuck.since),
            .runs = true});
    }
  }

  const duration period;
  const slow_listener tell;
  watchdog_plan plan;
  boost::asio::io_context io{1};
  steady_time time{io.get_executor()};
  timer ticking;
  std::jthread thread;
};

watchdog::watchdog(duration period, slow_listener tell)
    : looker_(std::make_unique<looker>(period, std::move(tell))) {
  looker* const it = looker_.get();
  it->ticking = it->time.call_every(it->period, [it] { it->look(); });
  it->thread = std::jthread([it] { it->io.run(); });
}

watchdog::~watchdog() {
  looker_->io.stop();
}

}  // namespace hawser::runtime
