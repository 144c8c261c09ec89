/// What stays at an address: the mailbox, the actor while it lives, and what became of it.
#pragma once

#include "runtime/error.hpp"
#include "runtime/mailbox.hpp"
#include "runtime/registry.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/terminated.hpp"
#include "runtime/waiting_room.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace hawser::runtime {

class vacant_cell;

class actor_base {
 public:
  virtual ~actor_base() = default;
  /// The actor is asked to stop. The default closes the mailbox: what was accepted is still handled, then the
  /// actor is destroyed. An override may finish its work first and call close() itself.
  virtual void on_stop() = 0;
  /// Its supervisor wants it gone, to start it again. False: it will be, by cell::end_life(), when it is
  /// ready.
  virtual bool on_retire() { return true; }
};

struct cell_options {
  std::string name;
  std::uint32_t bound = 1024;
  std::chrono::nanoseconds slow_after =
      std::chrono::milliseconds(10);  ///< a handler that runs longer is slow
  std::uint32_t worker = any_worker;
};

/// Made vacant: letters wait until an actor settles. An address outlives its actor, and under a supervisor
/// may have several in turn: its lives.
class cell final {
 public:
  using watch = std::function<void(const terminated&)>;
  using letter_writer = envelope_ptr (*)(terminated&&);
  /// Gets the cell when a life of its actor has ended, on the thread of that turn: it may only post or tell.
  using keeper = std::function<void(vacant_cell)>;

  cell(scheduler& by, cell_options options, watch watcher = {});
  cell(const cell&) = delete;
  cell& operator=(const cell&) = delete;
  ~cell();

  /// Whoever made the cell, once: the actor moves in, and letters that came before are read. `object` is what
  /// letters are opened with (the most derived class), `owned` keeps it.
  void settle(void* object, std::unique_ptr<actor_base> owned);
  /// Instead of settle(): there will be no actor. Nobody is told.
  void give_up() noexcept;
  /// Before settle(). A kept cell does not end with its actor: its keeper decides.
  void keep(keeper by) { keeper_ = std::move(by); }

  /// Any thread. Keeps the letter when it answers accepted; otherwise it is still the caller's.
  [[nodiscard]] told push(envelope_ptr& letter) {
    bool wake = false;
    // Those who wait for room come first.
    if (letter->counted && wanted_.load(std::memory_order_relaxed) > 0 && !box_.closing()) return told::full;
    const std::uint64_t stamp = letter->stamp;  // once pushed, the letter may be gone
    const told answer = box_.push(letter.get(), wake);
    if (answer == told::accepted) took(letter, wake, stamp);
    return answer;
  }
  /// Any thread. As push(), for a letter that is read before the others.
  [[nodiscard]] told push_first(envelope_ptr& letter) {
    bool wake = false;
    const std::uint64_t stamp = letter->stamp;  // once pushed, the letter may be gone
    const told answer = box_.push_first(letter.get(), wake);
    if (answer == told::accepted) took(letter, wake, stamp);
    return answer;
  }
  /// Any thread. As push(); a letter that is not accepted is dropped.
  told post(envelope_ptr letter) { return push(letter); }

  /// Any thread. What push() would answer to a counted letter now.
  [[nodiscard]] told room() const noexcept {
    const told answer = box_.room();
    return answer == told::accepted && wanted_.load(std::memory_order_relaxed) > 0 ? told::full : answer;
  }
  /// Any thread. Sends the letter now, or when all who waited before have sent theirs and there is room.
  void push_when_room(std::shared_ptr<waiting_letter> waiting);
  /// Any thread. True: it was still waiting, and now is not.
  bool give_up(waiting_letter& waiting);

  /// Any thread. Asks the actor to stop (on_stop() on its turn). Asking twice does nothing more.
  void stop();
  /// Any thread. The actor ends before its next letter; what waits is dropped.
  void kill();
  /// Any thread, kept cells only. Ends that life of the actor before its next letter; what waits stays.
  void retire(std::uint32_t life);

  /// The actor only: after this handler it leaves, as if it had been retired.
  void end_life() noexcept { verdict_ = verdict::retire; }
  /// The actor only: no more letters are accepted; it is destroyed when those that were are handled.
  void close() noexcept { box_.close(); }

  [[nodiscard]] bool closing() const noexcept { return box_.closing(); }

  /// Any thread. Tells `watcher` when this has ended for good, or at once when it has. Told through `write`.
  void add_watcher(cell_ptr watcher, letter_writer write);
  void remove_watcher(const cell& watcher);

  /// Scheduler only. Handles up to `budget` letters; true: there is more to do, call again.
  [[nodiscard]] bool turn(std::uint32_t budget) { return turn(budget, ticks::now()); }
  /// As above, for a scheduler that knows the time: `now` in ticks.
  [[nodiscard]] bool turn(std::uint32_t budget, std::uint64_t now);

