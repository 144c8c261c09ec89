/// Eight lanes: AVX2, FMA and F16C; dot products by AVX-VNNI or by 16-bit multiply-adds.
#pragma once

#include "cpu/kernels/format.hpp"

#include <immintrin.h>

#include <cstdint>

namespace hawser::cpu {

struct avx2_floats {
  static constexpr int lanes = 8;
  using floats = __m256;
  using ints = __m256i;
  using mask = __m256;

  static floats zero() { return _mm256_setzero_ps(); }
  static floats set(float x) { return _mm256_set1_ps(x); }
  static floats load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, floats x) { _mm256_storeu_ps(p, x); }
  static floats load_half(const void* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  }
  static floats load_bf16(const void* p) {
    return _mm256_castsi256_ps(
        _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))), 16));
  }
  static void store_half(void* p, floats x) {
    _mm_storeu_si128(static_cast<__m128i*>(p),
                     _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static floats add(floats a, floats b) { return _mm256_add_ps(a, b); }
  static floats sub(floats a, floats b) { return _mm256_sub_ps(a, b); }
  static floats mul(floats a, floats b) { return _mm256_mul_ps(a, b); }
  static floats div(floats a, floats b) { return _mm256_div_ps(a, b); }
  static floats fma(floats a, floats b, floats c) { return _mm256_fmadd_ps(a, b, c); }
  static floats max(floats a, floats b) { return _mm256_max_ps(a, b); }
  static floats min(floats a, floats b) { return _mm256_min_ps(a, b); }
  static float sum(floats x) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
  }
  static float largest(floats x) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_shuffle_ps(s, s, 1)));
  }

  static ints iset(std::int32_t x) { return _mm256_set1_epi32(x); }
  static ints iadd(ints a, ints b) { return _mm256_add_epi32(a, b); }
  static ints isub(ints a, ints b) { return _mm256_sub_epi32(a, b); }
  static ints iand(ints a, ints b) { return _mm256_and_si256(a, b); }
  static ints imax(ints a, ints b) { return _mm256_max_epi32(a, b); }
  template <int N>
  static ints shift_left(ints a) {
    return _mm256_slli_epi32(a, N);
  }
  template <int N>
  static ints shift_right(ints a) {
    return _mm256_srli_epi32(a, N);
  }
  static std::int32_t isum(ints x) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
  }
  static std::int32_t ilargest(ints x) {
    __m128i s = _mm_max_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    s = _mm_max_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_max_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
  }
  static ints bits(floats x) { return _mm256_castps_si256(x); }
  static floats from_bits(ints x) { return _mm256_castsi256_ps(x); }
  static ints round(floats x) { return _mm256_cvtps_epi32(x); }
  static floats to_floats(ints x) { return _mm256_cvtepi32_ps(x); }
  static void store_bytes(std::int8_t* p, ints x) {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(words, words));
  }
  /// Signed bytes, one a lane.
  static ints load_bytes(const void* p) {
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(p)));
  }
  static __m128i low_words(ints x) {
    const ints low = _mm256_and_si256(x, _mm256_set1_epi32(0xffff));
    return _mm_packus_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
  }
  static void store_words(void* p, ints x) { _mm_storeu_si128(static_cast<__m128i*>(p), low_words(x)); }
  static ints half_words(floats x) {
    return _mm256_cvtepu16_epi32(_mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static floats low_halves(ints x) { return _mm256_cvtph_ps(low_words(x)); }
  static ints iload(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
  static void istore(void* p, ints x) { _mm256_storeu_si256(static_cast<__m256i*>(p), x); }
  static floats swap_neighbours(floats x) { return _mm256_permute_ps(x, 0xb1); }
  static ints count_up() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }
  static bool any(mask m) { return _mm256_movemask_ps(m) != 0; }
  static mask above(ints a, ints b) { return _mm256_castsi256_ps(_mm256_cmpgt_epi32(a, b)); }
  static mask above(floats a, floats b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
  static floats pick(mask m, floats yes, floats no) { return _mm256_blendv_ps(no, yes, m); }
  static ints pick(mask m, ints yes, ints no) {
    return bits(_mm256_blendv_ps(from_bits(no), from_bits(yes), m));
  }
};

struct avx2 : avx2_floats {
  static constexpr int least_tokens = 1;
  static constexpr int most_tokens = 2;
  static constexpr int few_tokens = 0;

  template <bool Narrow>
  static ints dot(ints acc, ints w, ints a) {
    if constexpr (Narrow) {
      return _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_maddubs_epi16(w, a), _mm256_set1_epi16(1)));
    } else {
      const ints even = _mm256_madd_epi16(_mm256_and_si256(w, _mm256_set1_epi16(0xff)),
                                          _mm256_srai_epi16(_mm256_slli_epi16(a, 8), 8));
      const ints odd = _mm256_madd_epi16(_mm256_srli_epi16(w, 8), _mm256_srai_epi16(a, 8));
      return _mm256_add_epi32(acc, _mm256_add_epi32(even, odd));
    }
  }
};

#ifdef __AVXVNNI__
struct avx2_vnni : avx2_floats {
  static constexpr int least_tokens = 1;
  static constexpr int most_tokens = 3;
  static constexpr int few_tokens = 0;

  template <bool Narrow>
  static ints dot(ints acc, ints w, ints a) {
    return _mm256_dpbusd_avx_epi32(acc, w, a);
  }
};
#endif

}  // namespace hawser::cpu
