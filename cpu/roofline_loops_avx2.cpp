#include "cpu/roofline_loops.hpp"

#include <immintrin.h>

namespace hawser::cpu {
namespace {

// Ten sums of the sixteen registers: five cycles of latency on two ports. Their values are hidden from the
// compiler, which would merge equal ones.
constexpr int sums = 10;

template <class Register, class Step>
void loop(std::uint64_t rounds, Register a, Register b, Step step) {
  Register s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    __asm__ volatile(""
                     : "+x"(s0), "+x"(s1), "+x"(s2), "+x"(s3), "+x"(s4), "+x"(s5), "+x"(s6), "+x"(s7),
                       "+x"(s8), "+x"(s9), "+x"(a), "+x"(b));
    s0 = step(s0, a, b);
    s1 = step(s1, a, b);
    s2 = step(s2, a, b);
    s3 = step(s3, a, b);
    s4 = step(s4, a, b);
    s5 = step(s5, a, b);
    s6 = step(s6, a, b);
    s7 = step(s7, a, b);
    s8 = step(s8, a, b);
    s9 = step(s9, a, b);
  }
  __asm__ volatile("" ::"x"(s0), "x"(s1), "x"(s2), "x"(s3), "x"(s4), "x"(s5), "x"(s6), "x"(s7), "x"(s8),
                   "x"(s9));
}

void words(std::uint64_t rounds) {
  loop(rounds, _mm256_setzero_si256(), _mm256_set1_epi8(1), [](__m256i s, __m256i a, __m256i b) {
    __m256i products;
    // Volatile: all sums multiply the same registers, which would be done once.
    __asm__ volatile("vpmaddubsw %2, %1, %0\n\tvpmaddwd %2, %0, %0" : "=&x"(products) : "x"(a), "x"(b));
    return _mm256_add_epi32(s, products);
  });
}

void fused(std::uint64_t rounds) {
  loop(rounds, _mm256_setzero_ps(), _mm256_set1_ps(1.0f),
       [](__m256 s, __m256 a, __m256 b) { return _mm256_fmadd_ps(a, b, s); });
}

}  // namespace

limit_loops avx2_loops() {
  return {words, nullptr, fused, sums * 32, 0, sums * 8};
}

}  // namespace hawser::cpu
