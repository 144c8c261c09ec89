/// Keys and values of 8 bits: how they are written to a page, and unpacked to pairs of 16 bits for attention.
///
/// Unpacking a page costs about a fifth of what 24 queries cost on it, and nothing where memory is the limit:
/// a page of half the size comes in half the time.
#pragma once

#include "cpu/kernels/kv_page.hpp"
#include "cpu/kernels/rows.hpp"
#include "cpu/kernels/unroll.hpp"

#include <algorithm>
#include <cstring>

namespace hawser::cpu {

/// Up to 32 values of a row as 8 bits, with zeros behind them.
struct q8_group {
  std::int8_t values[kv_group];
  std::byte scale[2];  ///< f16

  template <class Isa>
  void fill(const float* x, std::size_t count) {
    float padded[kv_group] = {};
    std::memcpy(padded, x, count * sizeof(float));
    group_note note;
    quantize_groups<Isa>(padded, 1, values, &note, 1);
    std::byte words[Isa::lanes * 2];
    Isa::store_half(words, Isa::set(note.scale));
    std::memcpy(scale, words, sizeof scale);
  }
};

/// See kernel_set::store_kv. Positions beside these are left alone.
template <class Isa>
void store_kv_q8(const kv_view& kv, std::uint32_t position, const kv_row* rows, std::size_t count,
                 std::size_t dim) {
  const std::size_t tokens = kv.page_tokens, padded = kv.head_dim, groups = kv_groups(padded);
  auto* const keys = reinterpret_cast<std::int8_t*>(kv.keys(position));
  auto* const values = keys + kv.value_offset;
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t slot = position % tokens + r;
    for (std::size_t g = 0; g < groups; ++g) {
      const std::size_t first = g * kv_group;
      const std::size_t here = std::min(kv_group, padded - first);
      q8_group group;
      group.fill<Isa>(rows[r].key + first, std::min(kv_group, dim - first));
      for (std::size_t i = 0; i < here; ++i) keys[(first + i) * tokens + slot] = group.values[i];
      std::memcpy(keys + padded * tokens + (g * tokens + slot) * 2, group.scale, 2);
      group.fill<Isa>(rows[r].value + first, std::min(kv_group, dim - first));
      std::memcpy(values + slot * padded + first, group.values, here);
      std::memcpy(values + padded * tokens + (slot * groups + g) * 2, group.scale, 2);
    }
  }
}

/// One page of q8_0 as pairs of 16 bits, in memory of its own.
template <class Pairs>
class unpacked_page {
 public:
  unpacked_page() = default;
  /// `scratch` is 64-byte aligned and has unpacked_bytes().
  unpacked_page(std::byte* scratch, std::size_t dim, std::size_t tokens)
      : keys_(scratch), values_(keys_ + dim * tokens * 2),
        scales_(reinterpret_cast<float*>(values_ + dim * tokens * 2)) {}

  [[nodiscard]] const std::byte* keys() const noexcept { return keys_; }      ///< [dim / 2][tokens] pairs
  [[nodiscard]] const std::byte* values() const noexcept { return values_; }  ///< [tokens / 2][dim] pairs

  /// Unpacks the page at `page`, values of its first `seen` positions only; fetches the one at `next`.
  void fill(const kv_view& kv, const std::byte* page, std::size_t seen, const std::byte* next) {
    fill_keys(kv, page, next);
    fill_values(kv, page + kv.value_offset, seen, next + kv.value_offset);
  }

 private:
  using isa = typename Pairs::isa;

  void widen_scales(const std::byte* from, std::size_t count) {
    for (std::size_t i = 0; i < count; i += isa::lanes) isa::store(scales_ + i, isa::load_half(from + i * 2));
  }

  /// Positions that nobody has written yet hold anything: their scores are hidden.
  void fill_keys(const kv_view& kv, const std::byte* page, const std::byte* next) {
    const std::size_t tokens = kv.page_tokens, dim = kv.head_dim;
    widen_scales(page + dim * tokens, kv_groups(dim) * tokens);
    for (std::size_t line = 0; line < kv.value_offset; line += 64) fetch(next + line);
    for (std::size_t d = 0; d < dim; d += 2) {
      const float* const scale = scales_ + d / kv_group * tokens;
      for (std::size_t t = 0; t < tokens; t += isa::lanes) {
        const std::byte* const low = page + d * tokens + t;
        const auto s = isa::load(scale + t);
        isa::istore(keys_ + (d / 2 * tokens + t) * 4,
                    Pairs::join(isa::mul(bytes_at(low), s), isa::mul(bytes_at(low + tokens), s)));
      }
    }
  }

  /// The position beside an odd last one is multiplied by zero, so it must be a number.
  void fill_values(const kv_view& kv, const std::byte* page, std::size_t seen, const std::byte* next) {
    const std::size_t tokens = kv.page_tokens, dim = kv.head_dim, groups = kv_groups(dim);
    widen_scales(page + dim * tokens, groups * tokens);
    for (std::size_t line = 0; line < kv.value_offset; line += 64) fetch(next + line);
    for (std::size_t k = 0; k < seen; k += 2) {
      const bool both = k + 1 < seen;
      for (std::size_t d = 0; d < dim; d += isa::lanes) {
        const std::byte* const low = page + k * dim + d;
        const float* const scale = scales_ + k * groups + d / kv_group;
        const auto high = both ? isa::mul(bytes_at(low + dim), isa::set(scale[groups])) : isa::zero();
        isa::istore(values_ + (k / 2 * dim + d) * 4,
                    Pairs::join(isa::mul(bytes_at(low), isa::set(scale[0])), high));
      }
    }
  }

  static HAWSER_INLINE typename isa::floats bytes_at(const std::byte* p) {
    return isa::to_floats(isa::load_bytes(p));
  }

  std::byte* keys_ = nullptr;
  std::byte* values_ = nullptr;
  float* scales_ = nullptr;  // of the keys, then of the values
};

}  // namespace hawser::cpu
