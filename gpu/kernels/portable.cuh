/// One text for two worlds: nvcc makes device code of the kernels that include this, an ordinary C++ compiler
/// makes functions that gpu/simt/ runs, for tests.
///
/// What a kernel may use of CUDA stands in gpu/simt/device_words.hpp; a word that is missing there does not
/// compile on the CPU. Additions and products whose rounding matters are written as fmaf, __fmul_rn or
/// __fadd_rn, which neither compiler may change: so both worlds give the same bits up to exp, tanh and rsqrt.
#pragma once

#include "gpu/kernels/arguments.hpp"

#include <cstddef>
#include <cstdint>

#if defined(__CUDACC__)
// An array that the block's threads share.
#define HAWSER_SHARED(type, name, count) __shared__ type name[count]
#define HAWSER_DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#define HAWSER_KERNEL extern "C" __global__ void
#define HAWSER_DEVICE __device__ __forceinline__
#else
#include "gpu/simt/device_words.hpp"
#define HAWSER_SHARED(type, name, count)                                                                     \
  static const char name##_declaration = 0;                                                                  \
  type* const name = static_cast<type*>(::hawser::gpu::simt::shared_array(                                   \
      &name##_declaration, sizeof(type) * (count), alignof(type), ::hawser::gpu::simt::place::here()))
#define HAWSER_DYNAMIC_SHARED(name)                                                                          \
  auto* const name = static_cast<unsigned char*>(::hawser::gpu::simt::dynamic_shared())
#define HAWSER_KERNEL inline void
#define HAWSER_DEVICE inline
#endif

namespace hawser::gpu::kernels {

inline constexpr unsigned whole_warp = 0xffffffffu;

/// What one load of a lane brings at most.
struct alignas(16) four_words {
  unsigned word[4];
};

/// From an address that is a multiple of 16.
HAWSER_DEVICE four_words load_four(const void* at) {
  return *static_cast<const four_words*>(at);
}

HAWSER_DEVICE float to_float(bf16 x) {
  return __uint_as_float(static_cast<unsigned>(x.bits) << 16);
}

/// To nearest, ties to even; NaN stays NaN.
HAWSER_DEVICE bf16 to_bf16(float x) {
  const unsigned bits = __float_as_uint(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<std::uint16_t>((bits >> 16) | 0x40u)};
  return {static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

/// The value of IEEE half bits, by arithmetic that both worlds do alike.
HAWSER_DEVICE float half_bits_to_float(unsigned half) {
  const unsigned sign = (half & 0x8000u) << 16;
  const unsigned rest = half & 0x7fffu;
  // Exponents are moved from bias 15 to 127 by a product, which also makes subnormals right; 31 becomes 255.
  const float scaled = __fmul_rn(__uint_as_float(rest << 13), __uint_as_float(0x77800000u));
  const unsigned bits = rest >= 0x7c00u ? (rest << 13) | 0x7f800000u : __float_as_uint(scaled);
  return __uint_as_float(bits | sign);
}

HAWSER_DEVICE float warp_sum(float x) {
  for (int apart = warp_lanes / 2; apart > 0; apart /= 2)
    x = __fadd_rn(x, __shfl_xor_sync(whole_warp, x, apart));
  return x;
}

HAWSER_DEVICE int warp_sum(int x) {
  for (int apart = warp_lanes / 2; apart > 0; apart /= 2) x += __shfl_xor_sync(whole_warp, x, apart);
  return x;
}

HAWSER_DEVICE std::uint64_t warp_sum(std::uint64_t x) {
  for (int apart = warp_lanes / 2; apart > 0; apart /= 2) x += __shfl_xor_sync(whole_warp, x, apart);
  return x;
}

HAWSER_DEVICE float warp_max(float x) {
  for (int apart = warp_lanes / 2; apart > 0; apart /= 2) x = fmaxf(x, __shfl_xor_sync(whole_warp, x, apart));
  return x;
}

HAWSER_DEVICE unsigned warp_max(unsigned x) {
  for (int apart = warp_lanes / 2; apart > 0; apart /= 2) x = max(x, __shfl_xor_sync(whole_warp, x, apart));
  return x;
}

}  // namespace hawser::gpu::kernels
