/// What the calling thread is at: whose turn, which message, since when, under which trace id.
#pragma once

#include "runtime/ticks.hpp"

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

namespace hawser::runtime {

class cell;
struct message_kind;

/// Why an actor's object is being destroyed, for the questions that it still held.
enum class ending : std::uint8_t { none, stopped, failed };

/// One a thread, written by that thread alone with plain stores; the watchdog and snapshots read it.
struct thread_page {
  std::atomic<const cell*> who{nullptr};           ///< whose turn it is
  std::atomic<const message_kind*> what{nullptr};  ///< which message is being handled
  std::atomic<std::uint64_t> since{0};             ///< ticks, when that handler began
  std::atomic<std::uint64_t> trace{0};
  std::atomic<std::uint64_t> limit{0};  ///< ticks, after which that handler is slow
  ending why = ending::none;
  bool listed = false;
};

extern constinit thread_local thread_page this_page;

/// What one thread was at when it was looked at.
struct thread_view {
  const cell* who = nullptr;
  const message_kind* what = nullptr;
  std::uint64_t since = 0;
  std::uint64_t trace = 0;
  std::uint64_t limit = 0;
};

/// The threads that have given actors turns and still run.
class thread_pages {
 public:
  /// Lists the calling thread's page until the thread ends. Once a thread.
  static void list_this();
  /// Any thread. `who` may be dangling by the time that it is looked at: compare it, never follow it.
  [[nodiscard]] static std::vector<thread_view> look();
};

/// The id that letters told from here on carry, and those told by their handlers, and so on: any number that
/// the program finds useful, 0 when there is none.
[[nodiscard]] inline std::uint64_t current_trace() noexcept {
  return this_page.trace.load(std::memory_order_relaxed);
}

/// Sets the trace id of the calling thread until it goes out of scope.
class trace_scope {
 public:
  explicit trace_scope(std::uint64_t id) noexcept : before_(current_trace()) { set(id); }
  trace_scope(const trace_scope&) = delete;
  trace_scope& operator=(const trace_scope&) = delete;
  ~trace_scope() { set(before_); }

 private:
  static void set(std::uint64_t id) noexcept { this_page.trace.store(id, std::memory_order_relaxed); }

  std::uint64_t before_;
};

}  // namespace hawser::runtime
