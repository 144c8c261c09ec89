/// Actors: objects that only ever run on their own strand, reached by letters.
///
///   struct count { int by; };
///   class counter : public runtime::actor<counter, count> {
///    public:
///     using actor::actor;
///     void on(count m) { total_ += m.by; }
///    private:
///     int total_ = 0;
///   };
///   auto where = runtime::spawn<counter>(scheduler, {.name = "counter"});
///   where.tell(count{1});
#pragma once

#include "runtime/actor_executor.hpp"
#include "runtime/address.hpp"
#include "runtime/ask.hpp"
#include "runtime/async_tell.hpp"
#include "runtime/cell.hpp"
#include "runtime/clock.hpp"
#include "runtime/scheduler.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace hawser::runtime {

struct spawn_options {
  std::string name{};
  std::uint32_t mailbox = 1024;  ///< letters that may wait
  std::chrono::nanoseconds slow_handler = std::chrono::milliseconds(10);
  std::uint32_t worker = any_worker;  ///< of the scheduler, to run on that one alone
  /// Called once when the actor has ended, on the thread of its last turn: it may only post or tell.
  cell::watch watcher{};
};

/// What an actor's constructor gets and hands on to its base.
class home {
 public:
  explicit home(cell& at) noexcept : at_(&at) {}

  [[nodiscard]] cell& at() const noexcept { return *at_; }

 private:
  cell* at_;
};

/// Derived has `void on(M)` for each M of Messages. Handlers may throw: the actor has then failed, its
/// letters are dropped (asks are answered with an error), the object is destroyed and its watcher told.
template <class Derived, class... Messages>
class actor : public actor_base {
 public:
  using address_type = address<Messages...>;

  explicit actor(home where) noexcept : cell_(&where.at()) {}

  actor(const actor&) = delete;
  actor& operator=(const actor&) = delete;

  void on_stop() override { close(); }

 protected:
  [[nodiscard]] address_type self() const noexcept {
    return address_type::template of<Derived>(cell_ptr(cell_));
  }

  [[nodiscard]] const std::string& name() const noexcept { return cell_->name(); }

  [[nodiscard]] clock& time() const noexcept { return cell_->by().time(); }

  [[nodiscard]] scheduler& by() const noexcept { return cell_->by(); }

  /// Completions bound to it run on this actor's turns. Never keep a raw `this` in one beyond close(): it is
  /// dropped unrun then.
  [[nodiscard]] actor_executor executor() const noexcept { return actor_executor(cell_ptr(cell_)); }

  /// No more letters; the actor is destroyed when those that it has are handled.
  void close() noexcept { cell_->close(); }

  /// Under a supervisor: this life ends after this handler, in an orderly way; the address stays open.
  void end_life() noexcept { cell_->end_life(); }

  /// Runs `what` on this actor's turn after `wait`; dropping the timer cancels it (unless it is already
  /// waiting for its turn).
  template <class Function>
  [[nodiscard]] timer after(duration wait, Function what) const {
    return time().call_after(wait, [where = cell_ptr(cell_), life = cell_->life(), trace = current_trace(),
                                    run = std::move(what)]() mutable {
      const trace_scope set_under(trace);
      (void)where->post(errand<Function>::write(std::move(run), life));
    });
  }

  /// Asks; the answer, (error_code, reply), goes to `token`: a function runs on this actor's turn, and
  /// asio::use_awaitable and the other tokens of Asio do what they do.
  template <class Message, class... Others, class Token>
  auto ask(const address<Others...>& whom, Message m, duration within, Token&& token) const {
    return async_ask(whom, std::move(m), time(), within, executor(), std::forward<Token>(token));
  }

  /// Sends `m` as soon as `whom` has room; the outcome, (error_code), goes to `token` as ask()'s does.
  template <class Message, class... Others, class Token>
  auto tell_when_room(const address<Others...>& whom, Message m, duration within, Token&& token) const {
    return async_tell(whom, std::move(m), time(), within, executor(), std::forward<Token>(token));
  }

  /// Has this actor told `terminated` when `whom` ends, or at once; it must take that message.
  template <class... Others>
  void watch(const address<Others...>& whom) const {
    whom.watch(self());
  }

 private:
  cell* cell_;
};

/// Makes an actor of class Actor from (home, args...). Throws what the constructor throws. Any thread.
template <class Actor, class... Args>
typename Actor::address_type spawn(scheduler& by, spawn_options options, Args&&... args) {
  cell_ptr where(new cell(by,
                          {std::move(options.name), options.mailbox, options.slow_handler, options.worker},
                          std::move(options.watcher)));
  std::unique_ptr<Actor> made;
  try {
    made = std::make_unique<Actor>(home(*where), std::forward<Args>(args)...);
  } catch (...) {
    where->give_up();  // it may have given its address away
    throw;
  }
  void* const object = made.get();
  where->settle(object, std::move(made));
  return Actor::address_type::template of<Actor>(std::move(where));
}

}  // namespace hawser::runtime
