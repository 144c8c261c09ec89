/// One wait for a stream, from its start until the device has come past its event.
#pragma once

#include "gpu/cuda_types.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

namespace hawser::gpu {

/// Somebody's completion handler. complete() is called once, from any thread; it posts the handler to its
/// executor, never runs it inline, and frees this object.
class waiting_handler {
 public:
  virtual void complete(boost::system::error_code error) noexcept = 0;

 protected:
  ~waiting_handler() = default;
};

using time_point = std::chrono::steady_clock::time_point;

/// Shared by the completion thread and by who may cancel. Of those that would finish it, exactly one does.
class stream_wait {
 public:
  stream_wait(waiting_handler& handler, stream_handle on, std::shared_ptr<const void> keeping,
              time_point until) noexcept
      : stream(on), deadline(until), keep(std::move(keeping)), handler_(&handler) {}
  ~stream_wait() { finish(boost::asio::error::operation_aborted); }
  stream_wait(const stream_wait&) = delete;
  stream_wait& operator=(const stream_wait&) = delete;

  /// Any thread. Does nothing when it is finished already.
  void finish(boost::system::error_code error) noexcept {
    if (waiting_handler* const mine = handler_.exchange(nullptr, std::memory_order_acq_rel); mine != nullptr)
      mine->complete(error);
  }
  [[nodiscard]] bool finished() const noexcept { return handler_.load(std::memory_order_acquire) == nullptr; }

  const stream_handle stream;
  const time_point deadline;
  // Of the completion thread, once it has the wait.
  event_handle event = nullptr;
  std::shared_ptr<const void> keep;  ///< what the device may still touch

 private:
  std::atomic<waiting_handler*> handler_;
};

}  // namespace hawser::gpu
