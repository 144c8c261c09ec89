/// Straight-line code for small fixed counts: g++ keeps arrays of accumulators in registers only when every
/// index is a constant.
#pragma once

#include <type_traits>
#include <utility>

#define HAWSER_INLINE __attribute__((always_inline))

namespace hawser::cpu {

template <int N, class F>
HAWSER_INLINE inline void unroll(F&& f) {
  [&]<int... I>(std::integer_sequence<int, I...>)
      HAWSER_INLINE { (f(std::integral_constant<int, I>{}), ...); }(std::make_integer_sequence<int, N>{});
}

}  // namespace hawser::cpu
