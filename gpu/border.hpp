/// What hawser's GPU library shows to the program that loads it. Names of C++ cross this border, so the two
/// must come from one build: `abi` and `build` are compared before anything else of the table is looked at.
#pragma once

#include "gpu/discovery.hpp"
#include "gpu/gpu_backend.hpp"

#include <cstdint>
#include <memory>

namespace hawser::gpu {

/// Raised with every change of what crosses the border.
inline constexpr std::uint32_t border_abi = 3;

struct border {
  std::uint32_t abi;  ///< stays first, for ever
  const char* build;  ///< stays second: version, compiler and flags that change layouts
  /// Any thread. Loads the CUDA runtime at the first call and keeps it.
  device_report (*find)();
  /// A backend on a device that find() listed, as make_gpu_backend with the library's own kernels. Any
  /// thread.
  model::result<std::unique_ptr<model::backend>> (*make)(std::shared_ptr<const model::gguf_file> file,
                                                         const model::decoder_spec& spec,
                                                         const gpu_options& options);
};

/// The library's only symbol: extern "C" const border* hawser_gpu_border().
inline constexpr const char* border_symbol = "hawser_gpu_border";
using border_function = const border* (*)();

/// The build that this translation unit belongs to.
[[nodiscard]] const char* own_build() noexcept;

}  // namespace hawser::gpu
