/// Attention over pages with an online softmax, for any instruction set.
///
/// A block of the softmax is one page, aligned to absolute positions: a query's result depends on its own
/// position and keys alone, not on the queries beside it nor on how a prompt was cut. A block that a query
/// does not see at all leaves its state bit for bit as it was.
#pragma once

#include "cpu/kernels/kernel_set.hpp"
#include "cpu/kernels/kv_q8.hpp"
#include "cpu/kernels/kv_words.hpp"
#include "cpu/kernels/rows.hpp"
#include "cpu/kernels/unroll.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace hawser::cpu {

/// Pairs of bf16 or f16 widened to floats; queries and probabilities stay f32.
template <class Isa, kv_type Type>
struct widened_pairs {
  using isa = Isa;
  using floats = typename Isa::floats;
  struct pairs {
    floats low, high;
  };
  static constexpr std::size_t pair_bytes = 8;  ///< of a query's or a probability's pair

  static HAWSER_INLINE pairs load(const std::byte* p) {
    const auto x = Isa::iload(p);
    if constexpr (Type == kv_type::bf16) {
      return {Isa::from_bits(Isa::template shift_left<16>(x)),
              Isa::from_bits(Isa::iand(x, Isa::iset(static_cast<std::int32_t>(0xffff0000u))))};
    } else {
      return {Isa::low_halves(x), Isa::low_halves(Isa::template shift_right<16>(x))};
    }
  }
  static HAWSER_INLINE pairs broadcast(const std::byte* p) {
    float two[2];
    std::memcpy(two, p, sizeof two);
    return {Isa::set(two[0]), Isa::set(two[1])};
  }
  static HAWSER_INLINE floats dot(floats acc, const pairs& a, const pairs& b) {
    return Isa::fma(a.low, b.low, Isa::fma(a.high, b.high, acc));
  }
  /// A register of pairs as load() takes it.
  static HAWSER_INLINE typename Isa::ints join(floats low, floats high) {
    return Isa::iadd(words_of<Isa, Type>(low), Isa::template shift_left<16>(words_of<Isa, Type>(high)));
  }
  /// Stores a register of values.
  static HAWSER_INLINE void store(std::byte* p, std::size_t index, floats x) {
    Isa::store(reinterpret_cast<float*>(p) + index, x);
  }
  /// Stores two registers of values, and adds them as stored to `sum`.
  static HAWSER_INLINE floats store_and_add(std::byte* p, std::size_t index, floats x, floats y, floats sum) {
    store(p, index, x);
    store(p, index + Isa::lanes, y);
    return Isa::add(Isa::add(sum, x), y);
  }
  static HAWSER_INLINE floats store_and_add(std::byte* p, std::size_t index, floats x, floats sum) {
    store(p, index, x);
    return Isa::add(sum, x);
  }
};

/// One call's worth of attention: queries, accumulators and a page's scores lie in scratch, and the page
/// itself when it must be unpacked.
template <class Pairs, kv_type Type>
class attention {
 public:
  attention(const attention_job& job, std::byte* scratch) : job_(job), dim_(job.kv.head_dim) {
    const auto take = [&](std::size_t bytes) {
      std::byte* const at = scratch;
      scratch += (bytes + 63) / 64 * 64;
      return at;
    };
    outputs_ = reinterpret_cast<float*>(take(attention_rows * dim_ * 4));
    queries_ = take(attention_rows * dim_ / 2 * Pairs::pair_bytes);
    scores_ = reinterpret_cast<float*>(take(attention_rows * job.kv.page_tokens * 4));
    weights_ = take(attention_rows * job.kv.page_tokens / 2 * Pairs::pair_bytes);
    if constexpr (packed) unpacked_ = {scratch, dim_, job.kv.page_tokens};
    load_queries();
  }

  void run() {
    std::uint32_t first = job_.positions[0];
    std::uint32_t last = 0;
    for (std::uint32_t r = 0; r < job_.count; ++r) {
      const std::uint32_t p = job_.positions[r];
      const std::uint32_t start = job_.window != 0 && p >= job_.window ? p - job_.window + 1 : 0;
      first = start < first ? start : first;
      last = p > last ? p : last;
    }
    const std::uint32_t tokens = job_.kv.page_tokens;
    for (std::uint32_t page = first / tokens; page <= last / tokens; ++page)
      visit(page * tokens, last, job_.kv.keys(std::min((page + 1) * tokens, last)));
    finish();
  }

