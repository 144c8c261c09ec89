/// What stays at an address: the mailbox, the actor while it lives, and what became of it.
#pragma once

#include "runtime/mailbox.hpp"
#include "runtime/scheduler.hpp"

#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace hawser::runtime {

/// How an actor ended. Told to its watcher, exactly once, after the actor object is gone.
struct terminated {
  std::string name;
  bool failed = false;
  std::string reason;  ///< what the exception said; empty after an orderly stop
};

/// Counters of one actor. Any thread may read them; each is exact, together they are not a snapshot of one
/// moment.
struct actor_counters {
  std::uint64_t messages = 0;
  std::uint64_t slow = 0;  ///< handlers that ran longer than the limit
  std::chrono::nanoseconds busy{};
  std::uint32_t waiting = 0;
};

class actor_base {
 public:
  virtual ~actor_base() = default;
  /// The actor is asked to stop. The default closes the mailbox: what was accepted is still handled, then the
  /// actor is destroyed. An override may finish its work first and call close() itself.
  virtual void on_stop() = 0;
};

class cell final : public boost::intrusive_ref_counter<cell> {
 public:
  using watch = std::function<void(const terminated&)>;

  /// `slow_after`: a handler that runs longer is counted as slow.
  cell(scheduler& by, std::string name, std::uint32_t bound, std::chrono::nanoseconds slow_after,
       watch watcher);

  /// Before the first message. `object` is what letters are opened with (the most derived class), `owned`
  /// keeps it.
  void settle(void* object, std::unique_ptr<actor_base> owned) noexcept;

  /// Any thread. Deletes or keeps the letter: accepted means kept.
  [[nodiscard]] told post(std::unique_ptr<envelope> letter);
  /// Any thread. As post(), for a letter that a reserve() has made room for.
  [[nodiscard]] told push(std::unique_ptr<envelope> letter);

  [[nodiscard]] told reserve() noexcept { return box_.reserve(); }

  /// Any thread. Asks the actor to stop (on_stop() on its turn). Asking twice does nothing more.
  void stop();

  /// The actor only: no more letters are accepted; it is destroyed when those that were are handled.
  void close() noexcept { box_.close(); }

  /// Scheduler only. Handles up to `budget` letters; true: there is more to do, call again.
  [[nodiscard]] bool turn(std::uint32_t budget);

  /// Scheduler only: links of the list in which it keeps ready cells. A cell is in at most one.
  void set_next_ready(cell* next) noexcept { next_ready_ = next; }
  [[nodiscard]] cell* next_ready() const noexcept { return next_ready_; }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] scheduler& by() const noexcept { return by_; }

  [[nodiscard]] actor_counters counters() const noexcept;

  /// The actor has ended, and nothing more can come. Any thread.
  [[nodiscard]] bool ended() const noexcept { return box_.shut(); }
  /// The mailbox, to look at; what may be called when is said there.
  [[nodiscard]] const mailbox& letters() const noexcept { return box_; }

 private:
  bool read(std::uint32_t budget);
  void account(std::uint64_t took) noexcept;
  void end(bool failed, std::string reason);

  mailbox box_;
  scheduler& by_;
  const std::string name_;
  const std::uint64_t slow_after_;  // ticks
  watch watcher_;
  void* object_ = nullptr;
  std::unique_ptr<actor_base> owned_;
  cell* next_ready_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> slow_{0};
  std::atomic<std::uint64_t> busy_{0};  // ticks
};

}  // namespace hawser::runtime
