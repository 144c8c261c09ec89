/// The inner loops of products: a few registers of packed rows times a few activations, for any instruction
/// set. Each accumulator sees its groups in ascending order and nothing else, so a row's result does not
/// depend on the tile that it fell into.
#pragma once

#include "cpu/kernels/kernel_set.hpp"
#include "cpu/kernels/unroll.hpp"

#include <cstring>

namespace hawser::cpu {

template <class Isa>
inline HAWSER_INLINE typename Isa::floats load_scale(const std::byte* p, bool half) {
  return half ? Isa::load_half(p) : Isa::load(reinterpret_cast<const float*>(p));
}

inline HAWSER_INLINE std::int32_t four_bytes(const std::int8_t* p) {
  std::int32_t x = 0;
  std::memcpy(&x, p, sizeof x);
  return x;
}

/// Where register v of a tile starts: whole row blocks with 16 lanes, parts of one with fewer.
template <class Isa, int Registers>
struct tile_rows {
  const std::byte* base[Registers];
  std::size_t part[Registers];  ///< first row of the register inside its block

  tile_rows(const packed_view& w, std::size_t first)
      : tile_rows(w.data, row_block_bytes(w.format, w.columns), first) {}
  tile_rows(const std::byte* data, std::size_t block_bytes, std::size_t first) {
    for (int v = 0; v < Registers; ++v) {
      const std::size_t row = (first + static_cast<std::size_t>(v)) * Isa::lanes;
      base[v] = data + row / block_rows * block_bytes;
      part[v] = row % block_rows;
    }
  }
};

/// What a tile asks the caches for while it computes.
struct hints {
  std::size_t ahead = 0;              ///< bytes from the weights that are read to those that come next
  const std::byte* coming = nullptr;  ///< what a later phase will read (fetch_cursor)
};

/// Lines of `coming` that a tile fetches a group: about what memory gives a core in the time of its dot
/// products, 12 cycles a line beside 11 for each register of sums.
template <int Registers, int Tokens>
inline constexpr int fetch_lines = Tokens > 2 ? Registers* Tokens * 2 / 3 : 0;

template <class Isa, quant_layout Layout, int Registers, int Tokens>
struct quant_tile {
  static constexpr quant_layout layout = Layout;
  static constexpr bool narrow = layout.bits == 4;
  using floats = typename Isa::floats;
  using ints = typename Isa::ints;

  const tile_rows<Isa, Registers>& rows;
  const activation_rows& a;
  const hints& next;
  ints sums[Registers][Tokens];
  floats totals[Registers][Tokens];

  /// The dot products of quants [first, first + 4 * Steps) of a group, into sums.
  template <int First, int Steps>
  HAWSER_INLINE void dots(std::size_t group, std::size_t offset) {
    const std::int8_t* const values = a.values + group * group_columns;
    if constexpr (narrow) {
      unroll<Steps / 2>([&](auto j) HAWSER_INLINE {
        ints packed[Registers];
        unroll<Registers>([&](auto v) HAWSER_INLINE {
          packed[v] = Isa::iload(rows.base[v] + offset + j * 64 + rows.part[v] * 4);
        });
        unroll<2>([&](auto high) HAWSER_INLINE {
          ints w[Registers];
          unroll<Registers>([&](auto v) HAWSER_INLINE {
            const ints x = high ? Isa::template shift_right<4>(packed[v]) : packed[v];
            w[v] = Isa::iand(x, Isa::iset(0x0f0f0f0f));
          });
          unroll<Tokens>([&](auto t) HAWSER_INLINE {
            const ints q = Isa::iset(four_bytes(values + t * a.columns + high * 16 + j * 4));
            unroll<Registers>(
                [&](auto v) HAWSER_INLINE { sums[v][t] = Isa::template dot<true>(sums[v][t], w[v], q); });
          });
        });
      });
    } else {
      unroll<Steps>([&](auto j) HAWSER_INLINE {
        ints w[Registers];
        unroll<Registers>([&](auto v) HAWSER_INLINE {
          w[v] = Isa::iload(rows.base[v] + offset + (First / 4 + j) * 64 + rows.part[v] * 4);
        });
        unroll<Tokens>([&](auto t) HAWSER_INLINE {
          const ints q = Isa::iset(four_bytes(values + t * a.columns + First + j * 4));
          unroll<Registers>(
              [&](auto v) HAWSER_INLINE { sums[v][t] = Isa::template dot<false>(sums[v][t], w[v], q); });
        });
      });
    }
  }

  /// totals += sums * scale of the weights * scale of the activations.
  template <int Run>
  HAWSER_INLINE void scale(std::size_t group, std::size_t offset) {
    constexpr std::size_t size = layout.half_scales ? 2 : 4;
    floats w[Registers];
    unroll<Registers>([&](auto v) HAWSER_INLINE {
      w[v] = load_scale<Isa>(rows.base[v] + offset + layout.quant_bytes() +
                                 (Run * block_rows + rows.part[v]) * size,
                             layout.half_scales);
    });
    unroll<Tokens>([&](auto t) HAWSER_INLINE {
      const floats s = Isa::set(note(t, group).scale);
      unroll<Registers>([&](auto v) HAWSER_INLINE {
        totals[v][t] = Isa::fma(Isa::to_floats(sums[v][t]), Isa::mul(w[v], s), totals[v][t]);
      });
    });
  }

