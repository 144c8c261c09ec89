#include "cpu/packed_matrix.hpp"

#include <cstring>

namespace hawser::cpu {
namespace {

using model::tensor_type;

std::uint16_t read_u16(const std::byte* p) {
  std::uint16_t x = 0;
  std::memcpy(&x, p, sizeof x);
  return x;
}

std::uint8_t u8(const std::byte* p) {
  return std::to_integer<std::uint8_t>(*p);
}

/// 32 consecutive weights of one row, taken apart: up to two scales (of 16) and a minimum.
struct group {
  std::uint8_t quants[group_columns] = {};
  float scales[2] = {};  // the second is used by q6_k only
  float minimum = 0;
  std::uint16_t half_scale = 0;
  std::uint16_t half_minimum = 0;
};

/// Q4_0, Q4_1: byte i holds values i and i + 16.
void nibbles(const std::byte* p, std::uint8_t* out) {
  for (int i = 0; i < 16; ++i) {
    out[i] = u8(p + i) & 15;
    out[i + 16] = u8(p + i) >> 4;
  }
}

/// Q5_0, Q5_1: the fifth bits are in a word of 32.
void add_fifth_bits(const std::byte* p, std::uint8_t* out) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, p, sizeof bits);
  for (unsigned i = 0; i < 32; ++i) out[i] = static_cast<std::uint8_t>(out[i] | (bits >> i & 1u) << 4);
}

/// The 6-bit scale and minimum of sub-block j of a Q4_K or Q5_K block.
void sixes(const std::byte* p, unsigned j, unsigned& scale, unsigned& minimum) {
  if (j < 4) {
    scale = u8(p + j) & 63u;
    minimum = u8(p + j + 4) & 63u;
  } else {
    scale = (u8(p + j + 4) & 15u) | (unsigned{u8(p + j - 4)} >> 6) << 4;
    minimum = unsigned{u8(p + j + 4)} >> 4 | (unsigned{u8(p + j)} >> 6) << 4;
  }
}

void k_scales(const std::byte* block, unsigned j, group& out) {
  unsigned scale = 0, minimum = 0;
  sixes(block + 4, j, scale, minimum);
  out.scales[0] = model::half_to_float(read_u16(block)) * static_cast<float>(scale);
  out.minimum = -model::half_to_float(read_u16(block + 2)) * static_cast<float>(minimum);
}

/// Groups 2i and 2i + 1 of a K-quant share 32 bytes: low and high nibbles.
void k_nibbles(const std::byte* p, unsigned j, std::uint8_t* out) {
  for (unsigned i = 0; i < 32; ++i)
    out[i] = static_cast<std::uint8_t>(u8(p + j / 2 * 32 + i) >> (j % 2 * 4) & 15);
}

void q6_group(const std::byte* block, unsigned j, group& out) {
  const std::byte* const low = block + j / 4 * 64 + j % 2 * 32;
  const std::byte* const high = block + 128 + j / 4 * 32;
  for (unsigned i = 0; i < 32; ++i) {
    const unsigned l = unsigned{u8(low + i)} >> (j % 4 / 2 * 4) & 15u;
    const unsigned h = unsigned{u8(high + i)} >> (j % 4 * 2) & 3u;
    out.quants[i] = static_cast<std::uint8_t>(l | h << 4);
  }
  const float d = model::half_to_float(read_u16(block + 208));
  for (unsigned s = 0; s < 2; ++s)
    out.scales[s] = d * static_cast<float>(static_cast<std::int8_t>(u8(block + 192 + 2 * j + s)));
}

group take(tensor_type type, const std::byte* row, std::size_t g) {
  group out;
  const model::block_shape shape = model::shape_of(type);
  const std::size_t per_block = shape.values / group_columns;
  const std::byte* const block = row + g / per_block * shape.bytes;
  const auto j = static_cast<unsigned>(g % per_block);
  switch (type) {
  case tensor_type::q4_0:
  case tensor_type::q5_0: {
    const bool five = type == tensor_type::q5_0;
    out.half_scale = read_u16(block);
    nibbles(block + (five ? 6 : 2), out.quants);
    if (five) add_fifth_bits(block + 2, out.quants);
    break;
  }
  case tensor_type::q4_1:
  case tensor_type::q5_1: {
    const bool five = type == tensor_type::q5_1;
    out.half_scale = read_u16(block);
    out.half_minimum = read_u16(block + 2);
    nibbles(block + (five ? 8 : 4), out.quants);
    if (five) add_fifth_bits(block + 4, out.quants);
    break;
  }
  case tensor_type::q8_0:
    out.half_scale = read_u16(block);
    for (unsigned i = 0; i < 32; ++i) out.quants[i] = static_cast<std::uint8_t>(u8(block + 2 + i) ^ 0x80);
    break;
  case tensor_type::q4_k:
    k_scales(block, j, out);
    k_nibbles(block + 16, j, out.quants);
    break;
  case tensor_type::q5_k:
    k_scales(block, j, out);
    k_nibbles(block + 48, j, out.quants);
    for (unsigned i = 0; i < 32; ++i)
      out.quants[i] = static_cast<std::uint8_t>(out.quants[i] | (u8(block + 16 + i) >> j & 1) << 4);
    break;
  case tensor_type::q6_k:
    q6_group(block, j, out);
    break;
  case tensor_type::f32:
  case tensor_type::f16:
  case tensor_type::bf16:
    break;
  }
  return out;
}

