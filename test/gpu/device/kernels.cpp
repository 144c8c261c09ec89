#include "gpu/work_queue.hpp"
#include "test/gpu/device/pinned_heap.hpp"
#include "test/gpu/device/sections.hpp"
#include "test/gpu/kernel_bench.hpp"

#include <iostream>
#include <map>

namespace hawser::test {
namespace {

struct kernels_on_device {
  explicit kernels_on_device(const subject& what) : on(what) {
    demand(on, on.calls->set_device(on.device), "cudaSetDevice");
    demand(on, on.calls->create_stream(&stream, gpu::stream_non_blocking), "cudaStreamCreateWithFlags");
    demand(on, on.calls->load_library(&library, on.code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
           "cudaLibraryLoadData");
  }
  ~kernels_on_device() {
    on.calls->unload_library(library);
    on.calls->destroy_stream(stream);
  }
  kernels_on_device(const kernels_on_device&) = delete;
  kernels_on_device& operator=(const kernels_on_device&) = delete;

  /// Runs at once, and has run when what it returns is called.
  const gpu::stand_in::kernel_reader* find(const std::string& name) {
    if (const auto known = readers.find(name); known != readers.end()) return &known->second;
    gpu::kernel_handle kernel = nullptr;
    demand(on, on.calls->find_kernel(&kernel, library, name.c_str()), name.c_str());
    const auto reader = [this, kernel, name](gpu::extent grid, gpu::extent block, void** arguments,
                                             std::size_t shared) -> gpu::stand_in::launch {
      demand(on, on.calls->launch(kernel, grid, block, arguments, shared, stream), name.c_str());
      return [this] { finish(on, stream); };
    };
    return &readers.emplace(name, reader).first->second;
  }

  const subject& on;
  gpu::stream_handle stream = nullptr;
  gpu::kernel_library_handle library = nullptr;
  std::map<std::string, gpu::stand_in::kernel_reader> readers;
};

kernels_on_device* current = nullptr;

}  // namespace

std::string check_kernels(const subject& on) {
  const auto& checks = kernel_checks();
  kernels_on_device kernels(on);
  current = &kernels;
  kernels_of_checks = [](const std::string& name) { return current->find(name); };
  std::string wrong;
  {
    const pinned_heap heap(on, std::size_t{512} << 20);
    for (const kernel_check& check : checks) {
      const finding found = check.run();
      std::cout << check.name << ": " << (found.empty() ? "right" : found) << std::endl;
      if (!found.empty()) wrong += (wrong.empty() ? "" : "; ") + check.name + ": " + found;
    }
    if (!wrong.empty()) throw failed{wrong};
  }
  return std::to_string(checks.size()) + " checks of " + std::to_string(kernels.readers.size()) + " kernels";
}

}  // namespace hawser::test
