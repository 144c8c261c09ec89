/// The kernels for devices, inside the library.
#pragma once

#include <cstddef>
#include <span>

namespace hawser::gpu {

/// What gpu/compile_kernels.sh made; empty where there was no nvcc when the library was built.
[[nodiscard]] std::span<const std::byte> kernel_image() noexcept;

}  // namespace hawser::gpu
