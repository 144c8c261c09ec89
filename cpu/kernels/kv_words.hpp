/// Keys and values of 16 bits: how they are written to a page.
#pragma once

#include "cpu/kernels/kv_page.hpp"
#include "cpu/kernels/unroll.hpp"

#include <cstring>

namespace hawser::cpu {

template <class Isa>
inline HAWSER_INLINE typename Isa::ints to_bf16(typename Isa::floats x) {
  // Round to nearest, ties to even; NaN stays NaN because its top mantissa bits do.
  const auto u = Isa::bits(x);
  const auto odd = Isa::iand(Isa::template shift_right<16>(u), Isa::iset(1));
  return Isa::template shift_right<16>(Isa::iadd(u, Isa::iadd(odd, Isa::iset(0x7fff))));
}

/// Sixteen bits of each value, in the low halves of the lanes.
template <class Isa, kv_type Type>
inline HAWSER_INLINE typename Isa::ints words_of(typename Isa::floats x) {
  if constexpr (Type == kv_type::bf16)
    return to_bf16<Isa>(x);
  else
    return Isa::half_words(x);
}

/// A row's values as words, in whole registers; beyond `dim` they are zero.
template <class Isa, kv_type Type, class Take>
inline HAWSER_INLINE void each_word(const float* x, std::size_t dim, Take take) {
  std::size_t i = 0;
  for (; i + Isa::lanes <= dim; i += Isa::lanes) take(i, words_of<Isa, Type>(Isa::load(x + i)));
  if (i == dim) return;
  float tail[Isa::lanes] = {};
  std::memcpy(tail, x + i, (dim - i) * sizeof(float));
  take(i, words_of<Isa, Type>(Isa::load(tail)));
}

template <class Isa, kv_type Type>
void store_keys(const kv_view& kv, std::byte* page, std::size_t slot, const kv_row* rows, std::size_t count,
                std::size_t dim) {
  constexpr std::size_t chunk = 512;
  std::uint16_t words[2][chunk];
  const std::size_t step = kv.page_tokens * 4;
  for (std::size_t done = 0; done < dim; done += chunk) {
    const std::size_t n = dim - done < chunk ? dim - done : chunk;
    for (std::size_t r = 0; r < count; ++r)
      each_word<Isa, Type>(rows[r].key + done, n, [&](std::size_t i, typename Isa::ints x) HAWSER_INLINE {
        Isa::store_words(words[r] + i, x);
      });
    std::byte* to = page + done / 2 * step + slot * 4;
    for (std::size_t d = 0; d < n; d += 2, to += step) {
      std::uint32_t pair[2];
      std::memcpy(&pair[0], words[0] + d, 4);
      if (count == 1) {
        std::memcpy(to, pair, 4);
      } else {
        std::memcpy(&pair[1], words[1] + d, 4);
        std::memcpy(to, pair, 8);
      }
    }
  }
}

/// See kernel_set::store_kv.
template <class Isa, kv_type Type>
void store_kv_rows(const kv_view& kv, std::uint32_t position, const kv_row* rows, std::size_t count,
                   std::size_t dim) {
  using ints = typename Isa::ints;
  std::byte* const page = kv.keys(position);
  const std::size_t slot = position % kv.page_tokens;
  store_keys<Isa, Type>(kv, page, slot, rows, count, dim);
  std::byte* const values = page + kv.value_offset + slot / 2 * kv.head_dim * 4;
  each_word<Isa, Type>(rows[0].value, dim, [&](std::size_t i, ints x) HAWSER_INLINE {
    std::byte* const to = values + i * 4;
    // At an even position the place beside it is cleared: it is multiplied by zero until it is written, and
    // may hold NaN from before.
    if (slot % 2 != 0)
      x = Isa::iadd(Isa::iand(Isa::iload(to), Isa::iset(0xffff)), Isa::template shift_left<16>(x));
    Isa::istore(to, x);
  });
  if (count == 2)
    each_word<Isa, Type>(rows[1].value, dim, [&](std::size_t i, ints x) HAWSER_INLINE {
      std::byte* const to = values + i * 4;
      Isa::istore(to, Isa::iadd(Isa::iload(to), Isa::template shift_left<16>(x)));
    });
}

}  // namespace hawser::cpu
