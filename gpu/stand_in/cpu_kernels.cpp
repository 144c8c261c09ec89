#include "gpu/stand_in/cpu_kernels.hpp"

#include "gpu/kernels/attention.cuh"
#include "gpu/kernels/draw.cuh"
#include "gpu/kernels/products.cuh"
#include "gpu/kernels/rows.cuh"
#include "gpu/simt/simt.hpp"

#include <map>

namespace hawser::gpu::stand_in {
namespace {

void run(const std::function<void()>& call, extent grid, extent block, std::size_t shared) {
  simt::launch(call, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, shared);
}

const std::map<std::string, kernel_reader>& all() {
#define HAWSER_KERNEL_OF(name) {#name, read_for(&kernels::name, run)}
#define HAWSER_KERNELS_OF_TYPE(type)                                                                         \
  HAWSER_KERNEL_OF(hawser_gather_##type), HAWSER_KERNEL_OF(hawser_dequantize_##type),                        \
      HAWSER_KERNEL_OF(hawser_product_##type), HAWSER_KERNEL_OF(hawser_product_wide_##type)
  static const std::map<std::string, kernel_reader> table{
      HAWSER_KERNELS_OF_TYPE(f32),         HAWSER_KERNELS_OF_TYPE(f16),
      HAWSER_KERNELS_OF_TYPE(bf16),        HAWSER_KERNELS_OF_TYPE(q8_0),
      HAWSER_KERNELS_OF_TYPE(q4_0),        HAWSER_KERNELS_OF_TYPE(q4_1),
      HAWSER_KERNELS_OF_TYPE(q5_0),        HAWSER_KERNELS_OF_TYPE(q5_1),
      HAWSER_KERNELS_OF_TYPE(q4_k),        HAWSER_KERNELS_OF_TYPE(q5_k),
      HAWSER_KERNELS_OF_TYPE(q6_k),        HAWSER_KERNEL_OF(hawser_norm),
      HAWSER_KERNEL_OF(hawser_add_norm),   HAWSER_KERNEL_OF(hawser_quantize),
      HAWSER_KERNEL_OF(hawser_activate),   HAWSER_KERNEL_OF(hawser_soft_cap),
      HAWSER_KERNEL_OF(hawser_best),       HAWSER_KERNEL_OF(hawser_draw),
      HAWSER_KERNEL_OF(hawser_turns),      HAWSER_KERNEL_OF(hawser_place_heads),
      HAWSER_KERNEL_OF(hawser_attend_64),  HAWSER_KERNEL_OF(hawser_attend_128),
      HAWSER_KERNEL_OF(hawser_attend_256), HAWSER_KERNEL_OF(hawser_join_attention),
      HAWSER_KERNEL_OF(hawser_copy_pages),
  };
#undef HAWSER_KERNELS_OF_TYPE
#undef HAWSER_KERNEL_OF
  return table;
}

}  // namespace

const std::vector<std::string>& cpu_kernel_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const auto& [name, reader] : all()) made.push_back(name);
    return made;
  }();
  return names;
}

const kernel_reader* cpu_kernel(const std::string& name) {
  const auto it = all().find(name);
  return it == all().end() ? nullptr : &it->second;
}

void add_cpu_kernels() {
  for (const auto& [name, reader] : all()) add_kernel(name, reader);
}

}  // namespace hawser::gpu::stand_in
