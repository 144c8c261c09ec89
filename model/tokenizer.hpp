/// Text to tokens and back. Immutable once made: any number of threads may use one tokenizer at once.
#pragma once

#include "model/error.hpp"
#include "model/token.hpp"
#include "model/vocabulary.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::model {

struct encode_options {
  bool add_special = true;  ///< add the begin (and end) token where the vocabulary asks for it
  bool parse_special =
      true;  ///< text such as <|im_end|> becomes the control token; user-defined tokens always match
};

class tokenizer {
 public:
  /// Error unsupported: a tokenizer model or pre-tokenizer that hawser does not know (named, with those it
  /// knows).
  [[nodiscard]] static result<std::shared_ptr<const tokenizer>> make(vocabulary words);

  virtual ~tokenizer() = default;

  [[nodiscard]] const vocabulary& words() const noexcept { return words_; }

  /// Any bytes are accepted; invalid UTF-8 is tokenized as the reference tokenizer of the family does.
  /// Time and memory grow linearly with the text, whatever it holds.
  [[nodiscard]] virtual std::vector<token_id> encode(std::string_view text,
                                                     encode_options options = {}) const = 0;

  /// The bytes of one token, possibly half a character. Control tokens give nothing unless `special`.
  [[nodiscard]] virtual std::string_view piece(token_id id, bool special = false) const noexcept = 0;

  /// A whole text; `special` shows control tokens by name. The space that encode() put before the text is
  /// taken off.
  [[nodiscard]] std::string decode(std::span<const token_id> ids, bool special = false) const;

  /// True when encode() would put a space before the text, which a stream's first piece then loses again.
  [[nodiscard]] virtual bool strips_first_space() const noexcept { return false; }

 protected:
  explicit tokenizer(vocabulary words) : words_(std::move(words)) {}
  vocabulary words_;
};

/// Tokens in, text out: never half a character, never a changed byte later on. One for each stream; not
/// shared. Bytes that cannot become valid UTF-8 any more come out as U+FFFD.
class detokenizer {
 public:
  explicit detokenizer(std::shared_ptr<const tokenizer> words, bool special = false);

  /// The text that became certain with this token; may be empty. Valid until the next call.
  [[nodiscard]] std::string_view push(token_id id);
  /// What is left at the end of the stream: nothing, or U+FFFD for a character that never was completed.
  [[nodiscard]] std::string_view finish();

 private:
  std::shared_ptr<const tokenizer> words_;
  std::string pending_;
  std::string out_;
  bool special_;
  bool first_ = true;
};

}  // namespace hawser::model
