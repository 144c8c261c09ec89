/// Tokens drawn where their logits are: temperature, top_k, top_p, min_p, then chance, with the arithmetic of
/// model::sampler, so that the same logits and the same seed give the same token.
///
/// Weights are multiples of 2^-34 and are added as integers of that unit: their sums do not depend on an order.
/// Cuts are searched by bisection into four: how much is at or above a value, for three values at a time. That
/// takes some 16 passes over a row that lies in the cache, and no atomic operation.
#pragma once

#include "gpu/kernels/portable.cuh"

namespace hawser::gpu::kernels {

inline constexpr int draw_warps = draw_threads / warp_lanes;
inline constexpr int cut_values = 3;
inline constexpr float one_unit = 0x1p-34f;

struct draw_scratch {
  std::uint64_t* mine;   // [draw_threads]
  std::uint64_t* warps;  // [cut_values][draw_warps]
  int* found;            // [1]
};

/// Everything at or above it stays, of equals the lower ids up to `last`.
struct draw_cut {
  unsigned key;
  int last;
};

/// e^x for x <= 0, by the polynomial and with the roundings of model/logit_passes.
HAWSER_DEVICE float exp_of_negative(float x) {
  const bool live = x >= -87.0f;
  const float y = live ? x : 0.0f;
  constexpr float to_integer = 12582912.0f;
  const float shifted = __fadd_rn(__fmul_rn(y, 1.44269504f), to_integer);
  const float n = __fadd_rn(shifted, -to_integer);
  const float r =
      __fadd_rn(__fadd_rn(y, -__fmul_rn(n, 0.693359375f)), __fmul_rn(n, 2.12194440e-4f));
  float p = 1.9875691500e-4f;
  p = __fadd_rn(__fmul_rn(p, r), 1.3981999507e-3f);
  p = __fadd_rn(__fmul_rn(p, r), 8.3334519073e-3f);
  p = __fadd_rn(__fmul_rn(p, r), 4.1665795894e-2f);
  p = __fadd_rn(__fmul_rn(p, r), 1.6666665459e-1f);
  p = __fadd_rn(__fmul_rn(p, r), 5.0000001201e-1f);
  p = __fadd_rn(__fadd_rn(__fmul_rn(__fmul_rn(p, r), r), r), 1.0f);
  const unsigned exponent = __float_as_uint(shifted) - __float_as_uint(to_integer) + 127u;
  return live ? __fmul_rn(p, __uint_as_float(exponent << 23)) : 0.0f;
}

HAWSER_DEVICE float to_unit(float weight) {
  constexpr float floats_of_the_unit = 0x1p-11f;
  const float rounded = __fadd_rn(__fadd_rn(weight, floats_of_the_unit), -floats_of_the_unit);
  return weight < floats_of_the_unit ? rounded : weight;
}

HAWSER_DEVICE std::uint64_t units_of(float weight) {
  return static_cast<std::uint64_t>(__fmul_rn(weight, 1.0f / one_unit));
}

/// Keys are in the order of their floats; both zeros have one.
HAWSER_DEVICE unsigned key_of(float x) {
  const unsigned bits = x == 0.0f ? 0u : __float_as_uint(x);
  return bits ^ ((bits & 0x80000000u) != 0 ? 0xffffffffu : 0x80000000u);
}

/// The sums over the block of what each thread brings, the same in every thread.
template <int Count>
HAWSER_DEVICE void block_sums(std::uint64_t (&x)[Count], const draw_scratch& scratch) {
  const int lane = static_cast<int>(threadIdx.x) % warp_lanes,
            warp = static_cast<int>(threadIdx.x) / warp_lanes;
#pragma unroll
  for (int i = 0; i < Count; ++i) x[i] = warp_sum(x[i]);
  // Whoever read it before is done.
  __syncthreads();
#pragma unroll
  for (int i = 0; i < Count; ++i)
    if (lane == i) scratch.warps[i * draw_warps + warp] = x[i];
  __syncthreads();
#pragma unroll
  for (int i = 0; i < Count; ++i) {
    x[i] = 0;
    for (int w = 0; w < draw_warps; ++w) x[i] += scratch.warps[i * draw_warps + w];
  }
}

/// What the threads before this one bring, and what all do.
HAWSER_DEVICE std::uint64_t sum_before(std::uint64_t x, const draw_scratch& scratch, std::uint64_t& all) {
  const int thread = static_cast<int>(threadIdx.x), warp = thread / warp_lanes;
  __syncthreads();
  scratch.mine[thread] = x;
  std::uint64_t sums[1] = {x};
  block_sums(sums, scratch);
  all = sums[0];
  std::uint64_t before = 0;
  for (int w = 0; w < warp; ++w) before += scratch.warps[w];
  for (int t = warp * warp_lanes; t < thread; ++t) before += scratch.mine[t];
  return before;
}

/// Counts tokens, or weighs them: what a cut is made by.
template <bool Weighs>
HAWSER_DEVICE std::uint64_t measure(float x) {
  return Weighs ? units_of(x) : 1;
}

/// Ids that a thread looks at one after the other.
struct own_ids {
  int begin, end;
};
HAWSER_DEVICE own_ids ids_of_thread(int n) {
  const int each = (n + draw_threads - 1) / draw_threads;
  const int begin = min(n, static_cast<int>(threadIdx.x) * each);
  return {begin, min(n, begin + each)};
}

/// The fewest of the best that measure `wanted` (at least 1, at most what keys of [low, high] measure).
template <bool Weighs>
HAWSER_DEVICE draw_cut find_cut(const float* row, int n, unsigned low, unsigned high, std::uint64_t wanted,
                                const draw_scratch& scratch) {
  std::uint64_t above = 0;  // what is better than `high` measures
  while (low < high) {
    const std::uint64_t apart = (high - low) / 4 + 1;
    unsigned at[cut_values];
    std::uint64_t sums[cut_values] = {};
#pragma unroll
    for (int j = 0; j < cut_values; ++j)
      at[j] = low + static_cast<unsigned>(min((j + 1) * apart, static_cast<std::uint64_t>(high - low)));
    for (int i = static_cast<int>(threadIdx.x); i < n; i += draw_threads) {
      const float x = row[i];
      const unsigned key = key_of(x);
      const std::uint64_t weight = measure<Weighs>(x);
#pragma unroll
      for (int j = 0; j < cut_values; ++j) sums[j] += key >= at[j] ? weight : 0;
    }
    block_sums(sums, scratch);
    // From the highest value down: the first that has enough.
    bool enough = false;
#pragma unroll
    for (int j = cut_values - 1; j >= 0; --j) {
      if (enough) continue;
      enough = sums[j] >= wanted;
      if (enough) {
        low = at[j];
      } else {
        high = at[j] - 1;
        above = sums[j];
      }
    }
  }
  // Of those that equal the cut, the first ids.
  std::uint64_t equals = 0, all = 0;
  const own_ids mine = ids_of_thread(n);
  for (int i = mine.begin; i < mine.end; ++i) equals += key_of(row[i]) == low ? measure<Weighs>(row[i]) : 0;
  std::uint64_t sum = above + sum_before(equals, scratch, all);
  if (sum < wanted && sum + equals >= wanted) {
    for (int i = mine.begin; sum < wanted; ++i) {
      if (key_of(row[i]) != low) continue;
      sum += measure<Weighs>(row[i]);
      *scratch.found = i;
    }
  }
  // It is found, and nobody reads what others will change.
  __syncthreads();
  return {low, *scratch.found};
}

HAWSER_DEVICE bool stays(float x, int id, draw_cut cut) {
  const unsigned key = key_of(x);
  return key > cut.key || (key == cut.key && id <= cut.last);
}

/// No number becomes -infinity, +infinity the largest number. The largest of the row.
HAWSER_DEVICE float make_finite_or_out(float* row, int n, const draw_scratch& scratch) {
  unsigned most = 0;
  for (int i = static_cast<int>(threadIdx.x); i < n; i += draw_threads) {
    const float x = row[i];
    const float low = x > -INFINITY ? x : -INFINITY;
    row[i] = low < 3.40282347e+38f ? low : 3.40282347e+38f;
    most = max(most, key_of(row[i]));
  }
  most = warp_max(most);
  __syncthreads();
  if (threadIdx.x % warp_lanes == 0) scratch.warps[threadIdx.x / warp_lanes] = most;
  __syncthreads();
  for (int w = 0; w < draw_warps; ++w) most = max(most, static_cast<unsigned>(scratch.warps[w]));
  return __uint_as_float(most ^ ((most & 0x80000000u) != 0 ? 0x80000000u : 0xffffffffu));
}

/// One block a row: its token, or -1 where there is no number. The logits become weights.
HAWSER_KERNEL __launch_bounds__(draw_threads)
    hawser_draw(float* logits, std::size_t stride, int n, const draw_terms* terms, int* chosen) {
  HAWSER_SHARED(std::uint64_t, mine, draw_threads);
  HAWSER_SHARED(std::uint64_t, warps, cut_values* draw_warps);
  HAWSER_SHARED(int, found, 1);
  const draw_scratch scratch{mine, warps, found};
  float* const row = logits + blockIdx.x * stride;
  const draw_terms t = terms[blockIdx.x];
  const float largest = make_finite_or_out(row, n, scratch);
  if (largest == -INFINITY) {
    if (threadIdx.x == 0) chosen[blockIdx.x] = -1;
    return;
  }
  draw_cut cut{0, n};
  if (t.top_k > 0 && t.top_k < n)
    cut = find_cut<false>(row, n, key_of(-INFINITY), key_of(largest), static_cast<std::uint64_t>(t.top_k), scratch);
  std::uint64_t sums[1] = {};
  for (int i = static_cast<int>(threadIdx.x); i < n; i += draw_threads) {
    const float x = row[i];
    row[i] = stays(x, i, cut) ? to_unit(exp_of_negative(__fdiv_rn(__fadd_rn(x, -largest), t.temperature))) : 0.0f;
    sums[0] += units_of(row[i]);
  }
  block_sums(sums, scratch);
  cut = {0, n};
  if (t.top_p < 1.0f) {
    const double share = __dmul_rn(static_cast<double>(t.top_p), static_cast<double>(sums[0]));
    const std::uint64_t wanted = share > 1.0 ? static_cast<std::uint64_t>(ceil(share)) : 1;
    cut = find_cut<true>(row, n, key_of(one_unit), key_of(1.0f), wanted, scratch);
  }
  const float floor = t.min_p < 1.0f ? t.min_p : 1.0f;
  const own_ids own = ids_of_thread(n);
  std::uint64_t weight = 0, all = 0;
  for (int i = own.begin; i < own.end; ++i)
    weight += row[i] >= floor && stays(row[i], i, cut) ? units_of(row[i]) : 0;
  std::uint64_t sum = sum_before(weight, scratch, all);
  const std::uint64_t bits = static_cast<std::uint64_t>(t.chance_high) << 32 | t.chance_low;
  const double u = __dmul_rn(static_cast<double>(bits), 0x1p-53);
  const auto drawn = static_cast<std::uint64_t>(__dmul_rn(u, static_cast<double>(all)));
  const std::uint64_t target = min(drawn, all - 1);
  if (sum > target || sum + weight <= target) return;
  for (int i = own.begin; sum <= target; ++i) {
    if (!(row[i] >= floor) || !stays(row[i], i, cut)) continue;
    sum += units_of(row[i]);
    chosen[blockIdx.x] = i;
  }
}

}  // namespace hawser::gpu::kernels
