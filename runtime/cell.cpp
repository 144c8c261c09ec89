#include "runtime/cell.hpp"

#include <exception>
#include <utility>

namespace hawser::runtime {
namespace {

/// Says on the thread's page whose turn it is; turns may nest, as when a handler turns a crank.
class turn_scope {
 public:
  turn_scope(const cell& who, std::uint64_t limit) noexcept
      : page_(this_page), who_(page_.who.load(std::memory_order_relaxed)),
        what_(page_.what.load(std::memory_order_relaxed)),
        trace_(page_.trace.load(std::memory_order_relaxed)) {
    page_.what.store(nullptr, std::memory_order_relaxed);
    page_.who.store(&who, std::memory_order_relaxed);
    page_.limit.store(limit, std::memory_order_relaxed);
    if (!page_.listed) [[unlikely]]
      thread_pages::list_this();
  }
  turn_scope(const turn_scope&) = delete;
  turn_scope& operator=(const turn_scope&) = delete;
  ~turn_scope() {
    page_.what.store(what_, std::memory_order_relaxed);
    page_.who.store(who_, std::memory_order_relaxed);
    page_.trace.store(trace_, std::memory_order_relaxed);
  }

 private:
  thread_page& page_;
  const cell* const who_;
  const message_kind* const what_;
  const std::uint64_t trace_;
};

/// Says why what is destroyed here goes, to the questions that it holds.
class ending_scope {
 public:
  explicit ending_scope(bool failed) noexcept
      : before_(std::exchange(this_page.why, failed ? ending::failed : ending::stopped)) {}
  ending_scope(const ending_scope&) = delete;
  ending_scope& operator=(const ending_scope&) = delete;
  ~ending_scope() { this_page.why = before_; }

