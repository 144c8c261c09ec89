/// Four lanes in the compilers' own vector types: any machine.
#pragma once

#include "cpu/kernels/format.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace hawser::cpu {

struct portable {
  static constexpr int lanes = 4;
  static constexpr int least_tokens = 1;
  static constexpr int most_tokens = 2;
  static constexpr int few_tokens = 0;
  using floats = float __attribute__((vector_size(16)));
  using ints = std::int32_t __attribute__((vector_size(16)));
  using mask = ints;

  static floats zero() { return floats{}; }
  static floats set(float x) { return floats{x, x, x, x}; }
  static floats load(const float* p) {
    floats x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static void store(float* p, floats x) { std::memcpy(p, &x, sizeof x); }

  static float half_value(std::uint32_t h) {
    // Re-bias the exponent by multiplying; subnormals come out right, infinities and NaN are put back after.
    const std::uint32_t magnitude = (h & 0x7fffu) << 13;
    float value = 0;
    std::memcpy(&value, &magnitude, sizeof value);
    value *= 0x1p112f;
    std::uint32_t out = 0;
    std::memcpy(&out, &value, sizeof out);
    if ((h & 0x7c00u) == 0x7c00u) out = 0x7f800000u | (h & 0x3ffu) << 13;
    out |= (h & 0x8000u) << 16;
    std::memcpy(&value, &out, sizeof value);
    return value;
  }
  static std::uint16_t half_bits(float x) {
    std::uint32_t u = 0;
    std::memcpy(&u, &x, sizeof u);
    const auto sign = static_cast<std::uint16_t>(u >> 16 & 0x8000u);
    u &= 0x7fffffffu;
    if (u > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
    if (u >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);
    if (u < 0x38800000u) {  // subnormal: let an addition do the shift and the rounding
      float magnitude = 0;
      std::memcpy(&magnitude, &u, sizeof magnitude);
      magnitude += 0.5f;
      std::memcpy(&u, &magnitude, sizeof u);
      return static_cast<std::uint16_t>(sign | (u - 0x3f000000u));
    }
    u += 0xc8000fffu + (u >> 13 & 1u);
    return static_cast<std::uint16_t>(sign | u >> 13);
  }
  static floats load_half(const void* p) {
    std::uint16_t h[4];
    std::memcpy(h, p, sizeof h);
    return floats{half_value(h[0]), half_value(h[1]), half_value(h[2]), half_value(h[3])};
  }
  static floats load_bf16(const void* p) {
    std::uint16_t h[4];
    std::memcpy(h, p, sizeof h);
    ints x;
    for (int i = 0; i < lanes; ++i) x[i] = static_cast<std::int32_t>(std::uint32_t{h[i]} << 16);
    return from_bits(x);
  }
  static void store_half(void* p, floats x) {
    const std::uint16_t h[4] = {half_bits(x[0]), half_bits(x[1]), half_bits(x[2]), half_bits(x[3])};
    std::memcpy(p, h, sizeof h);
  }
  static floats add(floats a, floats b) { return a + b; }
  static floats sub(floats a, floats b) { return a - b; }
  static floats mul(floats a, floats b) { return a * b; }
  static floats div(floats a, floats b) { return a / b; }
  static floats fma(floats a, floats b, floats c) { return a * b + c; }
  static floats max(floats a, floats b) { return a > b ? a : b; }
  static floats min(floats a, floats b) { return a < b ? a : b; }
  static float sum(floats x) { return (x[0] + x[2]) + (x[1] + x[3]); }
  static float largest(floats x) {
    const float a = x[0] > x[1] ? x[0] : x[1];
    const float b = x[2] > x[3] ? x[2] : x[3];
    return a > b ? a : b;
  }

  static ints iset(std::int32_t x) { return ints{x, x, x, x}; }
  static ints iadd(ints a, ints b) { return a + b; }
  static ints isub(ints a, ints b) { return a - b; }
  static ints iand(ints a, ints b) { return a & b; }
  static ints imax(ints a, ints b) { return a > b ? a : b; }
  template <int N>
  static ints shift_left(ints a) {
    return from_unsigned(to_unsigned(a) << N);
  }
  template <int N>
  static ints shift_right(ints a) {
    return from_unsigned(to_unsigned(a) >> N);
  }
  static std::int32_t isum(ints x) { return x[0] + x[1] + x[2] + x[3]; }
  static std::int32_t ilargest(ints x) {
    const std::int32_t a = x[0] > x[1] ? x[0] : x[1];
    const std::int32_t b = x[2] > x[3] ? x[2] : x[3];
    return a > b ? a : b;
  }
  static ints bits(floats x) {
    ints out;
    std::memcpy(&out, &x, sizeof out);
    return out;
  }
  static floats from_bits(ints x) {
    floats out;
    std::memcpy(&out, &x, sizeof out);
    return out;
  }
  /// To nearest, ties to even: adding 1.5 * 2^23 leaves the integer in the low bits of the sum. |x| < 2^22.
  static ints round(floats x) { return bits(x + set(0x1.8p23f)) - iset(0x4b400000); }
  static floats to_floats(ints x) { return __builtin_convertvector(x, floats); }
  static void store_bytes(std::int8_t* p, ints x) {
    for (int i = 0; i < lanes; ++i) p[i] = static_cast<std::int8_t>(x[i]);
  }
  /// Signed bytes, one a lane.
  static ints load_bytes(const void* p) {
    std::int8_t b[4];
    std::memcpy(b, p, sizeof b);
    return ints{b[0], b[1], b[2], b[3]};
  }
  static void store_words(void* p, ints x) {
    std::uint16_t h[4];
    for (int i = 0; i < lanes; ++i) h[i] = static_cast<std::uint16_t>(x[i]);
    std::memcpy(p, h, sizeof h);
  }
  static ints half_words(floats x) {
    return ints{half_bits(x[0]), half_bits(x[1]), half_bits(x[2]), half_bits(x[3])};
  }
  static floats low_halves(ints x) {
    std::uint16_t h[4];
    store_words(h, x);
    return load_half(h);
  }
  static ints iload(const void* p) {
    ints x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static void istore(void* p, ints x) { std::memcpy(p, &x, sizeof x); }
  static floats swap_neighbours(floats x) { return floats{x[1], x[0], x[3], x[2]}; }
  static ints count_up() { return ints{0, 1, 2, 3}; }
  static bool any(mask m) { return (m[0] | m[1] | m[2] | m[3]) != 0; }
  static mask above(ints a, ints b) { return a > b; }
  static mask above(floats a, floats b) { return a > b; }
  static floats pick(mask m, floats yes, floats no) { return m ? yes : no; }
  static ints pick(mask m, ints yes, ints no) { return m ? yes : no; }

  template <bool Narrow>
  static ints dot(ints acc, ints w, ints a) {
    std::uint8_t u[16];
    std::int8_t s[16];
    std::memcpy(u, &w, sizeof u);
    std::memcpy(s, &a, sizeof s);
    for (int i = 0; i < lanes; ++i)
      for (int k = 0; k < 4; ++k) acc[i] += std::int32_t{u[4 * i + k]} * s[4 * i + k];
    return acc;
  }

 private:
  using unsigneds = std::uint32_t __attribute__((vector_size(16)));
  static unsigneds to_unsigned(ints x) {
    unsigneds out;
    std::memcpy(&out, &x, sizeof out);
    return out;
  }
  static ints from_unsigned(unsigneds x) {
    ints out;
    std::memcpy(&out, &x, sizeof out);
    return out;
  }
};

}  // namespace hawser::cpu
