/// Weights to a device: block by block through two pinned buffers, one filled while the other is copied.
#pragma once

#include "gpu/stream_waiting.hpp"
#include "gpu/weight_slice.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hawser::gpu {

struct weight_loading {
  const cuda_runtime* calls = nullptr;
  int device = 0;
  device_stream stream;                       ///< of copies to the device
  std::size_t block = std::size_t{16} << 20;  ///< bytes of a pinned buffer, more than 0
  std::function<void(std::size_t done, std::size_t all)> progress = [](std::size_t, std::size_t) {};
};

struct loaded_weights {
  std::vector<std::shared_ptr<std::byte>> memory;  ///< of each slice, in their order; empty after an error
  boost::system::error_code error;
  std::string trouble;  ///< a sentence for people when there is an error
};

/// Cancellation ends it with operation_aborted at once; memory is freed when the device has come past it.
/// Reads the slices on the executor it runs on, which should be no actor's: a mapped file may have to be
/// read. The table must outlive what it answers.
[[nodiscard]] boost::asio::awaitable<loaded_weights> load_weights(weight_loading how,
                                                                  std::vector<weight_slice> slices);

}  // namespace hawser::gpu
