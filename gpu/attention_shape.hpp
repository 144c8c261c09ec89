/// One call of attention, as a library is asked for it: the same number of rows for each of some sequences,
/// over pages that our kernels wrote. Plain data.
#pragma once

#include <cstdint>

namespace hawser::gpu {

/// What a library reads is what kernels/arguments.hpp describes: in a page of a layer all keys and then all
/// values, [kv_heads][page_tokens][dim] each, in bfloat16; from page to page all layers of the group. So
/// pages are read where they lie. Queries are floats in `qkv` and attention's output is floats, and those a
/// library reads and writes as bfloat16, [row][heads][dim]: a conversion of both ways for each layer.
struct attention_shape {
  int sequences = 1;
  int rows = 1;  ///< queries of each sequence, the last ones of its positions; a shorter one is padded
  int heads = 1;
  int kv_heads = 1;
  int dim = 0;
  int page_tokens = 0;
  std::int64_t pages = 0;        ///< of the pool
  std::int64_t page_stride = 0;  ///< elements from page to page
  int table_pages = 0;           ///< pages in the table of a sequence
  int window = 0;                ///< a query at p sees (p - window, p]; 0: [0, p]
  float soft_cap = 0.0f;         ///< 0: none

  [[nodiscard]] int positions() const noexcept { return table_pages * page_tokens; }
};

}  // namespace hawser::gpu
