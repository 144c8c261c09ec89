/// CUDA's words for kernels that are compiled for the CPU: keywords, built-in variables and the intrinsics
/// that hawser's kernels use. Only gpu/kernels/portable.cuh includes it.
#pragma once

#include "gpu/simt/simt.hpp"

#include <math.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>

// The toolkit's names; a kernel is the same text for nvcc and here.
// NOLINTBEGIN(bugprone-reserved-identifier)
#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define threadIdx (::hawser::gpu::simt::this_thread().index)
#define blockIdx (::hawser::gpu::simt::this_block().index)
#define blockDim (::hawser::gpu::simt::this_block().size)
#define gridDim (::hawser::gpu::simt::this_block().grid)
// NOLINTEND(bugprone-reserved-identifier)

namespace hawser::gpu::kernels {

using simt::place;

inline void __syncthreads(place at = place::here()) {
  simt::block_barrier(at);
}

inline void __syncwarp(unsigned mask = 0xffffffffu, place at = place::here()) {
  simt::warp_release(simt::warp_gather(mask, simt::warp_operation::sync, nullptr, 0, at));
}

template <class T>
T __shfl_sync(unsigned mask, T value, int from, place at = place::here()) {
  return simt::shuffle(mask, value, from & 31, at);
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int apart, place at = place::here()) {
  return simt::shuffle(mask, value, simt::this_thread().lane ^ apart, at);
}

inline unsigned __float_as_uint(float x) {
  unsigned bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline float __uint_as_float(unsigned bits) {
  float x = 0;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// Four products of signed bytes, added to c.
inline int __dp4a(int a, int b, int c) {
  for (int i = 0; i < 4; ++i)
    c += static_cast<std::int8_t>(static_cast<unsigned>(a) >> (8 * i)) *
         static_cast<std::int8_t>(static_cast<unsigned>(b) >> (8 * i));
  return c;
}

inline float rsqrtf(float x) {
  return 1.0f / std::sqrt(x);
}
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float __fdiv_rn(float a, float b) {
  return a / b;
}
inline double __dmul_rn(double a, double b) {
  return a * b;
}
inline double cospi(double x) {
  return std::cos(std::fmod(x, 2.0) * std::numbers::pi);
}
inline double sinpi(double x) {
  return std::sin(std::fmod(x, 2.0) * std::numbers::pi);
}
using ::ceil;
using ::expf;
using ::fabsf;
using ::fmaf;
using ::fmaxf;
using ::rintf;
using ::tanhf;
using std::max;
using std::min;

}  // namespace hawser::gpu::kernels
