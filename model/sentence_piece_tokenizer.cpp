#include "model/pair_merger.hpp"
#include "model/token_pieces.hpp"
#include "model/tokenizer_models.hpp"
#include "model/unicode.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace hawser::model {

namespace {

constexpr std::string_view lower_block = "\xE2\x96\x81";  // U+2581, which vocabularies write for a space

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t found = std::min(text.find(from, at), text.size());
    out.append(text, at, found - at);
    if (found < text.size()) out += to;
    at = found + from.size();
  }
  return out;
}

std::string escaped(std::string_view text) {
  return replaced(text, " ", lower_block);
}

/// Ascending where scores descend.
pair_merger::priority priority_of(float score) noexcept {
  if (std::isnan(score)) return pair_merger::never - 1;
  const auto bits = std::bit_cast<std::uint32_t>(score == 0.0F ? 0.0F : score);
  const std::uint32_t ascending = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
  return std::min(~ascending, pair_merger::never - 1);
}

struct workspace {
  pair_merger merger;
  std::vector<std::size_t> starts;  ///< of each character, and past the last
  std::vector<std::size_t> ends;    ///< of the symbol that begins at each character
};

class sentence_piece_tokenizer final : public tokenizer {
 public:
  explicit sentence_piece_tokenizer(vocabulary words)
      : tokenizer(std::move(words)), specials_(scan_for(words_, escaped)), mergeable_(words_.texts.size()) {
    byte_tokens_.fill(no_token);
    for (std::size_t i = 0; i < words_.texts.size(); ++i) add_token(static_cast<token_id>(i));
    for (std::size_t i = 0; i < words_.texts.size(); ++i) {
      const token_kind kind = words_.kinds[i];
      const bool merges =
          kind != token_kind::control && kind != token_kind::unknown && kind != token_kind::byte;
      if (merges && !words_.texts[i].empty()) mergeable_.add(spellings_, static_cast<token_id>(i));
    }
  }

  [[nodiscard]] std::vector<token_id> encode(std::string_view text, encode_options options) const override {
    std::vector<token_id> ids;
    workspace work;
    if (options.add_special && words_.add_bos && words_.bos != no_token) ids.push_back(words_.bos);
    const std::string spelled = escaped(text);
    bool after_token = true;
    split_at_specials(
        options.parse_special ? specials_.on_request : specials_.always, spelled,
        [&](std::string_view part) {
          if (after_token && words_.add_space_prefix) {
            append_text(std::string{lower_block}.append(part), work, ids);
          } else {
            append_text(part, work, ids);
          }
          after_token = false;
        },
        [&](token_id id) {
          ids.push_back(id);
          after_token = true;
        });
    if (options.add_special && words_.add_eos && words_.eos != no_token) ids.push_back(words_.eos);
    return ids;
  }

  [[nodiscard]] std::string_view piece(token_id id, bool special) const noexcept override {
    if (id < 0 || static_cast<std::size_t>(id) >= pieces_.size()) return {};
    if (!special && is_hidden(words_.kinds[static_cast<std::size_t>(id)])) return {};
    return pieces_[id];
  }

  [[nodiscard]] bool strips_first_space() const noexcept override { return words_.add_space_prefix; }

 private:
  void add_token(token_id id) {
    const auto i = static_cast<std::size_t>(id);
    const std::string& text = words_.texts[i];
    spellings_.add(text);
    const int byte = words_.kinds[i] == token_kind::byte ? byte_of(text) : -1;
    if (byte >= 0) {
      byte_tokens_[static_cast<std::size_t>(byte)] = id;
      const char raw = static_cast<char>(byte);
      pieces_.add({&raw, 1});
    } else {
      pieces_.add(is_hidden(words_.kinds[i]) ? text : replaced(text, lower_block, " "));
    }
  }

  [[nodiscard]] float score_of(token_id id) const noexcept {
    const auto i = static_cast<std::size_t>(id);
    return i < words_.scores.size() ? words_.scores[i] : 0.0F;
  }

  void append_text(std::string_view text, workspace& work, std::vector<token_id>& ids) const;
  void append_symbol(std::string_view symbol, std::vector<token_id>& ids) const;

  special_scan specials_;
  token_pieces spellings_;  ///< the texts as the file has them
  token_pieces pieces_;
  piece_index mergeable_;
  std::array<token_id, 256> byte_tokens_{};
};

void sentence_piece_tokenizer::append_text(std::string_view text, workspace& work,
                                           std::vector<token_id>& ids) const {
  work.starts.clear();
  work.ends.clear();
  for (std::size_t at = 0; at < text.size();) {
    work.starts.push_back(at);
    const utf8_prefix read = read_utf8(text.substr(at, 4));
    at += read.state == utf8_prefix::complete ? read.bytes : 1;
    work.ends.push_back(at);
  }
  using place = pair_merger::place;
  const auto symbol = [&](place first, place last) {
    return text.substr(work.starts[first], work.ends[last] - work.starts[first]);
  };
  work.merger.merge(
      work.starts.size(),
      [&](place left, place right) {
        const token_id id = mergeable_.find(spellings_, symbol(left, right));
        return id == no_token ? pair_merger::never : priority_of(score_of(id));
      },
      [&](place left, place right) { work.ends[left] = work.ends[right]; });
  for (place at = 0; at < work.starts.size(); at = work.merger.next_of(at))
    append_symbol(symbol(at, at), ids);
}

void sentence_piece_tokenizer::append_symbol(std::string_view symbol, std::vector<token_id>& ids) const {
  if (const token_id id = mergeable_.find(spellings_, symbol); id != no_token) {
    ids.push_back(id);
    return;
  }
  for (const char c : symbol) {
    const token_id id = byte_tokens_[static_cast<unsigned char>(c)];
    if (id != no_token) {
      ids.push_back(id);
    } else if (words_.unknown != no_token && (ids.empty() || ids.back() != words_.unknown)) {
      ids.push_back(words_.unknown);  // one for all of a run, as the reference has it
    }
  }
}

}  // namespace

std::shared_ptr<const tokenizer> make_sentence_piece_tokenizer(vocabulary words) {
  return std::make_shared<sentence_piece_tokenizer>(std::move(words));
}

}  // namespace hawser::model
