/// A model's weights as the kernels want them: matrices packed, small vectors as floats, nothing of the file
/// kept.
#pragma once

#include "cpu/buffer.hpp"
#include "cpu/packed_matrix.hpp"
#include "model/decoder_spec.hpp"
#include "model/error.hpp"
#include "model/gguf.hpp"

#include <cstddef>
#include <set>
#include <vector>

namespace hawser::cpu {

/// Shapes are [outputs x inputs]; a vector is empty where the specification says that there is none.
struct packed_layer {
  std::vector<float> attention_norm;  // [width]
  packed_matrix q, k, v;              // [q_width x width], [kv_width x width] twice
  std::vector<float> q_bias, k_bias, v_bias;
  std::vector<float> q_norm, k_norm;          // [head_dim]
  packed_matrix attention_output;             // [width x q_width]
  std::vector<float> post_attention_norm;     // [width]
  std::vector<float> feed_forward_norm;       // [width]
  packed_matrix gate, up;                     // [feed_forward x width]
  packed_matrix down;                         // [width x feed_forward]
  std::vector<float> post_feed_forward_norm;  // [width]
};

struct packed_model {
  model::decoder_spec spec;
  std::vector<packed_layer> layers;
  packed_matrix embedding;          // [vocabulary x width]
  packed_matrix output;             // the same memory as the embedding when they are tied
  std::vector<float> output_norm;   // [width]
  std::vector<float> rope_factors;  // [rope dims / 2], or empty
  buffer memory;

  /// Packs every tensor, on `threads` threads, to memory spread over `nodes` (buffer::spread). Errors: a
  /// tensor that is missing or misshapen, a shape that the kernels do not take (named), no memory.
  [[nodiscard]] static model::result<packed_model> make(const model::gguf_file& file,
                                                        const model::decoder_spec& spec, unsigned threads,
                                                        const std::set<int>& nodes = {});
  [[nodiscard]] std::size_t bytes() const noexcept;
};

}  // namespace hawser::cpu
