/// Kernels over rows of activations: one block a row unless it is said otherwise.
#pragma once

#include "gpu/kernels/weights.cuh"

namespace hawser::gpu::kernels {

/// Lane i brings value i of a group. Largest magnitude / 127 is the scale; what is no number makes the scale
/// NaN.
HAWSER_DEVICE void quantize_group(float x, quantized_rows to, std::size_t group) {
  const int lane = static_cast<int>(threadIdx.x) % warp_lanes;
  const unsigned most = warp_max(__float_as_uint(x) & 0x7fffffffu);
  const bool finite = most < 0x7f800000u;
  const float largest = __uint_as_float(most);
  const float scale = largest / 127.0f;
  const float inverse = finite && scale > 1.17549435e-38f ? 127.0f / largest : 0.0f;
  const int q = finite ? static_cast<int>(rintf(__fmul_rn(x, inverse))) : 0;
  const int sum = warp_sum(q);
  to.values[group * group_values + static_cast<std::size_t>(lane)] = static_cast<std::int8_t>(q);
  if (lane == 0) {
    const float written = finite ? scale : largest - largest;
    to.scales[group] = written;
    to.sums[group] = __fmul_rn(written, static_cast<float>(sum));
  }
}

/// The sum over a block of row_threads, the same in every thread. `scratch` [row_threads / 32] is the
/// block's.
HAWSER_DEVICE float block_sum(float x, float* scratch) {
  const int lane = static_cast<int>(threadIdx.x) % warp_lanes,
            warp = static_cast<int>(threadIdx.x) / warp_lanes;
  x = warp_sum(x);
  // Whoever read it before is done.
  __syncthreads();
  if (lane == 0) scratch[warp] = x;
  __syncthreads();
  float all = 0.0f;
  for (int i = 0; i < row_threads / warp_lanes; ++i) all = __fadd_rn(all, scratch[i]);
  return all;
}

/// 1 / sqrt(mean(x^2) + epsilon) of a row.
HAWSER_DEVICE float norm_factor(const float* x, int n, float epsilon, float* scratch) {
  float squares = 0.0f;
  for (int i = static_cast<int>(threadIdx.x); i < n; i += row_threads) squares = fmaf(x[i], x[i], squares);
  return rsqrtf(__fadd_rn(block_sum(squares, scratch) / static_cast<float>(n), epsilon));
}

/// Rows of the embedding. A token is of [0, vocabulary).
template <int Type>
HAWSER_DEVICE void gather_row(const int* tokens, const std::uint8_t* table, std::size_t row_bytes, int n,
                              float scale, float* out) {
  const std::size_t row = blockIdx.x;
  const std::uint8_t* const from = table + static_cast<std::size_t>(tokens[row]) * row_bytes;
  float* const to = out + row * static_cast<std::size_t>(n);
  for (int i = static_cast<int>(threadIdx.x); i < n; i += row_threads) {
    if constexpr (quantized<Type>) {
      weight_group g;
      unpack<Type>(from, i / group_values, g);
      to[i] = __fmul_rn(value_of(g, i % group_values), scale);
    } else {
      to[i] = __fmul_rn(plain_value<Type>(from, i), scale);
    }
  }
}

/// residual += norm(branch) * post_weight, where there is a branch; then normed = norm(residual) * weight, as
/// floats and in 8 bits. Row r of the result is that of residual row rows[r], or r where rows is null.
HAWSER_KERNEL __launch_bounds__(row_threads)
    hawser_norm(float* residual, const float* branch, const float* post_weight, const float* weight,
                float epsilon, int n, const int* rows, float* normed, quantized_rows quantized_to) {
  HAWSER_SHARED(float, scratch, row_threads / warp_lanes);
  const std::size_t columns = static_cast<std::size_t>(n);
  const std::size_t from = rows != nullptr ? static_cast<std::size_t>(rows[blockIdx.x]) : blockIdx.x;
  float* const x = residual + from * columns;
  if (branch != nullptr) {
    const float* const b = branch + from * columns;
    const float factor = norm_factor(b, n, epsilon, scratch);
    // A thread reads again only what it wrote itself.
    for (int i = static_cast<int>(threadIdx.x); i < n; i += row_threads)
      x[i] = __fadd_rn(x[i], __fmul_rn(__fmul_rn(b[i], factor), post_weight[i]));
  }
  const float factor = norm_factor(x, n, epsilon, scratch);
  for (int i = static_cast<int>(threadIdx.x); i < n; i += row_threads) {
    const float y = __fmul_rn(__fmul_rn(x[i], factor), weight[i]);
    normed[blockIdx.x * columns + static_cast<std::size_t>(i)] = y;
    // n is a multiple of 32 where anybody wants 8 bits, so a warp is whole here.
    if (quantized_to.values != nullptr)
      quantize_group(y, quantized_to, (blockIdx.x * columns + static_cast<std::size_t>(i)) / group_values);
  }
}

/// Adds norm(branch) * post_weight to the residual: what follows the last layer of a model with post norms.
HAWSER_KERNEL __launch_bounds__(row_threads)
    hawser_add_norm(float* residual, const float* branch, const float* post_weight, float epsilon, int n) {
  HAWSER_SHARED(float, scratch, row_threads / warp_lanes);
  const std::size_t at = blockIdx.x * static_cast<std::size_t>(n);
  const float factor = norm_factor(branch + at, n, epsilon, scratch);
  for (int i = static_cast<int>(threadIdx.x); i < n; i += row_threads) {
    const std::size_t k = at + static_cast<std::size_t>(i);
    residual[k] = __fadd_rn(residual[k], __fmul_rn(__fmul_rn(branch[k], factor), post_weight[i]));
  }
}

/// Rows in 8 bits; n is a multiple of 32.
HAWSER_KERNEL __launch_bounds__(row_threads) hawser_quantize(const float* x, int n, quantized_rows to) {
  const std::size_t at = blockIdx.x * static_cast<std::size_t>(n);
  for (int i = static_cast<int>(threadIdx.x); i < n; i += row_threads)
    quantize_group(x[at + static_cast<std::size_t>(i)], to,
                   (at + static_cast<std::size_t>(i)) / group_values);
}

HAWSER_DEVICE float silu(float x) {
  return x / (1.0f + expf(-x));
}

HAWSER_DEVICE float gelu_tanh(float x) {
  const float inner = 0.7978845608f * fmaf(0.044715f * x * x, x, x);
  return 0.5f * x * (1.0f + tanhf(inner));
}

/// act(gate) * up, as floats and in 8 bits. A row of `pairs` holds n of gate, then n of up. gelu: 0 is silu.
HAWSER_KERNEL __launch_bounds__(row_threads)
    hawser_activate(const float* pairs, int n, int gelu, float* out, quantized_rows quantized_to) {
  const std::size_t columns = static_cast<std::size_t>(n);
  const float* const gate = pairs + blockIdx.x * 2 * columns;
  const float* const up = gate + columns;
  for (int i = static_cast<int>(threadIdx.x); i < n; i += row_threads) {
    const float y = __fmul_rn(gelu != 0 ? gelu_tanh(gate[i]) : silu(gate[i]), up[i]);
    const std::size_t at = blockIdx.x * columns + static_cast<std::size_t>(i);
    out[at] = y;
    if (quantized_to.values != nullptr) quantize_group(y, quantized_to, at / group_values);
  }
}

/// cap * tanh(x / cap) in place.
HAWSER_KERNEL __launch_bounds__(row_threads) hawser_soft_cap(float* x, std::size_t stride, int n, float cap) {
  float* const row = x + blockIdx.x * stride;
  for (int i = static_cast<int>(threadIdx.x); i < n; i += row_threads) row[i] = cap * tanhf(row[i] / cap);
}

/// The index of each row's largest number, the lowest of equals; -1 where there is no number.
HAWSER_KERNEL __launch_bounds__(row_threads)
    hawser_best(const float* logits, std::size_t stride, int n, int* best) {
  HAWSER_SHARED(float, values, row_threads);
  HAWSER_SHARED(int, ids, row_threads);
  const float* const row = logits + blockIdx.x * stride;
  const int thread = static_cast<int>(threadIdx.x);
  float value = 0.0f;
  int id = -1;
  for (int i = thread; i < n; i += row_threads) {
    const float x = row[i];
    if (x == x && (id < 0 || x > value)) {
      value = x;
      id = i;
    }
  }
  values[thread] = value;
  ids[thread] = id;
  for (int apart = row_threads / 2; apart > 0; apart /= 2) {
    __syncthreads();
    if (thread >= apart) continue;
    const float other = values[thread + apart];
    const int other_id = ids[thread + apart];
    const bool better = other_id >= 0 && (ids[thread] < 0 || other > values[thread] ||
                                          (other == values[thread] && other_id < ids[thread]));
    if (better) {
      values[thread] = other;
      ids[thread] = other_id;
    }
  }
  if (thread == 0) best[blockIdx.x] = ids[0];
}

}  // namespace hawser::gpu::kernels
