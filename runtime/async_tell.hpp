/// Telling an actor whose mailbox is full: the sender waits for room instead of trying again.
#pragma once

#include "runtime/address.hpp"
#include "runtime/clock.hpp"
#include "runtime/error.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace hawser::runtime {

namespace detail {

template <class Handler, class Executor>
class sender_that_waits final : public waiting_letter {
 public:
  sender_that_waits(envelope_ptr letter, Handler&& handler, Executor fallback)
      : waiting_letter(std::move(letter)), handler_(std::move(handler)),
        executor_(boost::asio::get_associated_executor(handler_, fallback)) {}

  void settled(boost::system::error_code error) noexcept override {
    if (done_.exchange(true, std::memory_order_acq_rel)) return;
    deadline_.cancel();
    complete(error);
  }

  // The deadline's own call: it may come while keep() is still at work, so it leaves the timer alone.
  void expire(cell& whom) {
    if (whom.give_up(*this) && !done_.exchange(true, std::memory_order_acq_rel))
      complete(make_error_code(errc::late));
  }

  void keep(timer deadline) { deadline_ = std::move(deadline); }

 private:
  void complete(boost::system::error_code error) noexcept {
    const trace_scope told_under(trace_);
    boost::asio::post(executor_,
                      [handler = std::move(handler_), error]() mutable { std::move(handler)(error); });
  }

  const std::uint64_t trace_ = current_trace();
  std::atomic<bool> done_{false};
  timer deadline_;
  Handler handler_;
  boost::asio::associated_executor_t<Handler, Executor> executor_;
};

}  // namespace detail

/// Sends `m` when there is room and all who waited before have sent theirs; completes with (error_code) on
/// the handler's associated executor, or `fallback`: success when the letter is in the mailbox, errc::late
/// when there was no room in time, errc::closed when the actor stopped first. While somebody waits, tell()
/// answers full. Any thread.
template <class Message, class... Messages, class Executor, class Token>
auto async_tell(const address<Messages...>& whom, Message m, clock& time, duration within,
                const Executor& fallback, Token&& token) {
  return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
      [](auto handler, address<Messages...> to, Message message, clock* when, duration wait,
         Executor otherwise) {
        using state = detail::sender_that_waits<decltype(handler), Executor>;
        auto waits = std::make_shared<state>(to ? to.write(std::move(message)) : envelope_ptr(),
                                             std::move(handler), otherwise);
        if (!to) return waits->settled(make_error_code(errc::closed));
        // Armed before the letter is in line, because its turn may come on another thread at once.
        waits->keep(when->call_after(wait, [late = std::weak_ptr(waits), where = to.where()] {
          if (const auto still = late.lock()) still->expire(*where);
        }));
        to.where()->push_when_room(waits);
      },
      token, whom, std::move(m), &time, within, fallback);
}

}  // namespace hawser::runtime
