/// What kernels are launched with: the one description that the kernels and the host share. Plain data, for
/// nvcc and for ordinary compilers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hawser::gpu::kernels {

inline constexpr int warp_lanes = 32;
inline constexpr int row_threads = 256;  ///< of kernels that take a row a block
inline constexpr int product_warps = 4;  ///< matrix rows that a block of a product computes
inline constexpr int product_threads = product_warps * warp_lanes;
inline constexpr int wide_rows = 8;  ///< activations that the wide form of a product takes together
inline constexpr int attention_warps = 4;
inline constexpr int attention_threads = attention_warps * warp_lanes;
inline constexpr int most_head_dim = 256;
inline constexpr int group_values = 32;  ///< weights, or activations in 8 bits, that share a scale
inline constexpr int draw_threads = 512;
inline constexpr int turn_threads = 128;
inline constexpr int copy_threads = 256;

/// Storage of a bfloat16.
struct bf16 {
  std::uint16_t bits;
};

/// The numbers of the GGUF format.
enum weight_type : int {
  type_f32 = 0,
  type_f16 = 1,
  type_q4_0 = 2,
  type_q4_1 = 3,
  type_q5_0 = 6,
  type_q5_1 = 7,
  type_q8_0 = 8,
  type_q4_k = 12,
  type_q5_k = 13,
  type_q6_k = 14,
  type_bf16 = 30,
};

/// A row's values in 8 bits, with a scale for each 32: what products with quantized weights read. Where
/// `values` is null nobody wants them.
struct quantized_rows {
  std::int8_t* values;  // [row][columns]
  float* scales;        // [row][columns / 32]
  float* sums;          // [row][columns / 32], scale * sum of the values
};

/// out[row][n] = sum over k of x[row][k] w[n][k].
struct product_job {
  const std::uint8_t* weights;  // [outputs] rows of row_bytes
  std::size_t row_bytes;
  int outputs;
  int inputs;
  int rows;
  int add;             // the product is added to what `out` holds
  float* out;          // [row][stride]
  std::size_t stride;  // floats
};

/// The pages of one layer. Head h of page p: keys at base + p * page_bytes + h * tokens * dim, values as many
/// elements behind all keys; bfloat16.
struct page_view {
  std::uint8_t* base;      // of the layer within its group's first page
  std::size_t page_bytes;  // from page to page: all layers of the group
  int heads;
  int tokens;  // positions that a page holds
  int dim;
};

/// Where the rows of a step stand. A row's table is tables[sequence[row] * table_stride ...].
struct row_places {
  const int* position;
  const int* sequence;
  const int* tables;
  int table_stride;
};

/// From products to heads: biases, norms, rotary embedding, pages.
struct head_job {
  float* qkv;  // [row][stride]: all queries, all keys, all values
  std::size_t stride;
  int heads;
  const float* q_bias;  // null: none
  const float* k_bias;
  const float* v_bias;
  const float* q_norm;  // [dim], null: none
  const float* k_norm;
  float epsilon;
  const float* turns;  // [row][cosines, sines][turned]
  int turned;          // dimensions that the rotary embedding turns
  int neighbours;      // it turns (2i, 2i + 1); otherwise (i, i + turned / 2)
  float query_scale;
};

/// Attention of every row over its pages.
struct attention_job {
  const float* queries;  // [row][stride]
  std::size_t stride;
  int heads;
  int window;      // a query at p sees (p - window, p]; 0: [0, p]
  float soft_cap;  // 0: none
  int split;       // positions that one block works on
  int splits;      // of the grid: as many as the longest row has
  float* parts;    // [row][head][split][dim + 2]: the weighted sum, its largest score, its sum of weights
};

/// How a row's token is drawn: model::sampling_params, and chance as model::chance() gives it.
struct draw_terms {
  float temperature;  // above 0
  int top_k;          // 0: all
  float top_p;
  float min_p;
  unsigned chance_low;
  unsigned chance_high;
};

}  // namespace hawser::gpu::kernels