 private:
  const ending before_;
};

// Only the reader writes the counters, so a load and a store are enough.
void add(std::atomic<std::uint64_t>& to, std::uint64_t what) noexcept {
  to.store(to.load(std::memory_order_relaxed) + what, std::memory_order_relaxed);
}

}  // namespace

cell::cell(scheduler& by, cell_options options, watch watcher)
    : box_(options.bound, true), by_(by), slow_after_(ticks::from_time(options.slow_after)),
      name_(std::move(options.name)), worker_(options.worker), watcher_(std::move(watcher)) {
  const cell* const maker = this_page.who.load(std::memory_order_relaxed);
  if (maker != nullptr) set_parent(maker->id());
  registry::enter(*this);
}

// An actor that nobody can reach any more ends without a last turn.
cell::~cell() {
  registry::leave(*this);
  if (ended_) return;
  {
    const ending_scope why(false);
    box_.abandon();
    owned_.reset();
  }
  for (const watcher_entry& each : watchers_) tell_watcher(each, {name_, false, {}, id()});
}

void cell::settle(void* object, std::unique_ptr<actor_base> owned) {
  object_ = object;
  owned_ = std::move(owned);
  state_.store(actor_state::running, std::memory_order_relaxed);
  if (!box_.rest_if_empty()) by_.ready(cell_ptr(this));
}

void cell::give_up() noexcept {
  watcher_ = nullptr;
  end(true, "never started");
}

void cell::stop() {
  if (stopping_.exchange(true, std::memory_order_acq_rel)) return;
  auto ask = [this] {
    if (owned_) owned_->on_stop();
  };
  // Refused only when the actor is gone already.
  (void)post(errand<decltype(ask)>::write(std::move(ask)));
}

void cell::kill() {
  auto say = [this] { verdict_ = verdict::kill; };
  auto letter = errand<decltype(say)>::write(std::move(say), life());
  (void)push_first(letter);
}

void cell::retire(std::uint32_t life) {
  auto say = [this] {
    if (owned_ && owned_->on_retire()) end_life();
  };
  auto letter = errand<decltype(say)>::write(std::move(say), life);
  (void)push_first(letter);
}

bool cell::turn(std::uint32_t budget, std::uint64_t now) {
  const turn_scope scope(*this, slow_after_);
  std::uint64_t begin = now;
  this_page.since.store(now, std::memory_order_relaxed);
  std::string reason;
  try {
    return read(budget, begin);
  } catch (const std::exception& e) {
    reason = e.what();
  } catch (...) {
    reason = "an exception of unknown type";
  }
  finish(begin);
  fall(true, std::move(reason));
  return false;
}

bool cell::read(std::uint32_t budget, std::uint64_t& begin) {
  thread_page& page = this_page;
  for (; budget > 0; --budget) {
    mailbox::rest how{};
    envelope* const letter = box_.read_or_rest(how);
    if (letter == nullptr) {
      if (how == mailbox::rest::shut) {
        fall(false, {});
      } else if (wanted_.load(std::memory_order_seq_cst) > 0) {
        // Another thread may own the actor by now; the waiting room has a lock of its own.
        admit_waiting();
      }
      return false;
    }
    if (wanted_.load(std::memory_order_relaxed) > 0) [[unlikely]] {
      box_.publish();
      admit_waiting();
    }
    const message_kind* const kind = letter->kind;
    if (letter->life != 0 && letter->life != life()) [[unlikely]] {
      kind->drop(letter);
      continue;
    }
    oldest_.store(letter->stamp, std::memory_order_relaxed);
    page.trace.store(letter->trace, std::memory_order_relaxed);
    page.what.store(kind, std::memory_order_relaxed);
    kind->open(letter, object_);
    finish(begin);
    if (verdict_ != verdict::none) [[unlikely]]
      return obey();
  }
  box_.publish();
  return true;
}

// Before the mailbox can rest: after that another thread may own this actor.
void cell::finish(std::uint64_t& begin) noexcept {
  thread_page& page = this_page;
  const std::uint64_t end = ticks::now();
  const std::uint64_t took = end - begin;
  add(messages_, 1);
  add(busy_, took);
  if (took > slow_after_) [[unlikely]]
    report(took);
  begin = end;
  page.since.store(end, std::memory_order_release);
}

void cell::report(std::uint64_t took) noexcept {
  add(slow_, 1);
  const message_kind* const what = this_page.what.load(std::memory_order_relaxed);
  if (!by_.slow() || what == nullptr) return;
  by_.slow()({.actor = name_,
              .message = what->name,
              .trace = current_trace(),
              .took = ticks::to_time(took),
              .runs = false});
}

bool cell::obey() {
  const bool killed = std::exchange(verdict_, verdict::none) == verdict::kill;
  if (killed) box_.empty_out();
  fall(killed, killed ? "killed" : "");
  return false;
}

void cell::fall(bool failed, std::string reason) noexcept {
  if (!keeper_) return end(failed, std::move(reason));
  state_.store(actor_state::vacant, std::memory_order_relaxed);
  {
    const ending_scope why(failed);
    object_ = nullptr;
    owned_.reset();
  }
  life_.store(life() + 1, std::memory_order_relaxed);
  // From here on the cell is whoever's the keeper gives it to.
  keeper_(vacant_cell(cell_ptr(this), failed, std::move(reason)));
}

void cell::end(bool failed, std::string reason) noexcept {
  // Letters that wait die with their reply_to, which answers each ask; then the actor; then those who watch
  // hear of it.
  {
    const ending_scope why(failed);
    box_.abandon();
    object_ = nullptr;
    owned_.reset();
  }
  const terminated how{name_, failed, std::move(reason), id()};
  std::vector<watcher_entry> told_of_it;
  {
    const std::lock_guard guard(side_);
    state_.store(actor_state::ended, std::memory_order_relaxed);
    ended_ = std::make_unique<terminated>(how);
    told_of_it.swap(watchers_);
  }
  for (const watcher_entry& each : told_of_it) tell_watcher(each, how);
  admit_waiting();
  if (const watch watcher = std::exchange(watcher_, nullptr)) watcher(how);
}

void cell::revive(void* object, std::unique_ptr<actor_base> owned) {
  box_.reopen();
  stopping_.store(false, std::memory_order_relaxed);
  verdict_ = verdict::none;
  settle(object, std::move(owned));
}

void cell::tell_watcher(const watcher_entry& whom, terminated how) {
  envelope_ptr letter = whom.write(std::move(how));
  letter->counted = false;
  (void)whom.who->post(std::move(letter));
}

void cell::add_watcher(cell_ptr watcher, letter_writer write) {
  const watcher_entry entry{std::move(watcher), write};
  {
    const std::lock_guard guard(side_);
    if (!ended_) {
      // Watchers that have ended are forgotten now and then, so that a long life does not collect them.
      if (watchers_.size() >= prune_at_) {
        std::erase_if(watchers_, [](const watcher_entry& e) { return e.who->state() == actor_state::ended; });
        prune_at_ = 2 * watchers_.size() + 8;
      }
      watchers_.push_back(entry);
      return;
    }
  }
  tell_watcher(entry, *ended_);  // written once, before it could be seen
}

void cell::remove_watcher(const cell& watcher) {
  const std::lock_guard guard(side_);
  std::erase_if(watchers_, [&watcher](const watcher_entry& e) { return e.who.get() == &watcher; });
}

void cell::push_when_room(std::shared_ptr<waiting_letter> waiting) {
  {
    const std::lock_guard guard(side_);
    waiting_.enter(std::move(waiting));
    // Either the push below sees the room, or the reader that makes it sees this.
    wanted_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_seq_cst);
  }
  admit_waiting();
}

