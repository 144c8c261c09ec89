/// What a file says about its tokens, read once; tokenizers are made from it.
#pragma once

#include "model/error.hpp"
#include "model/gguf.hpp"
#include "model/token.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hawser::model {

enum class token_kind : std::uint8_t {
  undefined = 0,
  normal = 1,
  unknown = 2,
  control = 3,
  user_defined = 4,
  unused = 5,
  byte = 6
};

/// Plain data. Texts are as the file stores them (byte-level BPE: in its printable alphabet; SentencePiece:
/// with U+2581 for spaces); the tokenizer knows how to read them.
struct vocabulary {
  std::string model;  ///< tokenizer.ggml.model: "gpt2", "llama", ...
  std::string
      pre_tokenizer;  ///< tokenizer.ggml.pre: "smollm", "llama-bpe", ...; empty when the file has none
  std::vector<std::string> texts;
  std::vector<float> scores;        ///< empty or one a token
  std::vector<token_kind> kinds;    ///< one a token
  std::vector<std::string> merges;  ///< byte-level BPE, best first, "left right"
  token_id bos = no_token;
  token_id eos = no_token;
  token_id eot = no_token;
  token_id unknown = no_token;
  token_id padding = no_token;
  std::vector<token_id>
      end_of_generation;  ///< every token that ends an answer (eos, eot, <|im_end|>, ...), sorted
  bool add_bos = false;
  bool add_eos = false;
  bool add_space_prefix = false;
  bool remove_extra_whitespaces = false;
  std::string chat_template;  ///< empty when the file has none

  [[nodiscard]] bool ends_generation(token_id id) const noexcept;
};

[[nodiscard]] result<vocabulary> read_vocabulary(const gguf_file& file);

}  // namespace hawser::model
