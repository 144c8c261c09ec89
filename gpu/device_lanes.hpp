/// A device's three streams, the events between them and the bridge back from them.
#pragma once

#include "gpu/stream_waiting.hpp"
#include "gpu/work_queue.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>

namespace hawser::gpu {

class device_lanes {
 public:
  /// error() says whether the streams are there.
  device_lanes(const cuda_runtime& calls, int device, std::chrono::nanoseconds patience)
      : calls_(calls), device_(device) {
    error_ = calls.set_device(device);
    for (stream_handle* stream : {&copy_in, &compute, &copy_out})
      if (error_ == cuda_error::none) error_ = calls.create_stream(stream, stream_non_blocking);
    for (event_handle* event : {&arrived, &computed})
      if (error_ == cuda_error::none) error_ = calls.create_event(event, event_without_timing);
    if (error_ == cuda_error::none) bridge.emplace(calls, device, bridge_options{.patience = patience});
  }

  /// Nobody may use it any more. What a device that hangs may still touch is never given back.
  ~device_lanes() {
    constexpr auto closing = std::chrono::seconds(5);
    if (bridge && !bridge->close(closing)) return;
    bridge.reset();
    for (const event_handle event : {arrived, computed})
      if (event != nullptr) calls_.destroy_event(event);
    for (const stream_handle stream : {copy_in, compute, copy_out})
      if (stream != nullptr) calls_.destroy_stream(stream);
  }
  device_lanes(const device_lanes&) = delete;
  device_lanes& operator=(const device_lanes&) = delete;

  [[nodiscard]] cuda_error error() const noexcept { return error_; }
  [[nodiscard]] const cuda_runtime& calls() const noexcept { return calls_; }
  /// The device becomes the calling thread's.
  cuda_error enter() const { return calls_.set_device(device_); }
  [[nodiscard]] device_stream waiting(stream_handle stream) { return {io.get_executor(), &*bridge, stream}; }

  boost::asio::io_context io{1};  // outlives the bridge
  std::optional<stream_bridge> bridge;
  stream_handle copy_in = nullptr;
  stream_handle compute = nullptr;
  stream_handle copy_out = nullptr;
  event_handle arrived = nullptr;   // what the step reads is on the device
  event_handle computed = nullptr;  // what the host reads may be copied

 private:
  const cuda_runtime& calls_;
  int device_;
  cuda_error error_ = cuda_error::none;
};

}  // namespace hawser::gpu
