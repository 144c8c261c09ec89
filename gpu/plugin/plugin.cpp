// The shared library that hawser loads when it runs: everything of gpu/ behind one symbol.
#include "gpu/border.hpp"
#include "gpu/discovery.hpp"
#include "gpu/plugin/kernel_image.hpp"
#include "gpu/real_runtime.hpp"

#include <utility>

namespace hawser::gpu {
namespace {

const found_runtime& runtime() {
  // Never unloaded: the runtime's own threads may live as long as the process.
  static const found_runtime* const found = new found_runtime(find_runtime());
  return *found;
}

model::result<std::unique_ptr<model::backend>> make(std::shared_ptr<const model::gguf_file> file,
                                                    const model::decoder_spec& spec,
                                                    const gpu_options& options) {
  if (kernel_image().empty())
    return model::error{
        model::errc::unsupported,
        "hawser's GPU library was built without kernels, because there was no nvcc, and CUDA 13's is "
        "needed: build it again where nvcc is on the PATH, or take the package hawser-gpu"};
  return make_gpu_backend(runtime().calls, kernel_image(), std::move(file), spec, options);
}

const border table{.abi = border_abi,
                   .build = HAWSER_GPU_BUILD,
                   .find = [] { return find_devices(runtime()); },
                   .make = make};

}  // namespace
}  // namespace hawser::gpu

extern "C" __attribute__((visibility("default"))) const hawser::gpu::border* hawser_gpu_border();

extern "C" const hawser::gpu::border* hawser_gpu_border() {
  return &hawser::gpu::table;
}
