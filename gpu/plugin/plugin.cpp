// The shared library that hawser loads when it runs: everything of gpu/ behind one symbol.
#include "gpu/border.hpp"
#include "gpu/discovery.hpp"
#include "gpu/real_runtime.hpp"

namespace hawser::gpu {
namespace {

const found_runtime& runtime() {
  // Never unloaded: the runtime's own threads may live as long as the process.
  static const found_runtime* const found = new found_runtime(find_runtime());
  return *found;
}

const border table{
    .abi = border_abi, .build = HAWSER_GPU_BUILD, .find = [] { return find_devices(runtime()); }};

}  // namespace
}  // namespace hawser::gpu

extern "C" __attribute__((visibility("default"))) const hawser::gpu::border* hawser_gpu_border();

extern "C" const hawser::gpu::border* hawser_gpu_border() {
  return &hawser::gpu::table;
}
