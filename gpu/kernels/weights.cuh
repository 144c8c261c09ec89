/// Weights as GGUF files hold them, 32 values at a time.
#pragma once

#include "gpu/kernels/portable.cuh"

namespace hawser::gpu::kernels {

template <int Type>
inline constexpr bool quantized = Type != type_f32 && Type != type_f16 && Type != type_bf16;

/// 32 weights of a row: value i is scale[i / 16] * (byte i of `words`, signed) + offset.
struct weight_group {
  unsigned words[8];
  float scale[2];
  float offset;
};

HAWSER_DEVICE unsigned load_half(const std::uint8_t* at) {
  return *reinterpret_cast<const std::uint16_t*>(at);
}

/// Blocks of most types are multiples of two bytes, not of four.
HAWSER_DEVICE unsigned load_word(const std::uint8_t* at) {
  return load_half(at) | load_half(at + 2) << 16;
}

/// Each byte's field of `Bits` bits holds q; it becomes q - 2^(Bits-1), signed: the top bit flips and is
/// extended.
template <int Bits>
HAWSER_DEVICE unsigned make_signed(unsigned word) {
  constexpr unsigned top = 0x01010101u << (Bits - 1);
  const unsigned flipped = word ^ top;
  unsigned extended = flipped;
  for (int shift = 1; shift <= 8 - Bits; ++shift) extended |= (flipped & top) << shift;
  return extended;
}

/// Four bits become the fifth bits of a word's four bytes.
HAWSER_DEVICE unsigned spread_fifth(unsigned bits) {
  return (bits & 1u) << 4 | (bits & 2u) << 11 | (bits & 4u) << 18 | (bits & 8u) << 25;
}

/// 16 bytes of nibbles: the low ones are values 0 to 15.
HAWSER_DEVICE void unpack_nibbles(const std::uint8_t* at, weight_group& to) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const unsigned word = load_word(at + 4 * i);
    to.words[i] = word & 0x0f0f0f0fu;
    to.words[4 + i] = word >> 4 & 0x0f0f0f0fu;
  }
}

HAWSER_DEVICE void scale_alike(float scale, float offset, weight_group& to) {
  to.scale[0] = scale;
  to.scale[1] = scale;
  to.offset = offset;
}

/// Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0: one block a group.
template <int Type>
HAWSER_DEVICE void unpack_small(const std::uint8_t* row, int group, weight_group& to) {
  constexpr bool minimum = Type == type_q4_1 || Type == type_q5_1;
  constexpr bool five = Type == type_q5_0 || Type == type_q5_1;
  constexpr int head = minimum ? 4 : 2;
  constexpr int bytes = Type == type_q8_0 ? 34 : head + (five ? 4 : 0) + 16;
  const std::uint8_t* const block = row + static_cast<std::size_t>(group) * bytes;
  scale_alike(half_bits_to_float(load_half(block)), minimum ? half_bits_to_float(load_half(block + 2)) : 0.0f,
              to);
  if constexpr (Type == type_q8_0) {
#pragma unroll
    for (int i = 0; i < 8; ++i) to.words[i] = load_word(block + 2 + 4 * i);
  } else {
    unpack_nibbles(block + bytes - 16, to);
    if constexpr (five) {
      const unsigned fifth = load_word(block + head);
#pragma unroll
      for (int i = 0; i < 8; ++i) to.words[i] |= spread_fifth(fifth >> (4 * i));
    }
    if constexpr (!minimum) {
#pragma unroll
      for (int i = 0; i < 8; ++i) to.words[i] = make_signed<five ? 5 : 4>(to.words[i]);
    }
  }
}