 private:
  using isa = typename Pairs::isa;
  using floats = typename isa::floats;
  static constexpr std::size_t lanes = isa::lanes;
  static constexpr bool packed = Type == kv_type::q8_0;
  static constexpr float lowest = -1e30f;
  static constexpr float slack = 8;  ///< probabilities stay below 2^8

  void load_queries() {
    for (std::uint32_t r = 0; r < job_.count; ++r) {
      std::byte* const to = queries_ + r * (dim_ / 2 * Pairs::pair_bytes);
      std::size_t i = 0;
      for (; i + lanes <= job_.head_dim; i += lanes) Pairs::store(to, i, isa::load(job_.queries[r] + i));
      for (; i < dim_; i += lanes) {
        float part[lanes] = {};
        for (std::size_t k = 0; k < lanes && i + k < job_.head_dim; ++k) part[k] = job_.queries[r][i + k];
        Pairs::store(to, i, isa::load(part));
      }
      std::memset(outputs_ + r * dim_, 0, dim_ * sizeof(float));
      base_[r] = lowest;
      for (std::size_t k = 0; k < lanes; ++k) sums_[r][k] = 0;
    }
  }

  /// One page whose first position is `start`; positions after `last` are seen by no query. While it is
  /// worked on, the page at `next` is fetched: pages lie far apart, and no stream tells the hardware which
  /// comes.
  void visit(std::uint32_t start, std::uint32_t last, const std::byte* next) {
    const std::uint32_t tokens = job_.kv.page_tokens;
    const std::uint32_t seen = std::min(last - start + 1, tokens);
    const std::byte* keys = job_.kv.keys(start);
    const std::byte* values = keys + job_.kv.value_offset;
    if constexpr (packed) {
      unpacked_.fill(job_.kv, keys, seen, next);
      keys = unpacked_.keys();
      values = unpacked_.values();
    }
    for (std::uint32_t r = 0; r < job_.count;) r += score_rows(keys, tokens / lanes, r, next);
    for (std::uint32_t r = 0; r < job_.count; ++r) {
      const std::uint32_t p = job_.positions[r];
      const bool whole = start + tokens <= p + 1 && (job_.window == 0 || start + job_.window > p);
      if (!whole || job_.soft_cap != 0) hide(r, start);
      soften(r);
    }
    const std::size_t pairs = (seen + 1) / 2;
    const std::byte* const next_values = next + job_.kv.value_offset;
    for (std::uint32_t r = 0; r < job_.count;) r += weigh_rows(values, pairs, r, next_values);
  }

  std::uint32_t score_rows(const std::byte* keys, std::size_t parts, std::uint32_t r, const std::byte* next) {
    const std::uint32_t left = job_.count - r;
    for (std::size_t part = 0; part < parts;) {
      const bool two = part + 2 <= parts;
      if (left >= 6)
        two ? score<6, 2>(keys, part, r, next) : score<6, 1>(keys, part, r, next);
      else if (left >= 4)
        two ? score<4, 2>(keys, part, r, next) : score<4, 1>(keys, part, r, next);
      else if (left == 3)
        two ? score<3, 2>(keys, part, r, next) : score<3, 1>(keys, part, r, next);
      else if (left == 2)
        two ? score<2, 2>(keys, part, r, next) : score<2, 1>(keys, part, r, next);
      else
        two ? score<1, 2>(keys, part, r, next) : score<1, 1>(keys, part, r, next);
      part += two ? 2 : 1;
    }
    return left >= 6 ? 6 : left >= 4 ? 4 : left;
  }

