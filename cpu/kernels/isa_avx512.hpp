/// Sixteen lanes: AVX-512 F, BW, DQ and VL; dot products by VNNI or by 16-bit multiply-adds.
#pragma once

#include "cpu/kernels/format.hpp"

#include <immintrin.h>

#include <cstdint>

namespace hawser::cpu {

struct avx512_floats {
  static constexpr int lanes = 16;
  using floats = __m512;
  using ints = __m512i;
  using mask = __mmask16;

  static floats zero() { return _mm512_setzero_ps(); }
  static floats set(float x) { return _mm512_set1_ps(x); }
  static floats load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, floats x) { _mm512_storeu_ps(p, x); }
  static floats load_half(const void* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
  }
  static floats load_bf16(const void* p) {
    return _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p))), 16));
  }
  static void store_half(void* p, floats x) {
    _mm256_storeu_si256(static_cast<__m256i*>(p),
                        _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static floats add(floats a, floats b) { return _mm512_add_ps(a, b); }
  static floats sub(floats a, floats b) { return _mm512_sub_ps(a, b); }
  static floats mul(floats a, floats b) { return _mm512_mul_ps(a, b); }
  static floats div(floats a, floats b) { return _mm512_div_ps(a, b); }
  static floats fma(floats a, floats b, floats c) { return _mm512_fmadd_ps(a, b, c); }
  static floats max(floats a, floats b) { return _mm512_max_ps(a, b); }
  static floats min(floats a, floats b) { return _mm512_min_ps(a, b); }
  static float sum(floats x) { return _mm512_reduce_add_ps(x); }
  static float largest(floats x) { return _mm512_reduce_max_ps(x); }

  static ints iset(std::int32_t x) { return _mm512_set1_epi32(x); }
  static ints iadd(ints a, ints b) { return _mm512_add_epi32(a, b); }
  static ints isub(ints a, ints b) { return _mm512_sub_epi32(a, b); }
  static ints iand(ints a, ints b) { return _mm512_and_si512(a, b); }
  static ints imax(ints a, ints b) { return _mm512_max_epi32(a, b); }
  template <int N>
  static ints shift_left(ints a) {
    return _mm512_slli_epi32(a, N);
  }
  template <int N>
  static ints shift_right(ints a) {
    return _mm512_srli_epi32(a, N);
  }
  static std::int32_t isum(ints x) { return _mm512_reduce_add_epi32(x); }
  static std::int32_t ilargest(ints x) { return _mm512_reduce_max_epi32(x); }
  static ints bits(floats x) { return _mm512_castps_si512(x); }
  static floats from_bits(ints x) { return _mm512_castsi512_ps(x); }
  static ints round(floats x) { return _mm512_cvtps_epi32(x); }
  static floats to_floats(ints x) { return _mm512_cvtepi32_ps(x); }
  static void store_bytes(std::int8_t* p, ints x) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x));
  }
  /// Signed bytes, one a lane.
  static ints load_bytes(const void* p) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  }
  /// The low halves of the lanes.
  static void store_words(void* p, ints x) {
    _mm256_storeu_si256(static_cast<__m256i*>(p), _mm512_cvtepi32_epi16(x));
  }
  /// f16 in the low halves of the lanes.
  static ints half_words(floats x) {
    return _mm512_cvtepu16_epi32(_mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static floats low_halves(ints x) { return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(x)); }
  static ints iload(const void* p) { return _mm512_loadu_si512(p); }
  static void istore(void* p, ints x) { _mm512_storeu_si512(p, x); }
  static floats swap_neighbours(floats x) { return _mm512_permute_ps(x, 0xb1); }
  /// 1 / x to within two units in the last place, for 1 <= x < 2^128: a division takes ten cycles.
  static floats reciprocal(floats x) {
    const floats r = _mm512_rcp14_ps(x);
    return mul(r, _mm512_fnmadd_ps(x, r, set(2.0f)));
  }
  struct two_sums {
    std::int32_t a, b;
  };
  /// Both sums at once: half the shuffles.
  static two_sums isums(ints a, ints b) {
    const __m256i x = _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
    const __m256i y = _mm256_add_epi32(_mm512_castsi512_si256(b), _mm512_extracti64x4_epi64(b, 1));
    const __m256i pairs = _mm256_hadd_epi32(x, y);
    const __m128i fours = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    const __m128i sums = _mm_hadd_epi32(fours, fours);
    return {_mm_cvtsi128_si32(sums), _mm_extract_epi32(sums, 1)};
  }
  static ints count_up() { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }
  static bool any(mask m) { return m != 0; }
  /// x rounded to a whole number, and p * 2^whole: 0 when that is too small to be a number.
  static floats nearest(floats x) {
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static floats times_power(floats p, floats whole) { return _mm512_scalef_ps(p, whole); }
  static mask above(ints a, ints b) { return _mm512_cmpgt_epi32_mask(a, b); }
  static mask above(floats a, floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
  static floats pick(mask m, floats yes, floats no) { return _mm512_mask_blend_ps(m, no, yes); }
  static ints pick(mask m, ints yes, ints no) { return _mm512_mask_blend_epi32(m, no, yes); }
};

struct avx512 : avx512_floats {
  static constexpr int least_tokens = 2;
  static constexpr int most_tokens = 4;
  static constexpr int few_tokens = 4;

  /// acc + sum of 4 products in each lane: u8 weights (below 16 when Narrow) times s8 activations.
  template <bool Narrow>
  static ints dot(ints acc, ints w, ints a) {
    if constexpr (Narrow) {
      return _mm512_add_epi32(acc, _mm512_madd_epi16(_mm512_maddubs_epi16(w, a), _mm512_set1_epi16(1)));
    } else {
      const ints even = _mm512_madd_epi16(_mm512_and_si512(w, _mm512_set1_epi16(0xff)),
                                          _mm512_srai_epi16(_mm512_slli_epi16(a, 8), 8));
      const ints odd = _mm512_madd_epi16(_mm512_srli_epi16(w, 8), _mm512_srai_epi16(a, 8));
      return _mm512_add_epi32(acc, _mm512_add_epi32(even, odd));
    }
  }
};

#ifdef __AVX512VNNI__
struct avx512_vnni : avx512_floats {
  static constexpr int least_tokens = 4;
  static constexpr int most_tokens = 6;
  static constexpr int few_tokens = 8;

  template <bool Narrow>
  static ints dot(ints acc, ints w, ints a) {
    return _mm512_dpbusd_epi32(acc, w, a);
  }
};
#endif

}  // namespace hawser::cpu
