/// A CUDA runtime without a device, for tests: streams are threads that run copies, fills and CPU versions of
/// kernels in order, and a script says what is slow, what fails and how much memory there is.
///
/// One of it exists in a process; a test begins with reset(). What the real runtime forbids, or would do at a
/// price that hawser must not pay (a copy from pageable memory waits), is refused and listed in complaints().
#pragma once

#include "gpu/cuda_runtime.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace hawser::gpu::stand_in {

struct machine {
  int devices = 1;
  int driver = 13000;  ///< 0: there is none; below 13000 every call answers 35
  int major = 9;       ///< compute capability of each device
  int minor = 0;
  std::size_t memory = std::size_t{1} << 30;  ///< of each device, bytes
};

/// Any thread may call these. reset() only while no stream, event or memory of the last test lives.
void reset(const machine& what = {});
[[nodiscard]] const cuda_runtime& calls();

/// The stream stops before its next operation; step() lets n of them through.
void hold(stream_handle stream);
void step(stream_handle stream, int n = 1);
void release(stream_handle stream);
/// The nth call of this CUDA name from now on answers `error`, once.
void fail_call(const std::string& name, cuda_error error, int nth = 1);
/// In the order of the stream, a kernel that breaks its device: a sticky error.
void fault(stream_handle stream, cuda_error error);
/// In the order of the stream.
void run(stream_handle stream, std::function<void()> work);
/// Has the device run all that was given to the stream? For tests that must not sleep.
[[nodiscard]] bool idle(stream_handle stream);

struct census {
  std::size_t streams = 0;
  std::size_t events = 0;
  std::size_t allocations = 0;
  std::size_t pinned = 0;
  std::size_t device_bytes = 0;
  std::size_t graphs = 0;

  friend bool operator==(const census&, const census&) = default;
};
[[nodiscard]] census alive();
/// Times that a CUDA name was called since the reset.
[[nodiscard]] std::size_t count_of(const std::string& name);
[[nodiscard]] std::vector<std::string> complaints();

/// What a launch becomes when its arguments have been read.
using launch = std::function<void()>;
using kernel_reader =
    std::function<launch(extent grid, extent block, void** arguments, std::size_t shared_bytes)>;
/// Kernels outlive reset().
void add_kernel(const std::string& name, kernel_reader reader);

/// Reads the arguments of a launch for a function of these parameters; `run(call, grid, block, shared)` runs
/// it.
template <class Run, class... Parameters>
[[nodiscard]] kernel_reader read_for(void (*function)(Parameters...), Run run) {
  return [function, run](extent grid, extent block, void** arguments, std::size_t shared) -> launch {
    const auto values = [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      return std::tuple<std::remove_const_t<Parameters>...>(
          *static_cast<std::remove_const_t<Parameters>*>(arguments[Index])...);
    }(std::index_sequence_for<Parameters...>());
    return [=] { run([&] { std::apply(function, values); }, grid, block, shared); };
  };
}

}  // namespace hawser::gpu::stand_in
