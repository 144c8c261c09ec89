/// What kernels need of the compiler.
#pragma once

#include <cstddef>

#define HAWSER_INLINE __attribute__((always_inline))

namespace hawser::cpu {

/// f(0) to f(N - 1) as straight-line code, which keeps arrays of accumulators in registers. The index is no
/// constant of the language: a sequence of integral constants instantiates each body N times, and made the
/// kernels three times as slow to compile for the same instructions.
template <std::size_t N, class F>
HAWSER_INLINE inline void unroll(F&& f) {
#ifdef __clang__
#pragma clang loop unroll(full)
#else
#pragma GCC unroll 64
#endif
  for (std::size_t i = 0; i != N; ++i) f(i);
}

/// Asks for the line at `p` in the second-level cache: there, far more can be under way than on the way to
/// the first (measured: pages of keys at 16.5 GB/s a core, and at 9.5 with a hint for the first level or
/// none).
inline HAWSER_INLINE void fetch(const void* p) {
  __builtin_prefetch(p, 0, 2);
}

}  // namespace hawser::cpu
