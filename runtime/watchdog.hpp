/// Sees from outside when a handler holds its thread for too long, and says which while it still does.
#pragma once

#include "runtime/ambient.hpp"
#include "runtime/clock.hpp"
#include "runtime/scheduler.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace hawser::runtime {

/// Which of the threads are stuck, each handler once. Pure.
class watchdog_plan {
 public:
  /// `now` in ticks.
  [[nodiscard]] std::vector<thread_view> look(const std::vector<thread_view>& threads, std::uint64_t now);

 private:
  std::vector<thread_view> seen_;  // those that were stuck at the last look
};

/// Looks at all actors of the program, whatever their scheduler, each `period` from a thread of its own.
/// Each has its own limit, spawn_options::slow_handler; the handler is named at most a period after it.
class watchdog {
 public:
  /// `tell` is called on the watchdog's thread, with runs == true, and must not throw.
  watchdog(duration period, slow_listener tell);
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  /// Waits for a call of `tell` that is under way.
  ~watchdog();

 private:
  struct looker;

  std::unique_ptr<looker> looker_;
};

}  // namespace hawser::runtime
