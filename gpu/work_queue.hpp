/// Work for one stream, with the first error remembered: after it nothing more is given to the device.
#pragma once

#include "gpu/cuda_runtime.hpp"

#include <cstddef>
#include <memory>

namespace hawser::gpu {

/// A kernel and the types of its arguments.
template <class... Parameters>
struct kernel {
  kernel_handle handle = nullptr;
};

/// The argument as it is, without taking part in deduction.
template <class T>
struct exactly {
  using type = T;
};

/// A handle: may be copied, owns nothing.
class work_queue {
 public:
  work_queue(const cuda_runtime& calls, stream_handle stream) : calls_(&calls), stream_(stream) {}

  template <class... Parameters>
  void launch(const kernel<Parameters...>& what, extent grid, unsigned threads,
              typename exactly<Parameters>::type... arguments) {
    if (error_ != cuda_error::none) return;
    void* values[] = {const_cast<void*>(static_cast<const void*>(&arguments))...};
    error_ = calls_->launch(what.handle, grid, {threads, 1, 1}, values, 0, stream_);
  }
  void copy(void* to, const void* from, std::size_t bytes, copy_direction direction) {
    if (error_ == cuda_error::none && bytes != 0) error_ = calls_->copy(to, from, bytes, direction, stream_);
  }
  /// The event stands for all that this queue was given so far.
  void record(event_handle event) {
    if (error_ == cuda_error::none) error_ = calls_->record_event(event, stream_);
  }
  /// What comes now begins after the event.
  void after(event_handle event) {
    if (error_ == cuda_error::none) error_ = calls_->wait_event(stream_, event, 0);
  }

  [[nodiscard]] stream_handle stream() const noexcept { return stream_; }
  [[nodiscard]] cuda_error error() const noexcept { return error_; }

 private:
  const cuda_runtime* calls_;
  stream_handle stream_;
  cuda_error error_ = cuda_error::none;
};

/// Memory of the device, or pinned memory of the host, given back with its last owner. Null with `error` set
/// when there is none.
[[nodiscard]] inline std::shared_ptr<std::byte> take_memory(const cuda_runtime& calls, std::size_t bytes,
                                                            bool pinned, cuda_error& error) {
  if (error != cuda_error::none) return nullptr;
  void* made = nullptr;
  error = pinned ? calls.allocate_pinned(&made, bytes, 0) : calls.allocate(&made, bytes);
  if (error != cuda_error::none) return nullptr;
  return {static_cast<std::byte*>(made),
          [release = pinned ? calls.release_pinned : calls.release](std::byte* mine) { release(mine); }};
}

}  // namespace hawser::gpu
