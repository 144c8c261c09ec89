/// One block of floats to one block of a quantized type. Inside model/ only.
#pragma once

#include "model/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace hawser::model {

using quantize_block = void (*)(const float* from, std::byte* out) noexcept;

/// 32 floats; null for a type that does not have blocks of 32.
[[nodiscard]] quantize_block small_block_quantizer(tensor_type type) noexcept;
/// 256 floats: Q4_K, Q5_K, Q6_K; null for others.
[[nodiscard]] quantize_block large_block_quantizer(tensor_type type) noexcept;

inline void put_half(std::byte* out, float value) noexcept {
  const std::uint16_t half = float_to_half(value);
  std::memcpy(out, &half, sizeof half);
}

/// The first of the values with the largest magnitude. In two passes: clang 19 at -O3 gets the one pass wrong
/// that keeps the value whose magnitude is larger than the kept one's.
[[nodiscard]] inline float extreme_of(const float* from, std::size_t count) noexcept {
  float most = 0.0f;
  for (std::size_t i = 0; i < count; ++i) most = std::max(most, std::fabs(from[i]));
  for (std::size_t i = 0; i < count; ++i) {
    if (std::fabs(from[i]) == most) return from[i];
  }
  return 0.0f;
}

/// A quant in 0 .. top. What is not a number becomes 0.
[[nodiscard]] inline std::uint8_t clamped_quant(float value, float top) noexcept {
  return static_cast<std::uint8_t>(value > 0.0f ? std::min(value, top) : 0.0f);
}

}  // namespace hawser::model
