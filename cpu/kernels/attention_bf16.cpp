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
    __m512bh x, y;
    static_assert(sizeof x == sizeof a);
    std::memcpy(&x, &a, sizeof x);
    std::memcpy(&y, &b, sizeof y);
    return _mm512_dpbf16_ps(acc, x, y);
  }
  static HAWSER_INLINE floats store(std::byte* p, std::size_t index, floats x) {
    const __m512i bits = to_bf16<avx512_bf16>(x);
    avx512_bf16::store_words(p + index * 2, bits);
    return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16));
  }
};

}  // namespace

void attend_bf16(const attention_job& job, std::byte* scratch) {
  attend<native_pairs>(job, scratch);
}

}  // namespace hawser::cpu