  /// Scores of Rows queries against Parts registers of positions.
  template <int Rows, int Parts>
  void score(const std::byte* keys, std::size_t part, std::uint32_t r, const std::byte* next) {
    floats acc[Rows][Parts];
    unroll<Rows>(
        [&](auto i) HAWSER_INLINE { unroll<Parts>([&](auto p) HAWSER_INLINE { acc[i][p] = isa::zero(); }); });
    const std::size_t step = job_.kv.page_tokens * 4;
    const std::size_t row = dim_ / 2 * Pairs::pair_bytes;
    const std::byte* const q = queries_ + r * row;
    const std::size_t column = part * lanes * 4;
    for (std::size_t d = 0; d < dim_ / 2; ++d) {
      if (!packed && r == 0)
        for (std::size_t line = 0; line < Parts * lanes * 4; line += 64)
          fetch(next + d * step + column + line);
      decltype(Pairs::load(keys)) k[Parts];
      unroll<Parts>([&](auto p) HAWSER_INLINE {
        k[p] = Pairs::load(keys + d * step + column + static_cast<std::size_t>(p) * lanes * 4);
      });
      unroll<Rows>([&](auto i) HAWSER_INLINE {
        const auto x = Pairs::broadcast(q + i * row + d * Pairs::pair_bytes);
        unroll<Parts>([&](auto p) HAWSER_INLINE { acc[i][p] = Pairs::dot(acc[i][p], k[p], x); });
      });
    }
    unroll<Rows>([&](auto i) HAWSER_INLINE {
      unroll<Parts>([&](auto p) HAWSER_INLINE {
        isa::store(scores_ + (r + i) * job_.kv.page_tokens + (part + static_cast<std::size_t>(p)) * lanes,
                   acc[i][p]);
      });
    });
  }

  /// Caps the scores of one query, and makes those that it does not see the lowest.
  void hide(std::uint32_t r, std::uint32_t start) {
    float* const s = scores_ + r * job_.kv.page_tokens;
    const auto position = static_cast<std::int32_t>(job_.positions[r]);
    const std::int32_t from = job_.window != 0 ? position - static_cast<std::int32_t>(job_.window) : -1;
    for (std::uint32_t i = 0; i < job_.kv.page_tokens; i += lanes) {
      const auto at = isa::iadd(isa::count_up(), isa::iset(static_cast<std::int32_t>(start + i)));
      auto x = isa::load(s + i);
      if (job_.soft_cap != 0) x = isa::mul(capped<isa>(x, job_.soft_cap), isa::set(log2_e));
      x = isa::pick(isa::above(at, isa::iset(position)), isa::set(lowest), x);
      isa::store(s + i, isa::pick(isa::above(at, isa::iset(from)), x, isa::set(lowest)));
    }
  }

  /// Scores of one query to probabilities, relative to its base. The base is its largest score until a score
  /// exceeds it by more than `slack`: then it is the largest again, and what was added up is made smaller. So
  /// a page of which no score stands out costs no search for the largest and no rescaling.
  void soften(std::uint32_t r) {
    float* const s = scores_ + r * job_.kv.page_tokens;
    const std::size_t parts = job_.kv.page_tokens / lanes;
    const auto bound = isa::set(base_[r] + slack);
    auto largest = isa::load(s);
    for (std::size_t p = 1; p < parts; ++p) largest = isa::max(isa::load(s + p * lanes), largest);
    if (isa::any(isa::above(largest, bound))) {
      const float most = isa::largest(largest);
      rescale(r, base_[r], most);
      base_[r] = most;
    }
    // Before the first score that is seen: everything is hidden, and far below this.
    const auto base = isa::set(base_[r] > 0.5f * lowest ? base_[r] : 0.5f * lowest);
    std::byte* const to = weights_ + r * (job_.kv.page_tokens / 2 * Pairs::pair_bytes);
    const auto weight = [&](std::size_t p)
                            HAWSER_INLINE { return exp2_of<isa>(isa::sub(isa::load(s + p * lanes), base)); };
    auto sum = isa::load(sums_[r]);
    std::size_t p = 0;
    for (; p + 2 <= parts; p += 2) {
      const auto x = weight(p);
      sum = Pairs::store_and_add(to, p * lanes, x, weight(p + 1), sum);
    }
    if (p < parts) sum = Pairs::store_and_add(to, p * lanes, weight(p), sum);
    isa::store(sums_[r], sum);
  }

