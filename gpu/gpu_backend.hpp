/// A device as a backend: weights as the file holds them, paged keys and values, steps given to its streams.
#pragma once

#include "gpu/cuda_runtime.hpp"
#include "model/backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/error.hpp"
#include "model/gguf.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace hawser::gpu {

struct gpu_options {
  int device = 0;
  bool reset = false;  ///< the backend before it broke the device, and is gone: its context is made anew
  std::uint32_t seats = 32;
  std::uint32_t step_tokens = 512;  ///< at least `seats`
  std::uint32_t context = 0;        ///< 0: the model's, lowered to what the memory for keys and values holds
  std::uint32_t page_tokens = 32;   ///< 16, 32 or 64
  std::size_t kv_bytes = 0;         ///< for keys and values; 0: as much as there is room for
  double memory = 0.9;              ///< share of the device's free memory that may be taken, (0, 1]
  std::size_t load_block = std::size_t{16} << 20;                ///< bytes of weights that are copied at once
  std::chrono::nanoseconds patience = std::chrono::seconds(60);  ///< of one step: later, the device is lost
  std::function<void(std::size_t done, std::size_t all)> progress = [](std::size_t, std::size_t) {};
  /// One sentence, with the numbers, when there is less memory than was wanted.
  std::function<void(const std::string& sentence)> warn = [](const std::string&) {};
};

/// Loads the weights and blocks until they are there. `code` holds the kernels. The table of calls must
/// outlive the backend. Errors: what the file lacks; an option out of its range; over_limit, with the
/// numbers, for memory that the device does not have; unsupported for a device that fails or has no kernels.
[[nodiscard]] model::result<std::unique_ptr<model::backend>>
make_gpu_backend(const cuda_runtime& calls, std::span<const std::byte> code,
                 std::shared_ptr<const model::gguf_file> file, const model::decoder_spec& spec,
                 const gpu_options& options);

}  // namespace hawser::gpu
