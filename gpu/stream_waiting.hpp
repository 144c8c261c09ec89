/// async_wait: a completion handler, a coroutine, a future or any other token for "the stream has done what
/// it was given".
///
/// 1. Nothing completes inline: handlers are posted to their associated executor (by default the stream's).
/// 2. Both that executor and the stream's have outstanding work until the handler has run.
///    An io_context must outlive the bridge: the thread that posts its last handler may still be in it.
/// 3. Cancellation completes with operation_aborted at once; `keep` is let go only when the device has come
/// past.
/// 4. A deadline completes with errc::late; `keep` likewise.
/// 5. The handler is allocated with its associated allocator, which has its memory back before the handler
/// runs.
#pragma once

#include "gpu/stream_bridge.hpp"
#include "gpu/stream_wait.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace hawser::gpu {

/// A stream, its device's bridge and the executor of those who wait for it. A handle: may be copied, owns
/// nothing.
struct device_stream {
  boost::asio::any_io_executor executor;
  stream_bridge* bridge = nullptr;
  stream_handle handle = nullptr;
};

struct wait_terms {
  std::shared_ptr<const void> keep = nullptr;  ///< what the device touches until then
  std::chrono::nanoseconds patience{0};        ///< 0: the bridge's
};

namespace detail {

namespace asio = boost::asio;

template <class Handler>
class bound_handler final : public waiting_handler {
 public:
  using executor_type = asio::associated_executor_t<Handler, asio::any_io_executor>;
  using allocator_type = typename std::allocator_traits<
      asio::associated_allocator_t<Handler>>::template rebind_alloc<bound_handler>;
  using allocator_traits = std::allocator_traits<allocator_type>;

  [[nodiscard]] static bound_handler& make(Handler handler, const asio::any_io_executor& io) {
    allocator_type allocator(asio::get_associated_allocator(handler));
    bound_handler* const made = allocator_traits::allocate(allocator, 1);
    return *::new (static_cast<void*>(made)) bound_handler(std::move(handler), io);
  }

  void complete(boost::system::error_code error) noexcept override {
    allocator_type allocator(asio::get_associated_allocator(handler_));
    bound_handler mine(std::move(*this));
    this->~bound_handler();
    allocator_traits::deallocate(allocator, this, 1);
    const executor_type executor = mine.work_.get_executor();
    asio::post(executor, asio::bind_allocator(allocator, [mine = std::move(mine), error]() mutable {
                 auto slot = asio::get_associated_cancellation_slot(mine.handler_);
                 if (slot.is_connected()) slot.clear();
                 Handler handler(std::move(mine.handler_));
                 std::move(handler)(error);
               }));
  }

  bound_handler(bound_handler&&) noexcept = default;
  ~bound_handler() = default;

 private:
  bound_handler(Handler handler, const asio::any_io_executor& io)
      : handler_(std::move(handler)), work_(asio::get_associated_executor(handler_, io)), io_work_(io) {}

  Handler handler_;
  asio::executor_work_guard<executor_type> work_;
  asio::executor_work_guard<asio::any_io_executor> io_work_;
};

struct begin_wait {
  template <class Handler>
  void operator()(Handler handler, device_stream stream, wait_terms terms) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto& bound = bound_handler<Handler>::make(std::move(handler), stream.executor);
    auto wait = std::make_shared<stream_wait>(bound, stream.handle, std::move(terms.keep),
                                              stream.bridge->deadline_after(terms.patience));
    if (slot.is_connected()) {
      slot.assign([wait](asio::cancellation_type type) {
        if (type != asio::cancellation_type::none) wait->finish(asio::error::operation_aborted);
      });
    }
    stream.bridge->begin(std::move(wait));
  }
};

}  // namespace detail

/// Completes with `void(error_code)` when the work given to the stream so far is done: no error, the device's
/// error (cuda_category), errc::late, or operation_aborted.
template <boost::asio::completion_token_for<void(boost::system::error_code)> Token>
auto async_wait(device_stream stream, wait_terms terms, Token&& token) {
  return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
      detail::begin_wait{}, token, std::move(stream), std::move(terms));
}

template <boost::asio::completion_token_for<void(boost::system::error_code)> Token>
auto async_wait(device_stream stream, Token&& token) {
  return async_wait(std::move(stream), wait_terms{}, std::forward<Token>(token));
}

}  // namespace hawser::gpu
