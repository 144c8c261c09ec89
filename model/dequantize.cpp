// Blocks of each tensor type to floats, bit for bit as the format's reference does: one multiplication, and
// where there is a minimum one addition, each rounded to float. They stand in statements of their own, or a
// compiler could fuse them.
#include "model/byte_cursor.hpp"
#include "model/tensor.hpp"

#include <bit>
#include <utility>

namespace hawser::model {
namespace {

using block_bytes = std::span<const std::byte>;

std::uint32_t at(block_bytes block, std::size_t index) noexcept {
  return std::to_integer<std::uint32_t>(block[index]);
}

float half_at(block_bytes block, std::size_t offset) noexcept {
  return half_to_float(load<std::uint16_t>(block.subspan(offset)));
}

float scaled(float scale, int value) noexcept {
  return scale * static_cast<float>(value);
}

/// d * q + m, not fused.
float affine(float scale, std::uint32_t value, float offset) noexcept {
  const float product = scale * static_cast<float>(value);
  return product + offset;
}

void from_f32(block_bytes block, float* out) noexcept {
  *out = load<float>(block);
}

void from_f16(block_bytes block, float* out) noexcept {
  *out = half_at(block, 0);
}

void from_bf16(block_bytes block, float* out) noexcept {
  *out = std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(block)} << 16);
}

/// d:f16, 32 x int8.
void from_q8_0(block_bytes block, float* out) noexcept {
  const float d = half_at(block, 0);
  for (std::size_t i = 0; i < 32; ++i) out[i] = scaled(d, static_cast<std::int8_t>(at(block, 2 + i)));
}

/// The i-th of 32 nibbles: the low halves of 16 bytes first, then the high ones.
std::uint32_t nibble(block_bytes nibbles, std::size_t i) noexcept {
  return i < 16 ? at(nibbles, i) & 15u : at(nibbles, i - 16) >> 4;
}

/// d:f16, 16 bytes of nibbles.
void from_q4_0(block_bytes block, float* out) noexcept {
  const float d = half_at(block, 0);
  for (std::size_t i = 0; i < 32; ++i) out[i] = scaled(d, static_cast<int>(nibble(block.subspan(2), i)) - 8);
}

/// d:f16, m:f16, nibbles.
void from_q4_1(block_bytes block, float* out) noexcept {
  const float d = half_at(block, 0);
  const float m = half_at(block, 2);
  for (std::size_t i = 0; i < 32; ++i) out[i] = affine(d, nibble(block.subspan(4), i), m);
}

/// d:f16, 32 fifth bits, nibbles.
void from_q5_0(block_bytes block, float* out) noexcept {
  const float d = half_at(block, 0);
  const auto high = load<std::uint32_t>(block.subspan(2));
  for (std::size_t i = 0; i < 32; ++i) {
    const std::uint32_t q = nibble(block.subspan(6), i) | ((high >> i) & 1u) << 4;
    out[i] = scaled(d, static_cast<int>(q) - 16);
  }
}

/// d:f16, m:f16, 32 fifth bits, nibbles.
void from_q5_1(block_bytes block, float* out) noexcept {
  const float d = half_at(block, 0);
  const float m = half_at(block, 2);
  const auto high = load<std::uint32_t>(block.subspan(4));
  for (std::size_t i = 0; i < 32; ++i) {
    out[i] = affine(d, nibble(block.subspan(8), i) | ((high >> i) & 1u) << 4, m);
  }
}

/// The j-th of eight 6-bit (scale, minimum) pairs that Q4_K and Q5_K pack into 12 bytes: for j < 4 the low
/// six bits of bytes j and j + 4; for the others four bits of byte j + 4 and the two top bits that the first
/// left over.
std::pair<std::uint32_t, std::uint32_t> scale_and_minimum(block_bytes packed, std::size_t j) noexcept {
  if (j < 4) return {at(packed, j) & 63u, at(packed, j + 4) & 63u};
  const std::uint32_t low = at(packed, j + 4);
  return {(low & 15u) | (at(packed, j - 4) >> 6) << 4, low >> 4 | (at(packed, j) >> 6) << 4};
}

/// d:f16, dmin:f16, 12 bytes of scales, `high` (Q5_K: 32 bytes of fifth bits, one bit plane a sub-block), 128
/// bytes of nibbles.
void from_k_with_minimum(block_bytes block, bool fifth_bit, float* out) noexcept {
  const float d = half_at(block, 0);
  const float d_minimum = half_at(block, 2);
  const block_bytes high = block.subspan(16);
  const block_bytes nibbles = block.subspan(fifth_bit ? 48 : 16);
  for (std::size_t j = 0; j < 8; ++j) {
    const auto [scale, minimum] = scale_and_minimum(block.subspan(4, 12), j);
    const float s = d * static_cast<float>(scale);
    const float m = d_minimum * static_cast<float>(minimum);
    for (std::size_t i = 0; i < 32; ++i) {
      std::uint32_t q = (at(nibbles, j / 2 * 32 + i) >> (j % 2 * 4)) & 15u;
      if (fifth_bit) q |= ((at(high, i) >> j) & 1u) << 4;
      out[j * 32 + i] = affine(s, q, -m);
    }
  }
}

void from_q4_k(block_bytes block, float* out) noexcept {
  from_k_with_minimum(block, false, out);
}

void from_q5_k(block_bytes block, float* out) noexcept {
  from_k_with_minimum(block, true, out);
}

/// 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 int8 scales (one for 16 values), d:f16.
void from_q6_k(block_bytes block, float* out) noexcept {
  const float d = half_at(block, 208);
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t half = i / 128;
    const std::size_t quarter = i % 128 / 32;
    const std::size_t low_byte = half * 64 + quarter % 2 * 32 + i % 32;
    const std::uint32_t low = (at(block, low_byte) >> (quarter / 2 * 4)) & 15u;
    const std::uint32_t high = (at(block, 128 + half * 32 + i % 32) >> (quarter * 2)) & 3u;
    const float s = scaled(d, static_cast<std::int8_t>(at(block, 192 + i / 16)));
    out[i] = scaled(s, static_cast<int>(low | high << 4) - 32);
  }
}

using block_reader = void (*)(block_bytes, float*) noexcept;

block_reader reader_of(tensor_type type) noexcept {
  switch (type) {
  case tensor_type::f32:
    return from_f32;
  case tensor_type::f16:
    return from_f16;
  case tensor_type::bf16:
    return from_bf16;
  case tensor_type::q8_0:
    return from_q8_0;
  case tensor_type::q4_0:
    return from_q4_0;
  case tensor_type::q4_1:
    return from_q4_1;
  case tensor_type::q5_0:
    return from_q5_0;
  case tensor_type::q5_1:
    return from_q5_1;
  case tensor_type::q4_k:
    return from_q4_k;
  case tensor_type::q5_k:
    return from_q5_k;
  case tensor_type::q6_k:
    return from_q6_k;
  }
  return nullptr;
}

}  // namespace

void dequantize(tensor_type type, std::span<const std::byte> from, std::span<float> out) noexcept {
  const block_reader read = reader_of(type);
  const block_shape shape = shape_of(type);
  for (std::size_t value = 0, byte = 0; value < out.size(); value += shape.values, byte += shape.bytes) {
    read(from.subspan(byte, shape.bytes), out.data() + value);
  }
}

}  // namespace hawser::model
