/// Small random models, made from a seed where a test needs one: the repository holds no model.
///
/// test/model/reference/tiny_model.py makes the same bytes, so golden logits made in Python fit. Only
/// printable ASCII bytes and merged tokens have output rows of full size; the rows of all others are 64 times
/// smaller, so that a greedy answer is plain text and does not end by itself.
#pragma once

#include "model/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hawser::test {

struct tiny_spec {
  std::string family = "llama";  ///< llama, qwen2, qwen3 or gemma3
  std::uint32_t layers = 2;      ///< gemma3: the sixth is the first that sees everything
  std::uint32_t width = 64;
  std::uint32_t heads = 4;
  std::uint32_t kv_heads = 2;
  std::uint32_t head_dim = 16;
  std::uint32_t feed_forward = 128;
  std::uint32_t vocabulary = 320;  ///< at least tiny_first_filler
  std::uint32_t context = 512;
  std::uint32_t window = 0;  ///< attention.sliding_window when not 0
  float rope_base = 10000.0f;
  float rope_factor = 1.0f;     ///< linear rope scaling when not 1
  bool rope_factors = false;    ///< a tensor rope_freqs.weight
  bool tied = true;             ///< no output.weight
  float logit_soft_cap = 0.0f;  ///< final_logit_softcapping when not 0
  /// Of the matrices, taken in turn: embedding, output (when not tied), then q k v o gate up down of each
  /// layer. A type whose block does not divide a matrix's row gives way to F16 there.
  std::vector<model::tensor_type> types = {model::tensor_type::q8_0};
  std::uint64_t seed = 1;
};

/// The vocabulary, a byte-level BPE: three control tokens, the 256 bytes, 24 merged tokens, then unused ones.
inline constexpr std::int32_t tiny_end_of_text = 0;  // <|endoftext|>, bos
inline constexpr std::int32_t tiny_im_start = 1;
inline constexpr std::int32_t tiny_im_end = 2;  // eos
inline constexpr std::int32_t tiny_first_byte = 3;
inline constexpr std::int32_t tiny_first_merge = 3 + 256;
inline constexpr std::int32_t tiny_first_filler = 3 + 256 + 24;

/// A whole GGUF file.
[[nodiscard]] std::vector<std::byte> make_tiny_model(const tiny_spec& spec);

/// The same in a file of its own, which is removed when the program ends. Thread-safe.
[[nodiscard]] std::string write_temp_model(const tiny_spec& spec);

}  // namespace hawser::test