  HAWSER_INLINE void minima(std::size_t group, std::size_t offset) {
    constexpr std::size_t size = layout.half_scales ? 2 : 4;
    floats w[Registers];
    unroll<Registers>([&](auto v) HAWSER_INLINE {
      w[v] = load_scale<Isa>(rows.base[v] + offset + layout.quant_bytes() + layout.scale_bytes() +
                                 rows.part[v] * size,
                             layout.half_scales);
    });
    unroll<Tokens>([&](auto t) HAWSER_INLINE {
      const floats s = Isa::set(note(t, group).scaled_sum);
      unroll<Registers>([&](auto v) HAWSER_INLINE { totals[v][t] = Isa::fma(w[v], s, totals[v][t]); });
    });
  }

  HAWSER_INLINE const group_note& note(std::size_t t, std::size_t group) const {
    return a.notes[t * (a.columns / group_columns) + group];
  }

  /// Sums start with what the offset of the quants takes away.
  template <class Sum>
  HAWSER_INLINE void start(Sum sum) {
    unroll<Tokens>([&](auto t) HAWSER_INLINE {
      const ints x =
          layout.minimum ? Isa::iset(0) : Isa::template shift_left<layout.offset_log2>(Isa::iset(sum(t)));
      unroll<Registers>([&](auto v) HAWSER_INLINE { sums[v][t] = x; });
    });
  }

  HAWSER_INLINE void run(const product_target& to, std::size_t first) {
    unroll<Tokens>([&](auto t) HAWSER_INLINE {
      unroll<Registers>([&](auto v) HAWSER_INLINE { totals[v][t] = Isa::zero(); });
    });
    const std::size_t groups = a.columns / group_columns;
    for (std::size_t g = 0; g < groups; ++g) {
      const std::size_t offset = g * layout.group_bytes();
      // A single activation leaves the stream to the hardware: there, hints cost more than they bring.
      if constexpr (Tokens > 1)
        unroll<Registers>([&](auto v) HAWSER_INLINE {
          unroll<(layout.group_bytes() + 63) / 64>(
              [&](auto line) HAWSER_INLINE { fetch(rows.base[v] + offset + next.ahead + line * 64); });
        });
      if (next.coming != nullptr)
        unroll<fetch_lines<Registers, Tokens>>([&](auto line) HAWSER_INLINE {
          fetch(next.coming + (g * fetch_lines<Registers, Tokens> + line) * 64);
        });
      if constexpr (layout.run == 32) {
        start([&](auto t) HAWSER_INLINE { return note(t, g).minus_sum; });
        dots<0, 8>(g, offset);
        scale<0>(g, offset);
      } else {
        start([&](auto t) HAWSER_INLINE { return note(t, g).minus_first_sum; });
        dots<0, 4>(g, offset);
        scale<0>(g, offset);
        start([&](auto t) HAWSER_INLINE { return note(t, g).minus_sum - note(t, g).minus_first_sum; });
        dots<16, 4>(g, offset);
        scale<1>(g, offset);
      }
      if constexpr (layout.minimum) minima(g, offset);
    }
    unroll<Tokens>([&](auto t) HAWSER_INLINE {
      unroll<Registers>([&](auto v) HAWSER_INLINE {
        float* const out = to.out + t * to.stride + (first + v) * Isa::lanes;
        Isa::store(out, to.add ? Isa::add(Isa::load(out), totals[v][t]) : totals[v][t]);
      });
    });
  }
};

template <class Isa, weight_format Format>
inline HAWSER_INLINE typename Isa::floats load_weights(const std::byte* p) {
  if constexpr (Format == weight_format::f32) return Isa::load(reinterpret_cast<const float*>(p));
  if constexpr (Format == weight_format::f16) return Isa::load_half(p);
  if constexpr (Format == weight_format::bf16) return Isa::load_bf16(p);
}

template <class Isa, weight_format Format, int Registers, int Tokens>
struct float_tile {
  const tile_rows<Isa, Registers>& rows;
  const activation_rows& a;
  typename Isa::floats totals[Registers][Tokens];

  HAWSER_INLINE void run(const product_target& to, std::size_t first) {
    unroll<Tokens>([&](auto t) HAWSER_INLINE {
      unroll<Registers>([&](auto v) HAWSER_INLINE { totals[v][t] = Isa::zero(); });
    });
    for (std::size_t k = 0; k < a.columns; ++k) {
      typename Isa::floats w[Registers];
      unroll<Registers>([&](auto v) HAWSER_INLINE {
        w[v] =
            load_weights<Isa, Format>(rows.base[v] + (k * block_rows + rows.part[v]) * float_bytes(Format));
      });
      unroll<Tokens>([&](auto t) HAWSER_INLINE {
        const auto x = Isa::set(a.floats[t * a.columns + k]);
        unroll<Registers>([&](auto v) HAWSER_INLINE { totals[v][t] = Isa::fma(w[v], x, totals[v][t]); });
      });
    }
    unroll<Tokens>([&](auto t) HAWSER_INLINE {
      unroll<Registers>([&](auto v) HAWSER_INLINE {
        float* const out = to.out + t * to.stride + (first + v) * Isa::lanes;
        Isa::store(out, to.add ? Isa::add(Isa::load(out), totals[v][t]) : totals[v][t]);
      });
    });
  }
};

template <class Isa, weight_format Format, int Registers, int Tokens>
__attribute__((noinline)) void run_float_tile(const tile_rows<Isa, Registers>& rows, const activation_rows& a,
                                              const product_target& to, std::size_t first) {
  float_tile<Isa, Format, Registers, Tokens> tile{rows, a, {}};
  tile.run(to, first);
}

template <class Isa, quant_layout Layout, int Registers, int Tokens>
__attribute__((noinline)) void run_quant_tile(const tile_rows<Isa, Registers>& rows, const activation_rows& a,
                                              const product_target& to, std::size_t first,
                                              const hints& next) {
  quant_tile<Isa, Layout, Registers, Tokens> tile{rows, a, next, {}, {}};
  tile.run(to, first);
}

}  // namespace hawser::cpu