  /// Scheduler only: links of the list in which it keeps ready cells. A cell is in at most one.
  void set_next_ready(cell* next) noexcept { next_ready_ = next; }
  [[nodiscard]] cell* next_ready() const noexcept { return next_ready_; }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] scheduler& by() const noexcept { return by_; }
  [[nodiscard]] std::uint32_t worker() const noexcept { return worker_; }
  [[nodiscard]] std::uint32_t bound() const noexcept { return box_.bound(); }
  [[nodiscard]] std::uint64_t id() const noexcept { return entry_.id; }
  /// The id of the actor on whose turn this was made, or of its supervisor; 0: neither.
  [[nodiscard]] std::uint64_t parent() const noexcept { return parent_.load(std::memory_order_relaxed); }
  void set_parent(std::uint64_t id) noexcept { parent_.store(id, std::memory_order_relaxed); }
  /// Counts the actor's lives, from 1. An actor's own turns see their own.
  [[nodiscard]] std::uint32_t life() const noexcept { return life_.load(std::memory_order_relaxed); }
  [[nodiscard]] actor_state state() const noexcept { return state_.load(std::memory_order_relaxed); }
  [[nodiscard]] actor_counters counters() const noexcept;

  /// The actor has ended, and nothing more can come. Any thread.
  [[nodiscard]] bool ended() const noexcept { return state() == actor_state::ended; }
  /// The mailbox, to look at; what may be called when is said there.
  [[nodiscard]] const mailbox& letters() const noexcept { return box_; }

 private:
  friend class vacant_cell;
  friend class registry;

  friend void intrusive_ptr_add_ref(cell* c) noexcept { c->uses_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(cell* c) noexcept {
    if (c->uses_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete c;
  }

  enum class verdict : std::uint8_t { none, kill, retire };

  struct watcher_entry {
    cell_ptr who;
    letter_writer write;
  };

  void took(envelope_ptr& letter, bool wake, std::uint64_t stamp) {
    (void)letter.release();  // the mailbox has it now
    if (!wake) return;
    oldest_.store(stamp, std::memory_order_relaxed);
    by_.ready(cell_ptr(this));
  }

  bool read(std::uint32_t budget, std::uint64_t& begin);
  void finish(std::uint64_t& begin) noexcept;
  void report(std::uint64_t took) noexcept;
  bool obey();
  void fall(bool failed, std::string reason) noexcept;
  void end(bool failed, std::string reason) noexcept;
  void admit_waiting();
  static void tell_watcher(const watcher_entry& whom, terminated how);
  void revive(void* object, std::unique_ptr<actor_base> owned);

  // Senders write here.
  std::atomic<std::uint32_t> uses_{0};
  mailbox box_;
  // The reader's own.
  cell* next_ready_ = nullptr;
  void* object_ = nullptr;
  std::unique_ptr<actor_base> owned_;
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> busy_{0};  // ticks
  std::atomic<std::uint64_t> oldest_{
      0};  // ticks: when the letter being handled, or the first to wait, was sent
  std::atomic<std::uint64_t> slow_{0};
  std::atomic<std::uint32_t> life_{1};
  verdict verdict_ = verdict::none;
  // Written seldom.
  std::atomic<std::uint32_t> restarts_{0};
  std::atomic<std::uint32_t> wanted_{0};  // letters in the waiting room
  std::atomic<bool> stopping_{false};
  std::atomic<actor_state> state_{actor_state::vacant};
  scheduler& by_;
  const std::uint64_t slow_after_;  // ticks
  const std::string name_;
  const std::uint32_t worker_;
  std::atomic<std::uint64_t> parent_{0};
  watch watcher_;
  keeper keeper_;
  mutable std::mutex side_;  // of what follows
  std::vector<watcher_entry> watchers_;
  std::size_t prune_at_ = 8;
  waiting_room waiting_;
  std::unique_ptr<const terminated> ended_;
  registry_entry entry_;
};

/// The right and the duty to decide about a kept cell whose actor has gone: move-only; dropping it ends the
/// cell. One party at a time; letters wait meanwhile.
class vacant_cell {
 public:
  vacant_cell(cell_ptr which, bool failed, std::string reason) noexcept;
  /// An address whose actor is still to be made.
  [[nodiscard]] static vacant_cell make(scheduler& by, cell_options options);
  vacant_cell() = default;
  vacant_cell(vacant_cell&& other) noexcept = default;
  vacant_cell& operator=(vacant_cell&& other) noexcept;
  ~vacant_cell() { end(); }

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  [[nodiscard]] const cell_ptr& which() const noexcept { return which_; }
  explicit operator bool() const noexcept { return which_ != nullptr; }

  /// Answers what waits with an error.
  void empty_out() noexcept;
  /// A new life: settles the actor and lets it read what waits.
  void revive(void* object, std::unique_ptr<actor_base> owned);
  /// Ends the cell for good: drops what waits and tells the watchers.
  void end() noexcept;

 private:
  cell_ptr which_;
  bool failed_ = false;
  std::string reason_;
};

}  // namespace hawser::runtime
