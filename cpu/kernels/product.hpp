/// Packed weights times activations, for any instruction set: how a product is cut into tiles.
///
/// A tile is two registers of rows times up to most_tokens activations. In AVX-512 that is 12 integer and 12
/// float accumulators, 2 registers of weights, 2 of packed nibbles, the mask and a broadcast: 30 of 32. A few
/// activations, up to few_tokens, are memory's work and not arithmetic's: one register of rows walks the
/// weights as a single stream, which the hardware's prefetchers follow (measured: a stream reads at the speed
/// of a plain read, two at 60% of it).
#pragma once

#include "cpu/kernels/kernel_set.hpp"
#include "cpu/kernels/tiles.hpp"
#include "cpu/kernels/unroll.hpp"

#include <cstring>

namespace hawser::cpu {

/// The tile for `tokens`: Least, or one more (twice as many, when Doubling), and so on up to Most.
template <int Least, int Most, bool Doubling, class Run>
inline HAWSER_INLINE void with_tokens(std::size_t tokens, Run&& run) {
  if (tokens == Least) return run(std::integral_constant<int, Least>{});
  constexpr int next = Doubling ? 2 * Least : Least + 1;
  if constexpr (next <= Most) with_tokens<next, Most, Doubling>(tokens, run);
}

/// Two registers of rows, for any number of activations that is not few: tiles of as equal sizes as there can
/// be, none below least_tokens. Tile(count, first activation) runs one.
template <class Isa, class Tile>
inline HAWSER_INLINE void each_tile(std::size_t tokens, Tile tile) {
  std::size_t tiles = (tokens + Isa::most_tokens - 1) / Isa::most_tokens;
  for (std::size_t t = 0; t < tokens; --tiles) {
    const std::size_t count = (tokens - t + tiles - 1) / tiles;
    with_tokens<Isa::least_tokens, Isa::most_tokens, false>(count, [&](auto n) HAWSER_INLINE { tile(n, t); });
    t += count;
  }
}

/// How far before its use a stream of weights is fetched: what memory gives a core in a microsecond.
inline constexpr std::size_t stream_ahead = 16384;

/// What a tile fetches of what is coming; null: nothing.
template <int Registers, int Tokens>
inline HAWSER_INLINE const std::byte* coming_for(fetch_cursor* from, std::size_t columns) {
  constexpr int lines = fetch_lines<Registers, Tokens>;
  return from != nullptr && lines != 0 ? from->take(columns / group_columns * lines * 64) : nullptr;
}

template <class Isa, weight_format Format>
void many_tokens(const packed_view& w, std::size_t first, const activation_rows& a, std::size_t tokens,
                 const product_target& to, fetch_cursor* coming) {
  const tile_rows<Isa, 2> rows(w, first);
  const auto target = [&](std::size_t t)
                          HAWSER_INLINE { return product_target{to.out + t * to.stride, to.stride, to.add}; };
  if constexpr (is_float(Format)) {
    each_tile<Isa>(tokens, [&](auto n, std::size_t t) HAWSER_INLINE {
      run_float_tile<Isa, Format, 2, n>(rows, a.from(t), target(t), first);
    });
    return;
  } else {
    constexpr quant_layout layout = layout_of(Format);
    each_tile<Isa>(tokens, [&](auto n, std::size_t t) HAWSER_INLINE {
      // While the first tile computes, the row blocks that come next are fetched.
      const hints next{t == 0 ? 2 * row_block_bytes(w.format, w.columns) : 0,
                       coming_for<2, n>(coming, w.columns)};
      run_quant_tile<Isa, layout, 2, n>(rows, a.from(t), target(t), first, next);
    });
  }
}

/// Any number of tokens for one register of rows, in tiles of powers of two.
template <class Isa, weight_format Format>
void few_tokens(const packed_view& w, std::size_t first, const activation_rows& a, std::size_t tokens,
                const product_target& to, fetch_cursor* coming) {
  const tile_rows<Isa, 1> rows(w, first);
  for (std::size_t t = 0; t < tokens;) {
    std::size_t count = Isa::few_tokens;
    while (count > tokens - t) count /= 2;
    const product_target target{to.out + t * to.stride, to.stride, to.add};
    with_tokens<1, Isa::few_tokens, true>(count, [&](auto n) HAWSER_INLINE {
      if constexpr (is_float(Format)) {
        run_float_tile<Isa, Format, 1, n>(rows, a.from(t), target, first);
      } else {
        const hints next{t == 0 ? stream_ahead : 0, coming_for<1, n>(coming, w.columns)};
        run_quant_tile<Isa, layout_of(Format), 1, n>(rows, a.from(t), target, first, next);
      }
    });
    t += count;
  }
}

template <class Isa, weight_format Format>
void product_of(const packed_view& w, const activation_rows& a, std::size_t tokens, const product_target& to,
                fetch_cursor* coming) {
  const std::size_t registers = std::size_t{w.row_blocks} * (block_rows / Isa::lanes);
  std::size_t v = 0;
  if (tokens > Isa::few_tokens)
    for (; v + 2 <= registers; v += 2) many_tokens<Isa, Format>(w, v, a, tokens, to, coming);
  // Fewer lanes than a row block has rows always come in pairs of registers.
  if constexpr (Isa::few_tokens > 0)
    for (; v < registers; ++v) few_tokens<Isa, Format>(w, v, a, tokens, to, coming);
}

template <class Isa>
void product(const packed_view& w, const activation_rows& a, std::size_t tokens, const product_target& to,
             fetch_cursor* coming) {
  using enum weight_format;
  switch (w.format) {
  case q4_0:
    return product_of<Isa, q4_0>(w, a, tokens, to, coming);
  case q4_1:
    return product_of<Isa, q4_1>(w, a, tokens, to, coming);
  case q4_k:
    return product_of<Isa, q4_k>(w, a, tokens, to, coming);
  case q5_0:
    return product_of<Isa, q5_0>(w, a, tokens, to, coming);
  case q5_1:
    return product_of<Isa, q5_1>(w, a, tokens, to, coming);
  case q5_k:
    return product_of<Isa, q5_k>(w, a, tokens, to, coming);
  case q6_k:
    return product_of<Isa, q6_k>(w, a, tokens, to, coming);
  case q8_0:
    return product_of<Isa, q8_0>(w, a, tokens, to, coming);
  case f16:
    return product_of<Isa, f16>(w, a, tokens, to, coming);
  case bf16:
    return product_of<Isa, bf16>(w, a, tokens, to, coming);
  case f32:
    return product_of<Isa, f32>(w, a, tokens, to, coming);
  }
}

}  // namespace hawser::cpu