bool cell::give_up(waiting_letter& waiting) {
  const std::lock_guard guard(side_);
  const bool waited = waiting_.leave(waiting);
  wanted_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_seq_cst);
  return waited;
}

void cell::admit_waiting() {
  for (;;) {
    std::shared_ptr<waiting_letter> who;
    told answer{};
    {
      const std::lock_guard guard(side_);
      if (waiting_.first() == nullptr) return;
      envelope_ptr& letter = waiting_.first()->letter();
      bool wake = false;
      const std::uint64_t stamp = letter->stamp;
      answer = box_.push(letter.get(), wake);
      if (answer == told::full) return;
      who = waiting_.take_first();
      wanted_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_seq_cst);
      if (answer == told::accepted) took(letter, wake, stamp);
    }
    who->settled(answer == told::accepted ? boost::system::error_code{} : make_error_code(errc::closed));
  }
}

actor_counters cell::counters() const noexcept {
  const std::uint64_t oldest = oldest_.load(std::memory_order_relaxed);
  const std::uint64_t now = ticks::now();
  const bool none = box_.resting() || oldest >= now;
  return {.messages = messages_.load(std::memory_order_relaxed),
          .slow = slow_.load(std::memory_order_relaxed),
          .busy = ticks::to_time(busy_.load(std::memory_order_relaxed)),
          .waiting = box_.waiting(),
          .oldest = none ? std::chrono::nanoseconds{} : ticks::to_time(now - oldest),
          .restarts = restarts_.load(std::memory_order_relaxed)};
}

vacant_cell::vacant_cell(cell_ptr which, bool failed, std::string reason) noexcept
    : which_(std::move(which)), failed_(failed), reason_(std::move(reason)) {}

vacant_cell& vacant_cell::operator=(vacant_cell&& other) noexcept {
  if (this != &other) {
    end();
    which_ = std::move(other.which_);
    failed_ = other.failed_;
    reason_ = std::move(other.reason_);
  }
  return *this;
}

vacant_cell vacant_cell::make(scheduler& by, cell_options options) {
  return {cell_ptr(new cell(by, std::move(options))), false, {}};
}

void vacant_cell::empty_out() noexcept {
  const ending_scope why(true);
  which_->box_.empty_out();
}

void vacant_cell::revive(void* object, std::unique_ptr<actor_base> owned) {
  const cell_ptr which = std::move(which_);
  if (which->life() > 1) which->restarts_.fetch_add(1, std::memory_order_relaxed);
  which->revive(object, std::move(owned));
}

void vacant_cell::end() noexcept {
  if (const cell_ptr which = std::move(which_)) which->end(failed_, std::move(reason_));
}

}  // namespace hawser::runtime
