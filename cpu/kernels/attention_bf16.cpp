#include "cpu/kernels/attention.hpp"
#include "cpu/kernels/isa_avx512.hpp"
#include "cpu/kernels/sets.hpp"

namespace hawser::cpu {
namespace {

/// A tag of its own, so that nothing compiled here is shared with sets for machines without AVX512-BF16.
struct avx512_bf16 : avx512_floats {};

/// bf16 pairs as vdpbf16ps takes them: queries and probabilities are rounded to bf16.
struct native_pairs {
  using isa = avx512_bf16;
  using floats = __m512;
  using pairs = __m512i;
  static constexpr std::size_t pair_bytes = 4;

  static HAWSER_INLINE pairs load(const std::byte* p) { return _mm512_loadu_si512(p); }
  static HAWSER_INLINE pairs broadcast(const std::byte* p) {
    int two = 0;
    std::memcpy(&two, p, sizeof two);
    return _mm512_set1_epi32(two);
  }
  static HAWSER_INLINE floats dot(floats acc, pairs a, pairs b) {
    return _mm512_dpbf16_ps(acc, as_bf16(a), as_bf16(b));
  }
  static HAWSER_INLINE __m512i join(floats low, floats high) {
    const __m512bh words = _mm512_cvtne2ps_pbh(high, low);
    const __m512i by_turns = _mm512_add_epi32(
        _mm512_mullo_epi32(isa::count_up(), _mm512_set1_epi32(0x00010001)), _mm512_set1_epi32(0x00100000));
    return _mm512_permutexvar_epi16(by_turns, as_ints(words));
  }
  static HAWSER_INLINE void store(std::byte* p, std::size_t index, floats x) {
    const __m256bh low = _mm512_cvtneps_pbh(x);
    std::memcpy(p + index * 2, &low, sizeof low);
  }
  static HAWSER_INLINE floats store_and_add(std::byte* p, std::size_t index, floats x, floats y, floats sum) {
    const __m512bh both = _mm512_cvtne2ps_pbh(y, x);
    std::memcpy(p + index * 2, &both, sizeof both);
    return _mm512_dpbf16_ps(sum, both, as_bf16(_mm512_set1_epi16(one)));
  }
  static HAWSER_INLINE floats store_and_add(std::byte* p, std::size_t index, floats x, floats sum) {
    store(p, index, x);
    const __m512i half =
        _mm512_zextsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + index * 2)));
    return _mm512_dpbf16_ps(sum, as_bf16(half), as_bf16(_mm512_set1_epi16(one)));
  }

 private:
  static constexpr short one = 0x3f80;  ///< as bf16

  static HAWSER_INLINE __m512i as_ints(__m512bh x) {
    __m512i out;
    static_assert(sizeof out == sizeof x);
    std::memcpy(&out, &x, sizeof out);
    return out;
  }
  static HAWSER_INLINE __m512bh as_bf16(__m512i x) {
    __m512bh out;
    static_assert(sizeof out == sizeof x);
    std::memcpy(&out, &x, sizeof out);
    return out;
  }
};

}  // namespace

void attend_bf16(const attention_job& job, std::byte* scratch) {
  attend<native_pairs, kv_type::bf16>(job, scratch);
}

void attend_q8_bf16(const attention_job& job, std::byte* scratch) {
  attend<native_pairs, kv_type::q8_0>(job, scratch);
}

}  // namespace hawser::cpu
