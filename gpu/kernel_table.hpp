/// hawser's kernels on a device, found by their names once.
#pragma once

#include "gpu/kernels/arguments.hpp"
#include "gpu/work_queue.hpp"
#include "model/error.hpp"
#include "model/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace hawser::gpu {

/// Kernels of one type of weights.
struct typed_kernels {
  using product_kernel = kernel<kernels::product_job, const float*, kernels::quantized_rows>;
  kernel<const int*, const std::uint8_t*, std::size_t, int, float, float*> gather;
  product_kernel product;
  product_kernel wide;
};

/// Parameters are those of gpu/kernels/*.cuh.
struct kernel_table {
  std::map<model::tensor_type, typed_kernels> of_type;
  kernel<float*, const float*, const float*, const float*, float, int, const int*, float*,
         kernels::quantized_rows>
      norm;
  kernel<float*, const float*, const float*, float, int> add_norm;
  kernel<const float*, int, kernels::quantized_rows> quantize;
  kernel<const float*, int, int, float*, kernels::quantized_rows> activate;
  kernel<float*, std::size_t, int, float> soft_cap;
  kernel<const float*, std::size_t, int, int*> best;
  kernel<float*, std::size_t, int, const kernels::draw_terms*, int*> draw;
  kernel<const int*, const double*, int, int, float*> turns;
  kernel<kernels::head_job, kernels::row_places, kernels::page_view> place_heads;
  kernel<kernels::attention_job, kernels::row_places, kernels::page_view> attend;
  kernel<kernels::attention_job, kernels::row_places, int, float*> join_attention;
  std::shared_ptr<kernel_library_object> library;
};

/// `code` is what gpu/compile_kernels.sh makes. Errors: code that the device cannot run, a kernel that is not
/// in it (named).
[[nodiscard]] model::result<kernel_table>
find_kernels(const cuda_runtime& calls, std::span<const std::byte> code, std::uint32_t head_dim);

}  // namespace hawser::gpu