/// Where value i of row r lies in a group: register i / 4, lane r, byte i % 4; nibbles put i and i + 16 in
/// one byte.
void place(const quant_layout& layout, const group& from, unsigned r, std::byte* to) {
  for (unsigned i = 0; i < group_columns; ++i) {
    const unsigned k = layout.bits == 4 ? i % 16 : i;
    std::byte& at = to[k / 4 * 64 + r * 4 + k % 4];
    at |= std::byte{from.quants[i]} << (layout.bits == 4 && i >= 16 ? 4 : 0);
  }
  std::byte* const scales = to + layout.quant_bytes();
  std::byte* const minima = scales + layout.scale_bytes();
  if (layout.half_scales) {
    std::memcpy(scales + r * 2, &from.half_scale, 2);
    if (layout.minimum) std::memcpy(minima + r * 2, &from.half_minimum, 2);
    return;
  }
  for (unsigned s = 0; s < group_columns / layout.run; ++s)
    std::memcpy(scales + (s * block_rows + r) * 4, &from.scales[s], 4);
  if (layout.minimum) std::memcpy(minima + r * 4, &from.minimum, 4);
}

}  // namespace

weight_format format_of(tensor_type type) noexcept {
  switch (type) {
  case tensor_type::q4_0:
    return weight_format::q4_0;
  case tensor_type::q4_1:
    return weight_format::q4_1;
  case tensor_type::q4_k:
    return weight_format::q4_k;
  case tensor_type::q5_0:
    return weight_format::q5_0;
  case tensor_type::q5_1:
    return weight_format::q5_1;
  case tensor_type::q5_k:
    return weight_format::q5_k;
  case tensor_type::q6_k:
    return weight_format::q6_k;
  case tensor_type::q8_0:
    return weight_format::q8_0;
  case tensor_type::f16:
    return weight_format::f16;
  case tensor_type::bf16:
    return weight_format::bf16;
  case tensor_type::f32:
    break;
  }
  return weight_format::f32;
}

std::size_t packed_bytes(tensor_type type, std::size_t rows, std::size_t columns) noexcept {
  return (rows + block_rows - 1) / block_rows * row_block_bytes(format_of(type), columns);
}

void pack_block(const model::tensor_view& from, std::uint64_t block, std::byte* to) noexcept {
  const weight_format format = format_of(from.type);
  const quant_layout layout = layout_of(format);
  const std::uint64_t first = block * block_rows;
  const auto rows =
      static_cast<unsigned>(from.rows() - first < block_rows ? from.rows() - first : block_rows);
  std::memset(to, 0, row_block_bytes(format, from.columns()));
  for (unsigned r = 0; r < rows; ++r) {
    const std::byte* const row = from.row(first + r).data();
    if (is_float(format)) {
      const std::size_t size = float_bytes(format);
      for (std::size_t k = 0; k < from.columns(); ++k)
        std::memcpy(to + (k * block_rows + r) * size, row + k * size, size);
    } else {
      for (std::size_t g = 0; g < from.columns() / group_columns; ++g)
        place(layout, take(from.type, row, g), r, to + g * layout.group_bytes());
    }
  }
}

void unpack_row(const packed_view& from, std::uint32_t row, std::span<float> out) noexcept {
  const std::byte* const block = from.data + row / block_rows * row_block_bytes(from.format, from.columns);
  const std::size_t r = row % block_rows;
  if (is_float(from.format)) {
    const std::size_t size = float_bytes(from.format);
    for (std::size_t k = 0; k < from.columns; ++k) {
      const std::byte* const at = block + (k * block_rows + r) * size;
      if (from.format == weight_format::f32)
        std::memcpy(&out[k], at, 4);
      else if (from.format == weight_format::f16)
        out[k] = model::half_to_float(read_u16(at));
      else {
        const std::uint32_t bits = std::uint32_t{read_u16(at)} << 16;
        std::memcpy(&out[k], &bits, 4);
      }
    }
    return;
  }
  const quant_layout layout = layout_of(from.format);
  for (std::size_t g = 0; g < from.columns / group_columns; ++g) {
    const std::byte* const at = block + g * layout.group_bytes();
    const auto scale_at = [&](std::size_t index) {
      const std::byte* const p = at + layout.quant_bytes() + index * (layout.half_scales ? 2 : 4);
      float x = 0;
      if (!layout.half_scales) std::memcpy(&x, p, 4);
      return layout.half_scales ? model::half_to_float(read_u16(p)) : x;
    };
    const std::size_t scales = block_rows * (group_columns / layout.run);
    const float minimum = layout.minimum ? scale_at(scales + r) : 0.0f;
    const int offset = layout.minimum ? 0 : 1 << layout.offset_log2;
    for (std::size_t i = 0; i < group_columns; ++i) {
      const std::size_t k = layout.bits == 4 ? i % 16 : i;
      const unsigned byte = u8(at + k / 4 * 64 + r * 4 + k % 4);
      const unsigned q = layout.bits == 8 ? byte : i < 16 ? byte & 15u : byte >> 4;
      out[g * group_columns + i] =
          scale_at(i / layout.run * block_rows + r) * static_cast<float>(static_cast<int>(q) - offset) +
          minimum;
    }
  }
}

}  // namespace hawser::cpu
