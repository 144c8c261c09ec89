/// Heads: biases, head norms, rotary embedding, keys and values to their pages; and attention over pages.
#pragma once

#include "gpu/kernels/portable.cuh"

namespace hawser::gpu::kernels {

/// Cosines and sines for each row: grid (rows), the pair of a thread at a time. See head_job::turns; sines
/// carry the sign with which the partner is added.
HAWSER_KERNEL __launch_bounds__(turn_threads)
    hawser_turns(const int* position, const double* frequencies, int pairs, int neighbours, float* turns) {
  float* const cosines = turns + blockIdx.x * 4 * static_cast<std::size_t>(pairs);
  float* const sines = cosines + 2 * pairs;
  for (int i = static_cast<int>(threadIdx.x); i < pairs; i += turn_threads) {
    // In half turns: reducing the argument is exact then, and takes no table in local memory.
    const double angle = static_cast<double>(position[blockIdx.x]) * frequencies[i];
    const int a = neighbours != 0 ? 2 * i : i, b = neighbours != 0 ? a + 1 : a + pairs;
    cosines[a] = cosines[b] = static_cast<float>(cospi(angle));
    sines[b] = static_cast<float>(sinpi(angle));
    sines[a] = -sines[b];
  }
}

HAWSER_DEVICE std::size_t page_of(const row_places& rows, std::size_t row, int position, int tokens) {
  const std::size_t table = static_cast<std::size_t>(rows.sequence[row]) * rows.table_stride;
  return static_cast<std::size_t>(rows.tables[table + position / tokens]);
}

/// The first element of a head's position in its page; `values`: of values, otherwise of keys.
HAWSER_DEVICE bf16* kv_at(const page_view& kv, std::size_t page, int head, int position, bool values) {
  const std::size_t half = static_cast<std::size_t>(kv.heads) * kv.tokens * kv.dim;
  const std::size_t within =
      (static_cast<std::size_t>(head) * kv.tokens + static_cast<std::size_t>(position % kv.tokens)) * kv.dim;
  return reinterpret_cast<bf16*>(kv.base + page * kv.page_bytes) + (values ? half : 0) + within;
}

/// One warp a head: grid (query heads + 2 * key heads, rows). Queries stay in qkv, scaled; keys and values go
/// to their page.
HAWSER_KERNEL __launch_bounds__(warp_lanes) hawser_place_heads(head_job job, row_places rows, page_view kv) {
  HAWSER_SHARED(float, head, most_head_dim);
  const int lane = static_cast<int>(threadIdx.x), dim = kv.dim;
  const std::size_t row = blockIdx.y;
  const int number = static_cast<int>(blockIdx.x);
  const bool query = number < job.heads;
  const bool value = number >= job.heads + kv.heads;
  float* const from = job.qkv + row * job.stride + static_cast<std::size_t>(number) * dim;
  const int own = query ? number : value ? number - job.heads - kv.heads : number - job.heads;
  const float* const bias = query ? job.q_bias : value ? job.v_bias : job.k_bias;
  const float* const norm = query ? job.q_norm : value ? nullptr : job.k_norm;
  float squares = 0.0f;
  for (int i = lane; i < dim; i += warp_lanes) {
    const float x = bias != nullptr ? __fadd_rn(from[i], bias[own * dim + i]) : from[i];
    head[i] = x;
    squares = fmaf(x, x, squares);
  }
  squares = warp_sum(squares);
  if (norm != nullptr) {
    const float factor = rsqrtf(__fadd_rn(squares / static_cast<float>(dim), job.epsilon));
    for (int i = lane; i < dim; i += warp_lanes) head[i] = __fmul_rn(__fmul_rn(head[i], factor), norm[i]);
  }
  __syncwarp();
  const float* const cosines = job.turns + row * 2 * static_cast<std::size_t>(job.turned);
  const float* const sines = cosines + job.turned;
  const int position = rows.position[row];
  bf16* const page =
      query ? nullptr : kv_at(kv, page_of(rows, row, position, kv.tokens), own, position, value);
  for (int i = lane; i < dim; i += warp_lanes) {
    float x = head[i];
    if (!value && i < job.turned) {
      const int half = job.turned / 2;
      const int partner = job.neighbours != 0 ? i ^ 1 : i < half ? i + half : i - half;
      x = fmaf(head[partner], sines[i], __fmul_rn(x, cosines[i]));
    }
    if (query)
      from[i] = __fmul_rn(x, job.query_scale);
    else
      page[i] = to_bf16(x);
  }
}

/// The splits of a row: those from the one that holds its first visible position.
HAWSER_DEVICE int first_seen(const attention_job& job, int position) {
  return job.window > 0 && position >= job.window ? position - job.window + 1 : 0;
}

/// Grid (heads, rows, splits). Each block looks at one split of the positions that its row sees, four at a
/// time, and leaves a part that hawser_join_attention joins: whatever the batch, a row is cut alike.
template <int Each>
HAWSER_DEVICE void attend(const attention_job& job, const row_places& rows, const page_view& kv) {
  HAWSER_SHARED(float, largest, attention_warps);
  HAWSER_SHARED(float, weights, attention_warps);
  HAWSER_SHARED(float, sums, attention_warps* Each* warp_lanes);
  const int lane = static_cast<int>(threadIdx.x) % warp_lanes,
            warp = static_cast<int>(threadIdx.x) / warp_lanes;
  const int head = static_cast<int>(blockIdx.x), part = static_cast<int>(blockIdx.z);
  const std::size_t row = blockIdx.y;
  const int position = rows.position[row];
  const int begin = max(first_seen(job, position), part * job.split);
  const int end = min(position + 1, (part + 1) * job.split);
  if (begin >= end) return;
  const int kv_head = head / (job.heads / kv.heads);
  const float* const query = job.queries + row * job.stride + static_cast<std::size_t>(head) * kv.dim;
  float q[Each], sum[Each];
#pragma unroll
  for (int e = 0; e < Each; ++e) {
    const int i = lane + e * warp_lanes;
    q[e] = i < kv.dim ? query[i] : 0.0f;
    sum[e] = 0.0f;
  }
  float most = -INFINITY, weight = 0.0f;
  for (int t = begin + warp; t < end; t += attention_warps) {
    const std::size_t page = page_of(rows, row, t, kv.tokens);
    const bf16* const key = kv_at(kv, page, kv_head, t, false);
    const bf16* const value = kv_at(kv, page, kv_head, t, true);
    float score = 0.0f;
#pragma unroll
    for (int e = 0; e < Each; ++e) {
      const int i = lane + e * warp_lanes;
      if (i < kv.dim) score = fmaf(q[e], to_float(key[i]), score);
    }
    score = warp_sum(score);
    if (job.soft_cap > 0.0f) score = job.soft_cap * tanhf(score / job.soft_cap);
    const float now = fmaxf(most, score);
    const float fade = expf(most - now), mine = expf(score - now);
    weight = fmaf(weight, fade, mine);
#pragma unroll
    for (int e = 0; e < Each; ++e) {
      const int i = lane + e * warp_lanes;
      if (i < kv.dim) sum[e] = fmaf(sum[e], fade, __fmul_rn(mine, to_float(value[i])));
    }
    most = now;
  }
  if (lane == 0) {
    largest[warp] = most;
    weights[warp] = weight;
  }
#pragma unroll
  for (int e = 0; e < Each; ++e) sums[(warp * Each + e) * warp_lanes + lane] = sum[e];
  __syncthreads();
  float all = -INFINITY;
  for (int w = 0; w < attention_warps; ++w) all = fmaxf(all, largest[w]);
  float* const to = job.parts + ((row * job.heads + static_cast<std::size_t>(head)) * job.splits +
                                 static_cast<std::size_t>(part)) *
                                    static_cast<std::size_t>(kv.dim + 2);
  for (int i = static_cast<int>(threadIdx.x); i < kv.dim; i += attention_threads) {
    float joined = 0.0f;
    // A warp without a position has weight 0, and its exponent of minus infinity is no number only if all
    // are.
    for (int w = 0; w < attention_warps; ++w)
      joined = fmaf(expf(largest[w] - all), sums[w * Each * warp_lanes + i], joined);
    to[i] = joined;
  }
  if (threadIdx.x == 0) {
    float joined = 0.0f;
    for (int w = 0; w < attention_warps; ++w) joined = fmaf(expf(largest[w] - all), weights[w], joined);
    to[kv.dim] = all;
    to[kv.dim + 1] = joined;
  }
}

HAWSER_KERNEL __launch_bounds__(attention_threads)
    hawser_attend_64(attention_job job, row_places rows, page_view kv) {
  attend<2>(job, rows, kv);
}
HAWSER_KERNEL __launch_bounds__(attention_threads)
    hawser_attend_128(attention_job job, row_places rows, page_view kv) {
  attend<4>(job, rows, kv);
}
HAWSER_KERNEL __launch_bounds__(attention_threads)
    hawser_attend_256(attention_job job, row_places rows, page_view kv) {
  attend<8>(job, rows, kv);
}

/// Grid (heads, rows), one warp: the parts of a row's splits become its output [row][heads * dim].
HAWSER_KERNEL __launch_bounds__(warp_lanes)
    hawser_join_attention(attention_job job, row_places rows, int dim, float* out) {
  const int lane = static_cast<int>(threadIdx.x);
  const std::size_t row = blockIdx.y;
  const int position = rows.position[row];
  const int first = first_seen(job, position) / job.split, last = position / job.split;
  const std::size_t at = (row * job.heads + blockIdx.x) * static_cast<std::size_t>(job.splits);
  const float* const parts = job.parts + at * static_cast<std::size_t>(dim + 2);
  float most = -INFINITY;
  for (int s = first; s <= last; ++s)
    most = fmaxf(most, parts[static_cast<std::size_t>(s) * (dim + 2) + dim]);
  float weight = 0.0f;
  for (int s = first; s <= last; ++s) {
    const float* const part = parts + static_cast<std::size_t>(s) * (dim + 2);
    weight = fmaf(expf(part[dim] - most), part[dim + 1], weight);
  }
  float* const to = out + (row * job.heads + blockIdx.x) * static_cast<std::size_t>(dim);
  for (int i = lane; i < dim; i += warp_lanes) {
    float sum = 0.0f;
    for (int s = first; s <= last; ++s) {
      const float* const part = parts + static_cast<std::size_t>(s) * (dim + 2);
      sum = fmaf(expf(part[dim] - most), part[i], sum);
    }
    to[i] = sum / weight;
  }
}

/// Copies whole pages of a group: grid (pairs), from[i] to to[i]. page_bytes is a multiple of 4.
HAWSER_KERNEL __launch_bounds__(copy_threads)
    hawser_copy_pages(std::uint8_t* pool, std::size_t page_bytes, const int* from, const int* to) {
  const auto* const source =
      reinterpret_cast<const unsigned*>(pool + static_cast<std::size_t>(from[blockIdx.x]) * page_bytes);
  auto* const target =
      reinterpret_cast<unsigned*>(pool + static_cast<std::size_t>(to[blockIdx.x]) * page_bytes);
  for (std::size_t i = threadIdx.x; i < page_bytes / 4; i += copy_threads) target[i] = source[i];
}

}  // namespace hawser::gpu::kernels
