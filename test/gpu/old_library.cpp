// A GPU library of a version that never was.
#include "gpu/border.hpp"

namespace {

const hawser::gpu::border table{.abi = 77, .build = "hawser 0.0.1", .find = nullptr, .make = nullptr};

}  // namespace

extern "C" const hawser::gpu::border* hawser_gpu_border();

extern "C" const hawser::gpu::border* hawser_gpu_border() {
  return &table;
}