/// Q4_K and Q5_K: eight groups a block, each with a scale and a minimum of six bits.
template <int Type>
HAWSER_DEVICE void unpack_with_minimum(const std::uint8_t* row, int group, weight_group& to) {
  constexpr bool five = Type == type_q5_k;
  constexpr int bytes = five ? 176 : 144;
  const std::uint8_t* const block = row + static_cast<std::size_t>(group / 8) * bytes;
  const int j = group % 8;
  const std::uint8_t* const packed = block + 4;
  unsigned scale, minimum;
  if (j < 4) {
    scale = packed[j] & 63u;
    minimum = packed[j + 4] & 63u;
  } else {
    scale = (packed[j + 4] & 15u) | static_cast<unsigned>(packed[j - 4] >> 6) << 4;
    minimum = static_cast<unsigned>(packed[j + 4] >> 4) | static_cast<unsigned>(packed[j] >> 6) << 4;
  }
  scale_alike(__fmul_rn(half_bits_to_float(load_half(block)), static_cast<float>(scale)),
              -__fmul_rn(half_bits_to_float(load_half(block + 2)), static_cast<float>(minimum)), to);
  // Blocks are multiples of 16 bytes, and so are the places within them.
  const std::uint8_t* const nibbles = block + (five ? 48 : 16) + j / 2 * 32;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const four_words packed_words = load_four(nibbles + 16 * half);
#pragma unroll
    for (int i = 0; i < 4; ++i)
      to.words[4 * half + i] = packed_words.word[i] >> (j % 2 * 4) & 0x0f0f0f0fu;
    if constexpr (five) {
      const four_words fifths = load_four(block + 16 + 16 * half);
#pragma unroll
      for (int i = 0; i < 4; ++i) to.words[4 * half + i] |= (fifths.word[i] >> j & 0x01010101u) << 4;
    }
  }
}

/// Q6_K: eight groups a block, with a signed scale for each 16 values.
HAWSER_DEVICE void unpack_q6_k(const std::uint8_t* row, int group, weight_group& to) {
  const std::uint8_t* const block = row + static_cast<std::size_t>(group / 8) * 210;
  const int j = group % 8, half = j / 4, quarter = j % 4;
  const float d = half_bits_to_float(load_half(block + 208));
#pragma unroll
  for (int i = 0; i < 2; ++i)
    to.scale[i] = __fmul_rn(d, static_cast<float>(static_cast<std::int8_t>(block[192 + 2 * j + i])));
  to.offset = 0.0f;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const unsigned low = load_word(block + half * 64 + quarter % 2 * 32 + 4 * i) >> (quarter / 2 * 4);
    const unsigned high = load_word(block + 128 + half * 32 + 4 * i) >> (quarter * 2);
    to.words[i] = make_signed<6>((low & 0x0f0f0f0fu) | (high & 0x03030303u) << 4);
  }
}

/// Group number `group` of a row.
template <int Type>
HAWSER_DEVICE void unpack(const std::uint8_t* row, int group, weight_group& to) {
  static_assert(quantized<Type>);
  if constexpr (Type == type_q4_k || Type == type_q5_k)
    unpack_with_minimum<Type>(row, group, to);
  else if constexpr (Type == type_q6_k)
    unpack_q6_k(row, group, to);
  else
    unpack_small<Type>(row, group, to);
}

HAWSER_DEVICE int byte_of(unsigned word, int i) {
  return static_cast<std::int8_t>(word >> (8 * i));
}

/// Value i of a group.
HAWSER_DEVICE float value_of(const weight_group& g, int i) {
  return __fadd_rn(__fmul_rn(g.scale[i / 16], static_cast<float>(byte_of(g.words[i / 4], i % 4))), g.offset);
}

/// Value i of a row that is not quantized.
template <int Type>
HAWSER_DEVICE float plain_value(const std::uint8_t* row, int i) {
  static_assert(!quantized<Type>);
  if constexpr (Type == type_f32) return reinterpret_cast<const float*>(row)[i];
  const unsigned bits = reinterpret_cast<const std::uint16_t*>(row)[i];
  if constexpr (Type == type_f16) return half_bits_to_float(bits);
  return __uint_as_float(bits << 16);
}

}  // namespace hawser::gpu::kernels
