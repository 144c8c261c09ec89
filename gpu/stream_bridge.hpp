/// From the streams of a device to Asio's completion handlers: one thread a device that asks events, and
/// nobody else who waits.
#pragma once

#include "gpu/cuda_runtime.hpp"
#include "gpu/stream_wait.hpp"
#include "gpu/wait_plan.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hawser::gpu {

struct bridge_options {
  std::chrono::microseconds spin{50};  ///< events are asked without a pause for so long after the last news
  std::chrono::microseconds nap{50};   ///< between two questions after that
  std::chrono::nanoseconds patience = std::chrono::seconds(60);  ///< the deadline of a wait that names none
  std::chrono::nanoseconds closing = std::chrono::seconds(5);    ///< of the destructor's close()
  std::size_t events = 16;  ///< made at the beginning; more are made when they are needed
  std::function<time_point()> now = [] { return std::chrono::steady_clock::now(); };
};

/// Any thread may call its members. See stream_waiting.hpp for async_wait.
class stream_bridge {
 public:
  /// The table must outlive it.
  stream_bridge(const cuda_runtime& calls, int device, bridge_options options = {});
  /// close(options.closing).
  ~stream_bridge();
  stream_bridge(const stream_bridge&) = delete;
  stream_bridge& operator=(const stream_bridge&) = delete;

  /// Finishes `what` when the work that its stream has been given so far is done, or as soon as that can no
  /// longer happen. Makes the device the calling thread's.
  void begin(std::shared_ptr<stream_wait> what);

  /// Ends pending waits with operation_aborted, refuses new ones likewise, and gives the device so long to
  /// come past what is pending. False when it did not: then the buffers of those waits are never freed,
  /// because the device may still write to them. Blocks; not for a strand.
  bool close(std::chrono::nanoseconds patience);

  [[nodiscard]] time_point deadline_after(std::chrono::nanoseconds patience) const {
    return options_.now() + (patience.count() == 0 ? options_.patience : patience);
  }
  /// Waits whose events have not fired, cancelled ones too.
  [[nodiscard]] std::size_t pending() const;
  /// The error that broke the device, or none.
  [[nodiscard]] cuda_error broken() const;

 private:
  struct news {
    bool closing = false;
    bool drained = false;
    bool out_of_time = false;
  };

  [[nodiscard]] cuda_error take_event(event_handle& event);
  [[nodiscard]] cuda_error record(stream_wait& what);
  [[nodiscard]] news take_news(wait_plan& plan);
  void serve();
  bool settle(wait_plan& plan);
  void rest();
  void leave(wait_plan& plan);

  const cuda_runtime& calls_;
  const int device_;
  const bridge_options options_;

  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<stream_wait>> incoming_;
  std::vector<event_handle> events_;  // that are free
  std::size_t pending_ = 0;
  cuda_error broken_ = cuda_error::none;
  bool closed_ = false;
  bool drained_ = true;
  bool over_ = false;
  time_point last_moment_{};
  std::thread thread_;
};

}  // namespace hawser::gpu
