// Floats to blocks. Blocks of 32 are bit for bit those of the format's reference: every operation rounds to
// float on its own, so products and sums stand in statements of their own, or a compiler could fuse them.
#include "model/block_quantizers.hpp"
#include "model/wording.hpp"

#include <array>
#include <bit>
#include <cmath>

namespace hawser::model {
namespace {

constexpr std::size_t block = 32;
using quants = std::array<std::uint8_t, block>;

std::uint16_t float_to_brain(float value) noexcept {
  auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  bits += 0x7fffu + ((bits >> 16) & 1u);
  return static_cast<std::uint16_t>(bits >> 16);
}

/// 0 for a block without spread.
float inverse_of(float scale) noexcept {
  return scale == 0.0f ? 0.0f : 1.0f / scale;
}

/// value * inverse + offset, cut to 0 .. top. The scale is kept as a half, but divides as a float.
quants cut(const float* from, float minimum, float inverse, float offset, float top) noexcept {
  quants out{};
  for (std::size_t i = 0; i < block; ++i) {
    const float above = from[i] - minimum;
    const float scaled = above * inverse;
    const float shifted = scaled + offset;
    out[i] = clamped_quant(shifted, top);
  }
  return out;
}

/// The low four bits of value i and of value i + 16 share a byte.
void put_nibbles(const quants& q, std::byte* out) noexcept {
  for (std::size_t i = 0; i < block / 2; ++i) {
    out[i] = static_cast<std::byte>((q[i] & 15u) | (q[i + block / 2] & 15u) << 4);
  }
}

void put_fifth_bits(const quants& q, std::byte* out) noexcept {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < block; ++i) bits |= std::uint32_t{q[i] >> 4 & 1u} << i;
  std::memcpy(out, &bits, sizeof bits);
}

/// The largest magnitude becomes 127; rounds half away from zero.
void to_q8_0(const float* from, std::byte* out) noexcept {
  const float scale = std::fabs(extreme_of(from, block)) / 127.0f;
  const float inverse = inverse_of(scale);
  put_half(out, scale);
  for (std::size_t i = 0; i < block; ++i) {
    const float rounded = std::round(from[i] * inverse);
    // A block that holds an infinity or NaN has no int8 form: such values become 0.
    const bool fits = std::fabs(rounded) <= 127.0f;
    out[2 + i] = static_cast<std::byte>(static_cast<std::int8_t>(fits ? rounded : 0.0f));
  }
}

/// The value with the largest magnitude becomes -8, so that both signs of it can be met.
void to_q4_0(const float* from, std::byte* out) noexcept {
  const float scale = extreme_of(from, block) / -8.0f;
  put_half(out, scale);
  put_nibbles(cut(from, 0.0f, inverse_of(scale), 8.5f, 15.0f), out + 2);
}

void to_q5_0(const float* from, std::byte* out) noexcept {
  const float scale = extreme_of(from, block) / -16.0f;
  const quants q = cut(from, 0.0f, inverse_of(scale), 16.5f, 31.0f);
  put_half(out, scale);
  put_fifth_bits(q, out + 2);
  put_nibbles(q, out + 6);
}

/// From the smallest value to the largest in `top` steps; the scale and the minimum come first.
quants to_affine(const float* from, float top, std::byte* out) noexcept {
  float least = from[0];
  float most = from[0];
  for (std::size_t i = 1; i < block; ++i) {
    least = std::fmin(least, from[i]);
    most = std::fmax(most, from[i]);
  }
  const float spread = most - least;
  const float scale = spread / top;
  put_half(out, scale);
  put_half(out + 2, least);
  return cut(from, least, inverse_of(scale), 0.5f, top);
}

void to_q4_1(const float* from, std::byte* out) noexcept {
  put_nibbles(to_affine(from, 15.0f, out), out + 4);
}

void to_q5_1(const float* from, std::byte* out) noexcept {
  const quants q = to_affine(from, 31.0f, out);
  put_fifth_bits(q, out + 4);
  put_nibbles(q, out + 8);
}

}  // namespace

quantize_block small_block_quantizer(tensor_type type) noexcept {
  switch (type) {
  case tensor_type::q8_0:
    return to_q8_0;
  case tensor_type::q4_0:
    return to_q4_0;
  case tensor_type::q4_1:
    return to_q4_1;
  case tensor_type::q5_0:
    return to_q5_0;
  case tensor_type::q5_1:
    return to_q5_1;
  default:
    return nullptr;
  }
}

result<void> quantize(tensor_type type, std::span<const float> from, std::span<std::byte> out) {
  const block_shape shape = shape_of(type);
  if (from.size() % shape.values != 0 || from.size() / shape.values * shape.bytes != out.size()) {
    return wording::failed(errc::bad_argument, "quantize: ", from.size(), " values do not fill ", out.size(),
                           " bytes of type ", name_of(type));
  }
  if (type == tensor_type::f32) {
    if (!from.empty()) std::memcpy(out.data(), from.data(), out.size());
    return {};
  }
  if (type == tensor_type::f16 || type == tensor_type::bf16) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      const std::uint16_t bits = type == tensor_type::f16 ? float_to_half(from[i]) : float_to_brain(from[i]);
      std::memcpy(&out[2 * i], &bits, sizeof bits);
    }
    return {};
  }
  const quantize_block small = small_block_quantizer(type);
  const quantize_block one = small != nullptr ? small : large_block_quantizer(type);
  for (std::size_t i = 0; i < from.size() / shape.values; ++i)
    one(from.data() + i * shape.values, out.data() + i * shape.bytes);
  return {};
}

}  // namespace hawser::model
