/// The calls of the CUDA runtime that hawser makes, as a table: of the real library when one is found, or of
/// the stand-in that tests use.
///
/// There is no call in it that waits for the device: completions come back through stream_bridge.
#pragma once

#include "gpu/cuda_types.hpp"

#include <cstddef>

namespace hawser::gpu {

/// HAWSER_CUDA_CALL(member, name in libcudart, arguments); each answers a cuda_error.
#define HAWSER_CUDA_CALLS(HAWSER_CUDA_CALL)                                                                  \
  HAWSER_CUDA_CALL(driver_version, cudaDriverGetVersion, (int* version))                                     \
  HAWSER_CUDA_CALL(runtime_version, cudaRuntimeGetVersion, (int* version))                                   \
  HAWSER_CUDA_CALL(device_count, cudaGetDeviceCount, (int* count))                                           \
  HAWSER_CUDA_CALL(device_properties, cudaGetDeviceProperties, (void* properties, int device))               \
  HAWSER_CUDA_CALL(attribute_of, cudaDeviceGetAttribute, (int* value, device_attribute what, int device))    \
  HAWSER_CUDA_CALL(set_device, cudaSetDevice, (int device))                                                  \
  HAWSER_CUDA_CALL(reset_device, cudaDeviceReset, ())                                                        \
  HAWSER_CUDA_CALL(memory_info, cudaMemGetInfo, (std::size_t* free, std::size_t* all))                       \
  HAWSER_CUDA_CALL(last_error, cudaGetLastError, ())                                                         \
  HAWSER_CUDA_CALL(allocate, cudaMalloc, (void** memory, std::size_t bytes))                                 \
  HAWSER_CUDA_CALL(release, cudaFree, (void* memory))                                                        \
  HAWSER_CUDA_CALL(allocate_pinned, cudaHostAlloc, (void** memory, std::size_t bytes, unsigned flags))       \
  HAWSER_CUDA_CALL(release_pinned, cudaFreeHost, (void* memory))                                             \
  HAWSER_CUDA_CALL(create_stream, cudaStreamCreateWithFlags, (stream_handle * stream, unsigned flags))       \
  HAWSER_CUDA_CALL(destroy_stream, cudaStreamDestroy, (stream_handle stream))                                \
  HAWSER_CUDA_CALL(wait_event, cudaStreamWaitEvent,                                                          \
                   (stream_handle stream, event_handle event, unsigned flags))                               \
  HAWSER_CUDA_CALL(create_event, cudaEventCreateWithFlags, (event_handle * event, unsigned flags))           \
  HAWSER_CUDA_CALL(destroy_event, cudaEventDestroy, (event_handle event))                                    \
  HAWSER_CUDA_CALL(record_event, cudaEventRecord, (event_handle event, stream_handle stream))                \
  HAWSER_CUDA_CALL(query_event, cudaEventQuery, (event_handle event))                                        \
  HAWSER_CUDA_CALL(                                                                                          \
      copy, cudaMemcpyAsync,                                                                                 \
      (void* to, const void* from, std::size_t bytes, copy_direction direction, stream_handle stream))       \
  HAWSER_CUDA_CALL(fill, cudaMemsetAsync, (void* to, int byte, std::size_t bytes, stream_handle stream))     \
  HAWSER_CUDA_CALL(load_library, cudaLibraryLoadData,                                                        \
                   (kernel_library_handle * library, const void* code, int* jit_options, void** jit_values,  \
                    unsigned jit_count, int* options, void** values, unsigned count))                        \
  HAWSER_CUDA_CALL(unload_library, cudaLibraryUnload, (kernel_library_handle library))                       \
  HAWSER_CUDA_CALL(find_kernel, cudaLibraryGetKernel,                                                        \
                   (kernel_handle * kernel, kernel_library_handle library, const char* name))                \
  HAWSER_CUDA_CALL(set_kernel_attribute, cudaKernelSetAttributeForDevice,                                    \
                   (kernel_handle kernel, kernel_attribute what, int value, int device))                     \
  HAWSER_CUDA_CALL(launch, cudaLaunchKernel,                                                                 \
                   (kernel_handle kernel, extent grid, extent block, void** arguments,                       \
                    std::size_t shared_bytes, stream_handle stream))                                         \
  HAWSER_CUDA_CALL(begin_capture, cudaStreamBeginCapture, (stream_handle stream, int mode))                  \
  HAWSER_CUDA_CALL(end_capture, cudaStreamEndCapture, (stream_handle stream, graph_handle * graph))          \
  HAWSER_CUDA_CALL(make_program, cudaGraphInstantiate,                                                       \
                   (graph_program_handle * program, graph_handle graph, unsigned long long flags))           \
  HAWSER_CUDA_CALL(destroy_graph, cudaGraphDestroy, (graph_handle graph))                                    \
  HAWSER_CUDA_CALL(destroy_program, cudaGraphExecDestroy, (graph_program_handle program))                    \
  HAWSER_CUDA_CALL(launch_program, cudaGraphLaunch, (graph_program_handle program, stream_handle stream))

/// Every member is set once the table is made. Calls may be made from any thread; the device that set_device
/// chose is the calling thread's.
struct cuda_runtime {
#define HAWSER_CUDA_CALL(member, symbol, arguments) cuda_error(*member) arguments = nullptr;
  HAWSER_CUDA_CALLS(HAWSER_CUDA_CALL)
#undef HAWSER_CUDA_CALL
  const char* (*describe)(cuda_error) = nullptr;  ///< cudaGetErrorString
};

/// The bytes that device_properties may write; the device's name stands at their beginning.
inline constexpr std::size_t device_properties_bytes = 4096;

}  // namespace hawser::gpu
