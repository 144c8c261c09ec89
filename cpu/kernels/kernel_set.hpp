/// The kernels of one instruction set, as a table of functions. All of them are pure: they read and write
/// what they are handed, in an order of summation that depends on the shape of one row and on nothing else.
#pragma once

#include "cpu/kernels/format.hpp"
#include "cpu/kernels/kv_page.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawser::cpu {

/// A packed matrix, or a part of one. Rows beyond the last are zero up to a whole block.
struct packed_view {
  const std::byte* data = nullptr;  ///< 64-byte aligned
  weight_format format{};
  std::uint32_t columns = 0;
  std::uint32_t row_blocks = 0;
};

/// What a kernel must know of 32 quantized activations, beside their values q = round(x / scale).
struct group_note {
  float scale = 0;
  float scaled_sum = 0;              ///< scale * sum(q): what a minimum is multiplied with
  std::int32_t minus_sum = 0;        ///< -sum(q): what an offset is multiplied with
  std::int32_t minus_first_sum = 0;  ///< -sum of the first 16 q
};

/// Rows of activations: int8 for quantized weights, floats for float weights. What a matrix does not need may
/// be null.
struct activation_rows {
  const std::int8_t* values = nullptr;  ///< [row][columns]
  const group_note* notes = nullptr;    ///< [row][columns / 32]
  const float* floats = nullptr;        ///< [row][columns]
  std::uint32_t columns = 0;

  [[nodiscard]] activation_rows from(std::size_t row) const noexcept {
    return {values ? values + row * columns : nullptr,
            notes ? notes + row * (columns / group_columns) : nullptr,
            floats ? floats + row * columns : nullptr, columns};
  }
};

/// Where a product goes: element (row of activations t, row of weights r) at out[t * stride + r].
struct product_target {
  float* out = nullptr;
  std::size_t stride = 0;
  bool add = false;  ///< add to what is there
};

/// Memory that a later phase will read: pages `bytes` long, `page_bytes` apart. Threads take pages of it.
struct fetch_queue {
  const std::byte* base = nullptr;
  std::size_t page_bytes = 0;
  std::size_t bytes = 0;
  const std::uint32_t* pages = nullptr;
  std::uint32_t count = 0;
  std::atomic<std::uint32_t> next{0};
};

/// One thread's place in a queue. Kernels that compute and leave memory idle take from it and fetch to the
/// caches what they took: results do not depend on it.
struct fetch_cursor {
  fetch_queue* from = nullptr;
  const std::byte* at = nullptr;
  std::size_t left = 0;

  /// Where the next `bytes` lie; null: nothing is left. The last ones of a page may overlap those before.
  const std::byte* take(std::size_t wanted) noexcept {
    if (left == 0) {
      if (from == nullptr || from->next.load(std::memory_order_relaxed) >= from->count) return nullptr;
      const std::uint32_t page = from->next.fetch_add(1, std::memory_order_relaxed);
      if (page >= from->count) return nullptr;
      at = from->base + from->pages[page] * from->page_bytes;
      left = from->bytes;
    }
    const std::byte* const here = left < wanted && from->bytes >= wanted ? at + left - wanted : at;
    at += left < wanted ? left : wanted;
    left -= left < wanted ? left : wanted;
    return here;
  }
};

inline constexpr std::uint32_t attention_rows = 32;  ///< most queries that one call takes

/// Queries of one sequence and one key head. Scores are q.k * (soft cap) in units of log2: the caller folds
/// attention_scale * log2(e) into q, or only attention_scale when there is a cap.
struct attention_job {
  const float* queries[attention_rows];     ///< [head_dim], padding excluded
  float* outputs[attention_rows];           ///< [head_dim], padding excluded
  std::uint32_t positions[attention_rows];  ///< a query at p sees (p - window, p]
  std::uint32_t count = 0;
  std::uint32_t window = 0;    ///< 0: everything up to p
  std::uint32_t head_dim = 0;  ///< without padding
  float soft_cap = 0;
  kv_view kv;
};

/// Bytes of scratch for attend().
[[nodiscard]] constexpr std::size_t attention_scratch(kv_type type, std::size_t padded_dim,
                                                      std::size_t page_tokens) {
  const std::size_t queries =
      attention_rows * (padded_dim * 4 + padded_dim * 4 + page_tokens * 4 * 2 + std::size_t{64} * 2) + 256;
  return type == kv_type::q8_0 ? queries + unpacked_bytes(padded_dim, page_tokens) : queries;
}

struct best_logit {
  float value = 0;
  std::int32_t id = -1;  ///< -1: nothing but NaN
};

enum class gate_kind : std::uint8_t { silu, gelu_tanh };

struct kernel_set {
  std::string_view name;

  /// Rows [0, tokens) of `a` times every row of `w`. `coming` may be null.
  void (*product)(const packed_view& w, const activation_rows& a, std::size_t tokens,
                  const product_target& to, fetch_cursor* coming);
  /// Groups of 32. Those of one row lie side by side (apart == 1); in general group i's values go to
  /// values + i * apart * 32, and its note to notes[i * apart].
  void (*quantize)(const float* x, std::size_t groups, std::int8_t* values, group_note* notes,
                   std::size_t apart);
  /// out = x / sqrt(mean(x^2) + epsilon) * weight; may be in place.
  void (*rms_norm)(const float* x, const float* weight, std::size_t n, float epsilon, float* out);
  /// out = act(gate) * up; may be in place.
  void (*gate)(gate_kind kind, const float* gate, const float* up, std::size_t n, float* out);
  void (*add)(float* to, const float* x, std::size_t n);
  /// x = cap * tanh(x / cap)
  void (*soft_cap)(float* x, std::size_t n, float cap);
  /// The largest logit, the lowest id among equals.
  best_logit (*best)(const float* logits, std::size_t n);
  float (*log_sum_exp)(const float* logits, std::size_t n);

  /// Turns dimensions [0, dims) of a head by the angles of its position and multiplies all `dim` with
  /// `scale`. `turns` is [dims] cosines, then [dims] sines with the sign that the element's partner is added
  /// with: negative for the first of a pair. Pairs are neighbours, or dims / 2 apart.
  void (*rotate)(float* head, std::size_t dim, const float* turns, std::size_t dims, bool neighbours,
                 float scale);
  /// Writes keys and values of one head: of one position, or of an even one and the next (count 2). One alone
  /// at an even position clears the place beside it, so two must not be written one by one in one step.
  void (*store_kv[kv_types])(const kv_view& kv, std::uint32_t position, const kv_row* rows, std::size_t count,
                             std::size_t dim);
  void (*attend[kv_types])(const attention_job& job, std::byte* scratch);
};

}  // namespace hawser::cpu
