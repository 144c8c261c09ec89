/// The tokenizers that tokenizer::make() chooses from.
#pragma once

#include "model/special_tokens.hpp"
#include "model/tokenizer.hpp"

#include <memory>

namespace hawser::model {

/// tokenizer.ggml.model "gpt2": byte-level BPE after a pre-tokenizer.
[[nodiscard]] result<std::shared_ptr<const tokenizer>> make_byte_pair_tokenizer(vocabulary words);

/// tokenizer.ggml.model "llama": SentencePiece BPE with scores and byte fallback.
[[nodiscard]] std::shared_ptr<const tokenizer> make_sentence_piece_tokenizer(vocabulary words);

/// The tokens that encode() matches before all else.
struct special_scan {
  special_tokens always;      ///< user-defined
  special_tokens on_request;  ///< user-defined, control and unknown: with encode_options::parse_special
};

/// `spell` makes of a token's text what to look for in a text.
[[nodiscard]] special_scan scan_for(const vocabulary& words, std::string (*spell)(std::string_view));

/// Calls on_text(part) and on_token(id) for the parts of `text`, in order.
template <class OnText, class OnToken>
void split_at_specials(const special_tokens& tokens, std::string_view text, const OnText& on_text,
                       const OnToken& on_token) {
  std::size_t at = 0;
  while (const auto found = tokens.find(text, at)) {
    if (found->at > at) on_text(text.substr(at, found->at - at));
    on_token(found->id);
    at = found->at + found->bytes;
  }
  if (at < text.size()) on_text(text.substr(at));
}

/// The byte that a token such as <0x0A> stands for, or -1.
[[nodiscard]] int byte_of(std::string_view text) noexcept;

[[nodiscard]] bool is_hidden(token_kind kind) noexcept;  ///< shown only when special tokens are

}  // namespace hawser::model
