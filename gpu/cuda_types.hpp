/// The few types and numbers of CUDA's C interface that hawser uses, so that nothing of it is needed to
/// build. cuda_types_check.cpp holds each of them against the toolkit's own headers where there are any.
#pragma once

#include <cstdint>

namespace hawser::gpu {

struct stream_object;
struct event_object;
struct kernel_library_object;
struct kernel_object;
struct graph_object;
struct graph_program_object;

using stream_handle = stream_object*;
using event_handle = event_object*;
using kernel_library_handle = kernel_library_object*;
using kernel_handle = kernel_object*;
using graph_handle = graph_object*;
using graph_program_handle = graph_program_object*;  ///< a graph made ready to launch

/// cudaError_t. Numbers that are not named here occur, too.
enum class cuda_error : int {
  none = 0,
  invalid_value = 1,
  out_of_memory = 2,
  insufficient_driver = 35,  ///< the driver is older than the runtime, or there is none
  no_device = 100,
  invalid_device = 101,
  no_kernel_image = 209,  ///< the library holds no code for this device
  uncorrectable_ecc = 214,
  nvlink_uncorrectable = 220,
  contained = 226,
  symbol_not_found = 500,
  not_ready = 600,
  illegal_address = 700,
  launch_timeout = 702,
  assert_failed = 710,
  hardware_stack = 714,
  illegal_instruction = 715,
  misaligned_address = 716,
  invalid_address_space = 717,
  invalid_program_counter = 718,
  launch_failure = 719,
  tensor_memory_leak = 721,
  not_permitted = 800,
  system_driver_mismatch = 803,
  capture_unsupported = 900,
  external_device = 911,
};

/// cudaMemcpyKind.
enum class copy_direction : int { host_to_device = 1, device_to_host = 2, device_to_device = 3 };

/// cudaDeviceAttr.
enum class device_attribute : int {
  warp_size = 10,
  multiprocessors = 16,
  compute_major = 75,
  compute_minor = 76,
  most_shared_memory = 97,  ///< of one block, when a kernel asks for it, in bytes
};

/// cudaFuncAttribute.
enum class kernel_attribute : int { most_dynamic_shared_memory = 8 };

/// dim3.
struct extent {
  std::uint32_t x = 1;
  std::uint32_t y = 1;
  std::uint32_t z = 1;
};

inline constexpr unsigned stream_non_blocking = 1;  ///< does not wait for the legacy stream
inline constexpr unsigned event_without_timing = 2;
inline constexpr int capture_thread_local = 1;

/// After one of these, every later call on the device answers the same: its context is lost with all memory.
[[nodiscard]] constexpr bool is_sticky(cuda_error e) noexcept {
  switch (e) {
  case cuda_error::uncorrectable_ecc:
  case cuda_error::nvlink_uncorrectable:
  case cuda_error::contained:
  case cuda_error::illegal_address:
  case cuda_error::launch_timeout:
  case cuda_error::assert_failed:
  case cuda_error::hardware_stack:
  case cuda_error::illegal_instruction:
  case cuda_error::misaligned_address:
  case cuda_error::invalid_address_space:
  case cuda_error::invalid_program_counter:
  case cuda_error::launch_failure:
  case cuda_error::tensor_memory_leak:
  case cuda_error::external_device:
    return true;
  default:
    return false;
  }
}

}  // namespace hawser::gpu
