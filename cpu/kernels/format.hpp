/// Formats of packed weights: sixteen rows interleaved, so that one load fills a register with the next four
/// values of sixteen rows. The page docs/cpu.md draws them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hawser::cpu {

/// One for each tensor type that files hold; each keeps its values and scales without loss.
enum class weight_format : std::uint8_t { q4_0, q4_1, q4_k, q5_0, q5_1, q5_k, q6_k, q8_0, f16, bf16, f32 };

inline constexpr std::uint32_t block_rows = 16;     ///< rows that are interleaved
inline constexpr std::uint32_t group_columns = 32;  ///< activations that share a scale

/// How a quantized format is stored: for each row block, for each group of 32 columns, the quants of 16 rows,
/// then their scales, then (with `minimum`) their minima. A weight is scale * (q - offset), or scale * q +
/// minimum.
struct quant_layout {
  std::uint32_t bits = 0;   ///< of a stored quant: 4 (two in a byte) or 8
  std::uint32_t run = 32;   ///< columns that share a scale: 32 or 16
  bool half_scales = true;  ///< scales and minima as f16; else f32, for products of two file values
  bool minimum = false;
  std::uint32_t offset_log2 = 0;  ///< without `minimum`: q - (1 << offset_log2)

  [[nodiscard]] constexpr std::size_t quant_bytes() const {
    return std::size_t{block_rows} * group_columns * bits / 8;
  }
  [[nodiscard]] constexpr std::size_t scale_bytes() const {
    return block_rows * (group_columns / run) * (half_scales ? 2u : 4u);
  }
  [[nodiscard]] constexpr std::size_t group_bytes() const {
    return quant_bytes() + scale_bytes() * (minimum ? 2u : 1u);
  }
};

/// The layout of a quantized format; bits == 0 for the float formats, which are [column][16 rows].
[[nodiscard]] constexpr quant_layout layout_of(weight_format format) {
  switch (format) {
  case weight_format::q4_0:
    return {.bits = 4, .offset_log2 = 3};
  case weight_format::q4_1:
    return {.bits = 4, .minimum = true};
  case weight_format::q4_k:
    return {.bits = 4, .half_scales = false, .minimum = true};
  case weight_format::q5_0:
    return {.bits = 8, .offset_log2 = 4};
  case weight_format::q5_1:
    return {.bits = 8, .minimum = true};
  case weight_format::q5_k:
    return {.bits = 8, .half_scales = false, .minimum = true};
  case weight_format::q6_k:
    return {.bits = 8, .run = 16, .half_scales = false, .offset_log2 = 5};
  case weight_format::q8_0:
    return {.bits = 8, .offset_log2 = 7};
  case weight_format::f16:
  case weight_format::bf16:
  case weight_format::f32:
    break;
  }
  return {};
}

[[nodiscard]] constexpr bool is_float(weight_format format) {
  return layout_of(format).bits == 0;
}

[[nodiscard]] constexpr std::size_t float_bytes(weight_format format) {
  return format == weight_format::f32 ? 4 : 2;
}

/// Bytes of one block of 16 rows.
[[nodiscard]] constexpr std::size_t row_block_bytes(weight_format format, std::size_t columns) {
  return is_float(format) ? columns * block_rows * float_bytes(format)
                          : columns / group_columns * layout_of(format).group_bytes();
}

}  // namespace hawser::cpu
