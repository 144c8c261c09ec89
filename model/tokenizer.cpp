#include "model/tokenizer.hpp"

#include "model/tokenizer_models.hpp"
#include "model/unicode.hpp"

#include <charconv>
#include <utility>

namespace hawser::model {

result<std::shared_ptr<const tokenizer>> tokenizer::make(vocabulary words) {
  words.kinds.resize(words.texts.size(), token_kind::normal);
  if (words.model == "gpt2") return make_byte_pair_tokenizer(std::move(words));
  if (words.model == "llama") return make_sentence_piece_tokenizer(std::move(words));
  return error{errc::unsupported, "the tokenizer \"" + words.model +
                                      "\" (tokenizer.ggml.model) is not known; known are gpt2 and llama"};
}

std::string tokenizer::decode(std::span<const token_id> ids, bool special) const {
  std::string text;
  bool first = strips_first_space();
  for (const token_id id : ids) {
    std::string_view bytes = piece(id, special);
    if (first && !bytes.empty()) {
      first = false;
      if (bytes.front() == ' ') bytes.remove_prefix(1);
    }
    text += bytes;
  }
  return text;
}

special_scan scan_for(const vocabulary& words, std::string (*spell)(std::string_view)) {
  special_scan scan;
  for (std::size_t i = 0; i < words.texts.size(); ++i) {
    const token_kind kind = words.kinds[i];
    const auto id = static_cast<token_id>(i);
    if (kind == token_kind::user_defined) scan.always.add(spell(words.texts[i]), id);
    if (kind == token_kind::user_defined || is_hidden(kind)) scan.on_request.add(spell(words.texts[i]), id);
  }
  scan.always.sort();
  scan.on_request.sort();
  return scan;
}

int byte_of(std::string_view text) noexcept {
  if (text.size() != 6 || !text.starts_with("<0x") || text.back() != '>') return -1;
  int byte = -1;
  const char* end = text.data() + 5;
  const auto read = std::from_chars(text.data() + 3, end, byte, 16);
  return read.ec == std::errc{} && read.ptr == end ? byte : -1;
}

bool is_hidden(token_kind kind) noexcept {
  return kind == token_kind::control || kind == token_kind::unknown;
}

detokenizer::detokenizer(std::shared_ptr<const tokenizer> words, bool special)
    : words_(std::move(words)), special_(special), first_(words_->strips_first_space()) {}

std::string_view detokenizer::push(token_id id) {
  std::string_view bytes = words_->piece(id, special_);
  if (first_ && !bytes.empty()) {
    first_ = false;
    if (bytes.front() == ' ') bytes.remove_prefix(1);
  }
  pending_ += bytes;
  out_.clear();
  std::size_t at = 0;
  while (at < pending_.size()) {
    const utf8_prefix read = read_utf8(std::string_view{pending_}.substr(at));
    if (read.state == utf8_prefix::cut_short) break;
    if (read.state == utf8_prefix::complete) {
      out_.append(pending_, at, read.bytes);
    } else {
      out_ += "\xEF\xBF\xBD";
    }
    at += read.bytes;
  }
  pending_.erase(0, at);
  return out_;
}

std::string_view detokenizer::finish() {
  out_ = pending_.empty() ? "" : "\xEF\xBF\xBD";
  pending_.clear();
  return out_;
}

}  // namespace hawser::model