  void rescale(std::uint32_t r, float before, float most) {
    float factor[lanes];
    isa::store(factor, exp2_of<isa>(isa::set(before - most)));
    const auto f = isa::set(factor[0]);
    float* const out = outputs_ + r * dim_;
    for (std::size_t d = 0; d < dim_; d += lanes) isa::store(out + d, isa::mul(isa::load(out + d), f));
    isa::store(sums_[r], isa::mul(isa::load(sums_[r]), f));
  }

  std::uint32_t weigh_rows(const std::byte* values, std::size_t pairs, std::uint32_t r,
                           const std::byte* next) {
    const std::uint32_t left = job_.count - r;
    std::size_t d = 0;
    for (; d + 4 * lanes <= dim_; d += 4 * lanes) {
      if (left >= 4)
        weigh<4, 4>(values, pairs, r, d, next);
      else if (left == 3)
        weigh<3, 4>(values, pairs, r, d, next);
      else if (left == 2)
        weigh<2, 4>(values, pairs, r, d, next);
      else
        weigh<1, 4>(values, pairs, r, d, next);
    }
    for (; d < dim_; d += lanes) {
      if (left >= 4)
        weigh<4, 1>(values, pairs, r, d, next);
      else if (left == 3)
        weigh<3, 1>(values, pairs, r, d, next);
      else if (left == 2)
        weigh<2, 1>(values, pairs, r, d, next);
      else
        weigh<1, 1>(values, pairs, r, d, next);
    }
    return left >= 4 ? 4 : left;
  }

  /// outputs += probabilities times values, for Rows queries and Parts registers of dimensions.
  template <int Rows, int Parts>
  void weigh(const std::byte* values, std::size_t pairs, std::uint32_t r, std::size_t d,
             const std::byte* next) {
    floats acc[Rows][Parts];
    float* const out = outputs_ + r * dim_ + d;
    unroll<Rows>([&](auto i) HAWSER_INLINE {
      unroll<Parts>([&](auto p) HAWSER_INLINE { acc[i][p] = isa::load(out + i * dim_ + p * lanes); });
    });
    const std::size_t row = job_.kv.page_tokens / 2 * Pairs::pair_bytes;
    const std::byte* const w = weights_ + r * row;
    for (std::size_t k = 0; k < pairs; ++k) {
      if (!packed && r == 0)
        for (std::size_t line = 0; line < Parts * lanes * 4; line += 64)
          fetch(next + (k * dim_ + d) * 4 + line);
      decltype(Pairs::load(values)) v[Parts];
      unroll<Parts>([&](auto p)
                        HAWSER_INLINE { v[p] = Pairs::load(values + (k * dim_ + d + p * lanes) * 4); });
      unroll<Rows>([&](auto i) HAWSER_INLINE {
        const auto x = Pairs::broadcast(w + i * row + k * Pairs::pair_bytes);
        unroll<Parts>([&](auto p) HAWSER_INLINE { acc[i][p] = Pairs::dot(acc[i][p], v[p], x); });
      });
    }
    unroll<Rows>([&](auto i) HAWSER_INLINE {
      unroll<Parts>([&](auto p) HAWSER_INLINE { isa::store(out + i * dim_ + p * lanes, acc[i][p]); });
    });
  }

  void finish() {
    for (std::uint32_t r = 0; r < job_.count; ++r) {
      const auto inverse = isa::set(1.0f / isa::sum(isa::load(sums_[r])));
      float* const out = outputs_ + r * dim_;
      for (std::size_t d = 0; d < dim_; d += lanes)
        isa::store(out + d, isa::mul(isa::load(out + d), inverse));
      std::memcpy(job_.outputs[r], out, job_.head_dim * sizeof(float));
    }
  }

  const attention_job& job_;
  std::size_t dim_;
  float* outputs_;      // [row][dim]
  std::byte* queries_;  // [row][dim / 2] pairs
  float* scores_;       // [row][page_tokens]
  std::byte* weights_;  // [row][page_tokens / 2] pairs
  unpacked_page<Pairs> unpacked_;
  float base_[attention_rows];
  float sums_[attention_rows][lanes];  // one sum a lane, added up at the end
};

template <class Pairs, kv_type Type>
void attend(const attention_job& job, std::byte* scratch) {
  attention<Pairs, Type>(job, scratch).run();
}

}  // namespace hawser::cpu
