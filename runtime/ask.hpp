/// Questions: a letter that carries the place of its answer.
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

template <class Reply>
class question {
 public:
  virtual ~question() = default;

  // Exactly one of the answer, the deadline and the dropped letter wins.
  void settle(boost::system::error_code error, Reply reply) {
    if (settled_.exchange(true, std::memory_order_acq_rel)) return;
    deadline_.cancel();
    complete(error, std::move(reply));
  }

  // The deadline's own call: it may come while keep() is still at work, so it leaves the timer alone.
  void expire() {
    if (!settled_.exchange(true, std::memory_order_acq_rel)) complete(make_error_code(errc::late), Reply{});
  }
  void keep(timer deadline) { deadline_ = std::move(deadline); }

 private:
  virtual void complete(boost::system::error_code error, Reply reply) = 0;

  std::atomic<bool> settled_{false};
  timer deadline_;
};

template <class Reply, class Handler, class Executor>
class question_to final : public question<Reply> {
 public:
  question_to(Handler&& handler, Executor fallback)
      : handler_(std::move(handler)), executor_(boost::asio::get_associated_executor(handler_, fallback)) {}

 private:
  void complete(boost::system::error_code error, Reply reply) override {
    const trace_scope asked_under(trace_);
    // Never inline: the one who answers must not run the asker's code on its own turn.
    boost::asio::post(executor_, [handler = std::move(handler_), error, reply = std::move(reply)]() mutable {
      std::move(handler)(error, std::move(reply));
    });
  }

  const std::uint64_t trace_ = current_trace();
  Handler handler_;
  boost::asio::associated_executor_t<Handler, Executor> executor_;
};

}  // namespace detail

/// The right and the duty to answer one question: move-only. Dropping it unanswered answers errc::failed, or
/// errc::closed where an actor that held it stops. Any thread.
template <class Reply>
class reply_to {
 public:
  reply_to() = default;

  explicit reply_to(std::shared_ptr<detail::question<Reply>> asked) : asked_(std::move(asked)) {}

  reply_to(reply_to&&) noexcept = default;

  reply_to& operator=(reply_to&& other) noexcept {
    if (this != &other) {
      drop();
      asked_ = std::move(other.asked_);
    }
    return *this;
  }

  ~reply_to() { drop(); }

  void answer(Reply reply) {
    if (const auto asked = std::exchange(asked_, nullptr)) asked->settle({}, std::move(reply));
  }

  void refuse(boost::system::error_code error) {
    if (const auto asked = std::exchange(asked_, nullptr)) asked->settle(error, Reply{});
  }

  explicit operator bool() const noexcept { return asked_ != nullptr; }

 private:
  void drop() noexcept {
    if (asked_) refuse(make_error_code(this_page.why == ending::stopped ? errc::closed : errc::failed));
  }

  std::shared_ptr<detail::question<Reply>> asked_;
};

/// A message that is a question derives from this, or has the same two members: `using reply` and
/// `reply_to<reply> to`.
template <class Reply>
struct asks {
  using reply = Reply;
  reply_to<Reply> to;
};

/// Sends `m` with a place for its answer. Completes with (error_code, Message::reply) on the handler's
/// associated executor, or `fallback` where it has none; errors as in runtime::errc. Reply must be
/// default-constructible and movable.
template <class Message, class... Messages, class Executor, class Token>
auto async_ask(const address<Messages...>& whom, Message m, clock& time, duration within,
               const Executor& fallback, Token&& token) {
  using reply = typename Message::reply;
  return boost::asio::async_initiate<Token, void(boost::system::error_code, reply)>(
      [](auto handler, address<Messages...> to, Message letter, clock* when, duration wait,
         Executor otherwise) {
        using state = detail::question_to<reply, decltype(handler), Executor>;
        std::shared_ptr<detail::question<reply>> asked =
            std::make_shared<state>(std::move(handler), otherwise);
        // Armed before the letter leaves, because the answer may come on another thread at once.
        asked->keep(when->call_after(wait, [late = std::weak_ptr(asked)] {
          if (const auto still = late.lock()) still->expire();
        }));
        letter.to = reply_to<reply>(asked);
        const told sent = to.tell(std::move(letter));
        if (sent != told::accepted) {
          asked->settle(make_error_code(sent == told::full ? errc::full : errc::closed), reply{});
        }
      },
      token, whom, std::move(m), &time, within, fallback);
}

}  // namespace hawser::runtime
