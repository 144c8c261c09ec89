#include "cpu/roofline_loops.hpp"

#include <immintrin.h>

namespace hawser::cpu {
namespace {

// Twelve sums hide four cycles of latency on two ports, or six on one with some to spare. No sum's value is
// known to the compiler: it would merge equal ones, and show several times the truth.
constexpr int sums = 12;

template <class Register, class Step>
void loop(std::uint64_t rounds, Register a, Register b, Step step) {
  Register s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a, s10 = a, s11 = a;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    __asm__ volatile(""
                     : "+v"(s0), "+v"(s1), "+v"(s2), "+v"(s3), "+v"(s4), "+v"(s5), "+v"(s6), "+v"(s7),
                       "+v"(s8), "+v"(s9), "+v"(s10), "+v"(s11), "+v"(a), "+v"(b));
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
    s10 = step(s10, a, b);
    s11 = step(s11, a, b);
  }
  __asm__ volatile("" ::"v"(s0), "v"(s1), "v"(s2), "v"(s3), "v"(s4), "v"(s5), "v"(s6), "v"(s7), "v"(s8),
                   "v"(s9), "v"(s10), "v"(s11));
}

void vnni(std::uint64_t rounds) {
  loop(rounds, _mm512_setzero_si512(), _mm512_set1_epi8(1), [](__m512i s, __m512i a, __m512i b) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(s) : "v"(a), "v"(b));
    return s;
  });
}

void words(std::uint64_t rounds) {
  loop(rounds, _mm512_setzero_si512(), _mm512_set1_epi8(1), [](__m512i s, __m512i a, __m512i b) {
    __m512i products;
    // Volatile: all sums multiply the same registers, which would be done once.
    __asm__ volatile("vpmaddubsw %2, %1, %0\n\tvpmaddwd %2, %0, %0" : "=&v"(products) : "v"(a), "v"(b));
    return _mm512_add_epi32(s, products);
  });
}

void fused(std::uint64_t rounds) {
  loop(rounds, _mm512_setzero_ps(), _mm512_set1_ps(1.0f),
       [](__m512 s, __m512 a, __m512 b) { return _mm512_fmadd_ps(a, b, s); });
}

void brain(std::uint64_t rounds) {
  loop(rounds, _mm512_setzero_ps(), _mm512_set1_ps(1.0f), [](__m512 s, __m512 a, __m512 b) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(s) : "v"(a), "v"(b));
    return s;
  });
}

limit_loops with_words(bool bf16) {
  return {words, bf16 ? brain : nullptr, fused, sums * 64, sums * 32, sums * 16};
}

}  // namespace

limit_loops avx512_loops(bool bf16) {
  return with_words(bf16);
}

limit_loops avx512_vnni_loops(bool bf16) {
  limit_loops out = with_words(bf16);
  out.int8 = vnni;
  return out;
}

}  // namespace hawser::cpu
