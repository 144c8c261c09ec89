/// Products of activations with matrices as the file holds them: out[row][n] = sum over k of x[row][k]
/// w[n][k].
///
/// A warp computes one row of the matrix for up to Rows activations. Whatever else is in the step, a lane
/// adds the same groups in the same order, so a row's result does not depend on the batch.
#pragma once

#include "gpu/kernels/rows.cuh"
#include "gpu/kernels/weights.cuh"

namespace hawser::gpu::kernels {

/// Sums acc over the warp's lanes and writes what belongs to matrix row n.
template <int Rows>
HAWSER_DEVICE void write_products(const product_job& job, int n, int first, const float (&acc)[Rows]) {
#pragma unroll
  for (int r = 0; r < Rows; ++r) {
    const float sum = warp_sum(acc[r]);
    if (threadIdx.x % warp_lanes != 0 || first + r >= job.rows) continue;
    float* const to = job.out + static_cast<std::size_t>(first + r) * job.stride + n;
    *to = job.add != 0 ? __fadd_rn(*to, sum) : sum;
  }
}

/// Quantized weights with activations in 8 bits: integer products, exact within a group.
template <int Type, int Rows>
HAWSER_DEVICE void multiply_quantized(const product_job& job, quantized_rows x) {
  const int lane = static_cast<int>(threadIdx.x) % warp_lanes;
  const int n = static_cast<int>(blockIdx.x) * product_warps + static_cast<int>(threadIdx.x) / warp_lanes;
  const int first = static_cast<int>(blockIdx.y) * Rows;
  if (n >= job.outputs) return;
  const std::uint8_t* const row = job.weights + static_cast<std::size_t>(n) * job.row_bytes;
  const int groups = job.inputs / group_values;
  float acc[Rows] = {};
  for (int g = lane; g < groups; g += warp_lanes) {
    weight_group w;
    unpack<Type>(row, g, w);
#pragma unroll
    for (int r = 0; r < Rows; ++r) {
      // Rows beyond the last are computed, from the last, and not written.
      const std::size_t at = static_cast<std::size_t>(min(first + r, job.rows - 1)) * groups + g;
      const four_words first_half = load_four(x.values + at * group_values);
      const four_words last_half = load_four(x.values + at * group_values + 16);
      int low = 0, high = 0;
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        low = __dp4a(static_cast<int>(w.words[i]), static_cast<int>(first_half.word[i]), low);
        high = __dp4a(static_cast<int>(w.words[4 + i]), static_cast<int>(last_half.word[i]), high);
      }
      const float dot = Type == type_q6_k ? fmaf(w.scale[0], static_cast<float>(low),
                                                 __fmul_rn(w.scale[1], static_cast<float>(high)))
                                          : __fmul_rn(w.scale[0], static_cast<float>(low + high));
      acc[r] = fmaf(x.scales[at], dot, acc[r]);
      acc[r] = fmaf(w.offset, x.sums[at], acc[r]);
    }
  }
  write_products<Rows>(job, n, first, acc);
}

/// Weights that are numbers of their own, with activations as floats.
template <int Type, int Rows>
HAWSER_DEVICE void multiply_plain(const product_job& job, const float* x) {
  const int lane = static_cast<int>(threadIdx.x) % warp_lanes;
  const int n = static_cast<int>(blockIdx.x) * product_warps + static_cast<int>(threadIdx.x) / warp_lanes;
  const int first = static_cast<int>(blockIdx.y) * Rows;
  if (n >= job.outputs) return;
  const std::uint8_t* const row = job.weights + static_cast<std::size_t>(n) * job.row_bytes;
  float acc[Rows] = {};
  for (int k = lane; k < job.inputs; k += warp_lanes) {
    const float w = plain_value<Type>(row, k);
#pragma unroll
    for (int r = 0; r < Rows; ++r)
      acc[r] = fmaf(w, x[static_cast<std::size_t>(min(first + r, job.rows - 1)) * job.inputs + k], acc[r]);
  }
  write_products<Rows>(job, n, first, acc);
}

template <int Type, int Rows>
HAWSER_DEVICE void multiply(const product_job& job, const float* x, quantized_rows q) {
  if constexpr (quantized<Type>)
    multiply_quantized<Type, Rows>(job, q);
  else
    multiply_plain<Type, Rows>(job, x);
}

/// Groups of a matrix to bfloat16, one block a row: what larger products by tensor cores read.
template <int Type>
HAWSER_DEVICE void dequantize_row(const std::uint8_t* weights, std::size_t row_bytes, int inputs, bf16* out) {
  const std::uint8_t* const row = weights + blockIdx.x * row_bytes;
  bf16* const to = out + blockIdx.x * static_cast<std::size_t>(inputs);
  if constexpr (quantized<Type>) {
    for (int g = static_cast<int>(threadIdx.x); g < inputs / group_values; g += row_threads) {
      weight_group w;
      unpack<Type>(row, g, w);
#pragma unroll
      for (int i = 0; i < group_values; ++i) to[g * group_values + i] = to_bf16(value_of(w, i));
    }
  } else {
    for (int i = static_cast<int>(threadIdx.x); i < inputs; i += row_threads)
      to[i] = to_bf16(plain_value<Type>(row, i));
  }
}

// NOLINTBEGIN(cppcoreguidelines-macro-usage): one name a type, by which the host finds it.
#define HAWSER_OF_TYPE(name)                                                                                 \
  HAWSER_KERNEL __launch_bounds__(row_threads) hawser_gather_##name(                                         \
      const int* tokens, const std::uint8_t* table, std::size_t row_bytes, int n, float scale, float* out) { \
    gather_row<type_##name>(tokens, table, row_bytes, n, scale, out);                                        \
  }                                                                                                          \
  HAWSER_KERNEL __launch_bounds__(row_threads)                                                               \
      hawser_dequantize_##name(const std::uint8_t* weights, std::size_t row_bytes, int inputs, bf16* out) {  \
    dequantize_row<type_##name>(weights, row_bytes, inputs, out);                                            \
  }                                                                                                          \
  HAWSER_KERNEL __launch_bounds__(product_threads)                                                           \
      hawser_product_##name(product_job job, const float* x, quantized_rows q) {                             \
    multiply<type_##name, 1>(job, x, q);                                                                     \
  }                                                                                                          \
  HAWSER_KERNEL __launch_bounds__(product_threads, 3)                                                        \
      hawser_product_wide_##name(product_job job, const float* x, quantized_rows q) {                        \
    multiply<type_##name, wide_rows>(job, x, q);                                                             \
  }
HAWSER_OF_TYPE(f32)
HAWSER_OF_TYPE(f16)
HAWSER_OF_TYPE(bf16)
HAWSER_OF_TYPE(q8_0)
HAWSER_OF_TYPE(q4_0)
HAWSER_OF_TYPE(q4_1)
HAWSER_OF_TYPE(q5_0)
HAWSER_OF_TYPE(q5_1)
HAWSER_OF_TYPE(q4_k)
HAWSER_OF_TYPE(q5_k)
HAWSER_OF_TYPE(q6_k)
#undef HAWSER_OF_TYPE
// NOLINTEND(cppcoreguidelines-macro-usage)

}  // namespace hawser::gpu::kernels
