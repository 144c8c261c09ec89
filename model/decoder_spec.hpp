/// A decoder-only transformer described as data. One decoder per backend interprets it; a new model family is
/// a row of the table in decoder_families.cpp and a golden test.
#pragma once

#include "model/error.hpp"
#include "model/gguf.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hawser::model {

enum class activation : std::uint8_t {
  silu,       ///< x * sigmoid(x)
  gelu_tanh,  ///< 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
};

enum class rope_pairing : std::uint8_t {
  none,
  neighbours,  ///< rotates (2i, 2i+1): llama as GGUF stores it
  halves,      ///< rotates (i, i + d/2): qwen, gemma
};

/// Rotary embedding of one layer. angle(pos, i) = pos * scale * base^(-2i/dims) / factors[i]; `factors`
/// (llama 3's long-context correction) comes from the file's tensor rope_freqs.weight when there is one.
struct rope_spec {
  rope_pairing pairing = rope_pairing::neighbours;
  std::uint32_t dims = 0;  ///< rotated dimensions of each head, even, <= head_dim
  float base = 10000.0f;
  float scale = 1.0f;  ///< linear scaling: 1 / factor
};

struct layer_spec {
  std::uint32_t window = 0;  ///< a query at p sees keys in (p - window, p]; 0: all of [0, p]
  rope_spec rope;
};

struct decoder_spec {
  std::string family;  ///< "llama", "qwen2", "qwen3", "gemma3"
  std::uint32_t layers = 0;
  std::uint32_t width = 0;     ///< embedding length
  std::uint32_t heads = 0;     ///< query heads
  std::uint32_t kv_heads = 0;  ///< heads % kv_heads == 0
  std::uint32_t head_dim = 0;  ///< of q, k and v alike
  std::uint32_t feed_forward = 0;
  std::uint32_t vocabulary = 0;
  std::uint32_t context = 0;  ///< positions that the model was trained for
  float norm_epsilon =
      1e-5f;  ///< RMS norm: x / sqrt(mean(x^2) + eps) * weight (GGUF stores gemma's weight with the +1)
  float attention_scale =
      0.0f;  ///< multiplies q.k before the softmax; 1/sqrt(head_dim) unless the family says otherwise
  float embedding_scale = 1.0f;     ///< gemma: sqrt(width)
  float attention_soft_cap = 0.0f;  ///< cap * tanh(x / cap) on attention scores; 0: none
  float logit_soft_cap = 0.0f;      ///< the same on the logits
  activation act = activation::silu;
  bool qk_norm = false;   ///< RMS norm over each head of q and k before the rope (qwen3, gemma3)
  bool qkv_bias = false;  ///< qwen2
  bool post_norms =
      false;  ///< gemma: a norm after attention and after the feed-forward, before each residual add
  bool tied_output = false;       ///< the output head is the token embedding
  std::vector<layer_spec> layer;  ///< `layers` of them

  [[nodiscard]] std::uint32_t q_width() const noexcept { return heads * head_dim; }
  [[nodiscard]] std::uint32_t kv_width() const noexcept { return kv_heads * head_dim; }
};

/// Reads the specification from the file's metadata and tensor list. Errors: an architecture that hawser does
/// not know (named, with those it knows), a missing or contradictory key (named).
[[nodiscard]] result<decoder_spec> read_decoder_spec(const gguf_file& file);

/// The tensors of one layer; null where the specification says that there is none.
/// Matrices are [columns = inputs, rows = outputs].
struct layer_tensors {
  const tensor_view* attention_norm = nullptr;          // [width]
  const tensor_view* q = nullptr;                       // [width, q_width]
  const tensor_view* k = nullptr;                       // [width, kv_width]
  const tensor_view* v = nullptr;                       // [width, kv_width]
  const tensor_view* q_bias = nullptr;                  // [q_width]
  const tensor_view* k_bias = nullptr;                  // [kv_width]
  const tensor_view* v_bias = nullptr;                  // [kv_width]
  const tensor_view* q_norm = nullptr;                  // [head_dim]
  const tensor_view* k_norm = nullptr;                  // [head_dim]
  const tensor_view* attention_output = nullptr;        // [q_width, width]
  const tensor_view* post_attention_norm = nullptr;     // [width]
  const tensor_view* feed_forward_norm = nullptr;       // [width]
  const tensor_view* gate = nullptr;                    // [width, feed_forward]
  const tensor_view* up = nullptr;                      // [width, feed_forward]
  const tensor_view* down = nullptr;                    // [feed_forward, width]
  const tensor_view* post_feed_forward_norm = nullptr;  // [width]
};

struct decoder_tensors {
  const tensor_view* embedding = nullptr;     // [width, vocabulary]
  const tensor_view* output_norm = nullptr;   // [width]
  const tensor_view* output = nullptr;        // [width, vocabulary]; the embedding itself when tied
  const tensor_view* rope_factors = nullptr;  // [rope dims / 2], may be null
  std::vector<layer_tensors> layer;
};

/// Finds every tensor that the specification needs and proves its shape. Errors name the tensor.
[[nodiscard]] result<decoder_tensors> bind_tensors(const gguf_file& file, const decoder_spec& spec);

}  // namespace hawser::model
