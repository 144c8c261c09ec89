// Compiled where the toolkit's headers are: our few types and numbers are theirs.
#include "gpu/cuda_runtime.hpp"

#include <cuda_runtime_api.h>

#include <cstddef>
#include <tuple>
#include <type_traits>

namespace hawser::gpu {
namespace {

template <class Ours, class Theirs>
constexpr bool equal(Ours ours, Theirs theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}

static_assert(equal(cuda_error::invalid_value, cudaErrorInvalidValue));
static_assert(equal(cuda_error::out_of_memory, cudaErrorMemoryAllocation));
static_assert(equal(cuda_error::insufficient_driver, cudaErrorInsufficientDriver));
static_assert(equal(cuda_error::no_device, cudaErrorNoDevice));
static_assert(equal(cuda_error::invalid_device, cudaErrorInvalidDevice));
static_assert(equal(cuda_error::no_kernel_image, cudaErrorNoKernelImageForDevice));
static_assert(equal(cuda_error::uncorrectable_ecc, cudaErrorECCUncorrectable));
static_assert(equal(cuda_error::nvlink_uncorrectable, cudaErrorNvlinkUncorrectable));
static_assert(equal(cuda_error::contained, cudaErrorContained));
static_assert(equal(cuda_error::symbol_not_found, cudaErrorSymbolNotFound));
static_assert(equal(cuda_error::not_ready, cudaErrorNotReady));
static_assert(equal(cuda_error::illegal_address, cudaErrorIllegalAddress));
static_assert(equal(cuda_error::launch_timeout, cudaErrorLaunchTimeout));
static_assert(equal(cuda_error::assert_failed, cudaErrorAssert));
static_assert(equal(cuda_error::hardware_stack, cudaErrorHardwareStackError));
static_assert(equal(cuda_error::illegal_instruction, cudaErrorIllegalInstruction));
static_assert(equal(cuda_error::misaligned_address, cudaErrorMisalignedAddress));
static_assert(equal(cuda_error::invalid_address_space, cudaErrorInvalidAddressSpace));
static_assert(equal(cuda_error::invalid_program_counter, cudaErrorInvalidPc));
static_assert(equal(cuda_error::launch_failure, cudaErrorLaunchFailure));
static_assert(equal(cuda_error::tensor_memory_leak, cudaErrorTensorMemoryLeak));
static_assert(equal(cuda_error::not_permitted, cudaErrorNotPermitted));
static_assert(equal(cuda_error::system_driver_mismatch, cudaErrorSystemDriverMismatch));
static_assert(equal(cuda_error::capture_unsupported, cudaErrorStreamCaptureUnsupported));
static_assert(equal(cuda_error::external_device, cudaErrorExternalDevice));
static_assert(equal(copy_direction::host_to_device, cudaMemcpyHostToDevice));
static_assert(equal(copy_direction::device_to_host, cudaMemcpyDeviceToHost));
static_assert(equal(copy_direction::device_to_device, cudaMemcpyDeviceToDevice));
static_assert(equal(device_attribute::warp_size, cudaDevAttrWarpSize));
static_assert(equal(device_attribute::multiprocessors, cudaDevAttrMultiProcessorCount));
static_assert(equal(device_attribute::compute_major, cudaDevAttrComputeCapabilityMajor));
static_assert(equal(device_attribute::compute_minor, cudaDevAttrComputeCapabilityMinor));
static_assert(equal(device_attribute::most_shared_memory, cudaDevAttrMaxSharedMemoryPerBlockOptin));
static_assert(equal(kernel_attribute::most_dynamic_shared_memory,
                    cudaFuncAttributeMaxDynamicSharedMemorySize));
static_assert(equal(stream_non_blocking, cudaStreamNonBlocking));
static_assert(equal(event_without_timing, cudaEventDisableTiming));
static_assert(equal(capture_thread_local, cudaStreamCaptureModeThreadLocal));
static_assert(sizeof(extent) == sizeof(dim3) && alignof(extent) == alignof(dim3));
static_assert(sizeof(cudaDeviceProp) <= device_properties_bytes && offsetof(cudaDeviceProp, name) == 0);

/// Pointers stand for pointers, and everything else has the size of what it stands for.
template <class Ours, class Theirs>
constexpr bool passed_alike =
    std::is_pointer_v<Ours> == std::is_pointer_v<Theirs> && sizeof(Ours) == sizeof(Theirs);

template <class Ours, class Theirs>
struct called_alike : std::false_type {};
template <class OurAnswer, class... Ours, class TheirAnswer, class... Theirs>
struct called_alike<OurAnswer (*)(Ours...), TheirAnswer(Theirs...)> {
  static constexpr bool count() { return sizeof...(Ours) == sizeof...(Theirs); }
  static constexpr bool value = [] {
    if constexpr (!count())
      return false;
    else
      return passed_alike<OurAnswer, TheirAnswer> && (passed_alike<Ours, Theirs> && ...);
  }();
};

// cudaGetLastError and others are overloaded by no template in the C header, so their types are theirs alone.
#define HAWSER_CUDA_CALL(member, symbol, arguments)                                                          \
  static_assert(called_alike<decltype(cuda_runtime::member), decltype(symbol)>::value, #symbol);
HAWSER_CUDA_CALLS(HAWSER_CUDA_CALL)
#undef HAWSER_CUDA_CALL

}  // namespace
}  // namespace hawser::gpu
