#include "model/pair_merger.hpp"
#include "model/pre_tokenizer.hpp"
#include "model/token_pieces.hpp"
#include "model/tokenizer_models.hpp"
#include "model/unicode.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>

namespace hawser::model {

namespace {

/// A token's id, or a number past the vocabulary for a string that only the merges know.
using symbol = std::uint32_t;

constexpr char32_t alphabet_end = 0x144;

/// The printable alphabet that byte-level vocabularies are written in: bytes that print stand for themselves,
/// the others for U+0100 and on in their order.
struct byte_alphabet {
  std::array<char32_t, 256> code_of{};
  std::array<int, alphabet_end> byte_of{};

  constexpr byte_alphabet() {
    byte_of.fill(-1);
    char32_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const bool prints = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
      const char32_t code = prints ? static_cast<char32_t>(byte) : next++;
      code_of[static_cast<std::size_t>(byte)] = code;
      byte_of[code] = byte;
    }
  }
};

constexpr byte_alphabet alphabet;

std::string written(unsigned char byte) {
  const char32_t code = alphabet.code_of[byte];
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
}

/// The bytes that a text in the alphabet stands for; nothing when it has any other character.
std::optional<std::string> read_alphabet(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    const utf8_prefix read = read_utf8(text.substr(at));
    if (read.state != utf8_prefix::complete || read.code >= alphabet_end) return std::nullopt;
    const int byte = alphabet.byte_of[read.code];
    if (byte < 0) return std::nullopt;
    bytes += static_cast<char>(byte);
    at += read.bytes;
  }
  return bytes;
}

/// What two neighbours become, and how early.
class merge_table {
 public:
  struct merge {
    pair_merger::priority rank = pair_merger::never;
    symbol joined = 0;
  };

  explicit merge_table(std::size_t count) : slots_(std::bit_ceil(count * 2 + 2)) {}

  /// Of two merges of one pair the first, which is the better, stays.
  void add(symbol left, symbol right, merge m) {
    slot& s = slots_[slot_of(key_of(left, right))];
    if (s.found.rank == pair_merger::never) s = {key_of(left, right), m};
  }

  [[nodiscard]] merge find(symbol left, symbol right) const noexcept {
    return slots_[slot_of(key_of(left, right))].found;
  }

 private:
  struct slot {
    std::uint64_t key = 0;
    merge found;
  };

  static std::uint64_t key_of(symbol left, symbol right) noexcept {
    return std::uint64_t{left} << 32 | right;
  }

  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    // Fibonacci hashing: the high bits of the product depend on all of the key.
    std::size_t i = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> 32) & mask;
    while (slots_[i].found.rank != pair_merger::never && slots_[i].key != key) i = (i + 1) & mask;
    return i;
  }

  std::vector<slot> slots_;
};

/// What one encode() needs; reused from piece to piece.
struct workspace {
  pair_merger merger;
  std::vector<symbol> symbols;
};

class byte_pair_tokenizer final : public tokenizer {
 public:
  byte_pair_tokenizer(vocabulary words, pre_tokenizer cutter)
      : tokenizer(std::move(words)), cutter_(std::move(cutter)), merges_(words_.merges.size()),
        specials_(scan_for(words_, [](std::string_view text) { return std::string{text}; })),
        whole_(words_.texts.size()) {
    read_merges();
    read_pieces();
  }

  [[nodiscard]] std::vector<token_id> encode(std::string_view text, encode_options options) const override {
    std::vector<token_id> ids;
    workspace work;
    if (options.add_special && words_.add_bos && words_.bos != no_token) ids.push_back(words_.bos);
    split_at_specials(
        options.parse_special ? specials_.on_request : specials_.always, text,
        [&](std::string_view part) { append_text(part, work, ids); },
        [&](token_id id) { ids.push_back(id); });
    if (options.add_special && words_.add_eos && words_.eos != no_token) ids.push_back(words_.eos);
    return ids;
  }

  [[nodiscard]] std::string_view piece(token_id id, bool special) const noexcept override {
    if (id < 0 || static_cast<std::size_t>(id) >= pieces_.size()) return {};
    if (!special && is_hidden(words_.kinds[static_cast<std::size_t>(id)])) return {};
    return pieces_[id];
  }

 private:
  void read_merges();
  void read_pieces();

  void append_text(std::string_view text, workspace& work, std::vector<token_id>& ids) const {
    std::size_t start = 0;
    for (const std::size_t end : cutter_.cut(text)) {
      append_piece(text.substr(start, end - start), work, ids);
      start = end;
    }
  }

  void append_piece(std::string_view bytes, workspace& work, std::vector<token_id>& ids) const {
    if (const token_id id = whole_.find(pieces_, bytes); id != no_token) {
      ids.push_back(id);
    } else {
      append_merged(bytes, work, ids);
    }
  }

  [[nodiscard]] bool is_listed(char byte) const noexcept {
    return byte_symbols_[static_cast<unsigned char>(byte)] < words_.texts.size();
  }

  void append_merged(std::string_view bytes, workspace& work, std::vector<token_id>& ids) const;
  void append_listed(std::string_view bytes, workspace& work, std::vector<token_id>& ids) const;

  pre_tokenizer cutter_;
  merge_table merges_;
  std::array<symbol, 256> byte_symbols_{};
  special_scan specials_;
  token_pieces pieces_;
  piece_index whole_;  ///< tokens that a piece with their bytes becomes as a whole
};

void byte_pair_tokenizer::read_merges() {
  std::unordered_map<std::string_view, symbol> symbols;
  symbols.reserve(words_.texts.size() + 256);
  for (std::size_t i = 0; i < words_.texts.size(); ++i)
    symbols.emplace(words_.texts[i], static_cast<symbol>(i));
  std::deque<std::string> unlisted;  // holds still while it grows: the map's keys point into it
  const auto symbol_of = [&](std::string text) {
    if (const auto known = symbols.find(text); known != symbols.end()) return known->second;
    const auto next = static_cast<symbol>(words_.texts.size() + unlisted.size());
    symbols.emplace(unlisted.emplace_back(std::move(text)), next);
    return next;
  };
  for (std::size_t byte = 0; byte < byte_symbols_.size(); ++byte) {
    byte_symbols_[byte] = symbol_of(written(static_cast<unsigned char>(byte)));
  }
  pair_merger::priority rank = 0;
  for (const std::string& line : words_.merges) {
    const std::size_t space = line.find(' ', 1);
    if (space != std::string::npos) {
      std::string left = line.substr(0, space);
      std::string right = line.substr(space + 1);
      const symbol joined = symbol_of(left + right);
      merges_.add(symbol_of(std::move(left)), symbol_of(std::move(right)), {rank, joined});
    }
    ++rank;
  }
}

void byte_pair_tokenizer::read_pieces() {
  std::vector<bool> in_alphabet(words_.texts.size());
  for (std::size_t i = 0; i < words_.texts.size(); ++i) {
    const token_kind kind = words_.kinds[i];
    const bool raw = kind == token_kind::user_defined || is_hidden(kind);
    const auto bytes = raw ? std::nullopt : read_alphabet(words_.texts[i]);
    in_alphabet[i] = bytes.has_value() && !bytes->empty();
    pieces_.add(bytes ? *bytes : words_.texts[i]);
  }
  workspace work;
  std::vector<token_id> ids;
  for (std::size_t i = 0; i < in_alphabet.size(); ++i) {
    if (!in_alphabet[i]) continue;
    const auto id = static_cast<token_id>(i);
    ids.clear();
    if (!cutter_.ignore_merges) append_merged(pieces_[id], work, ids);
    if (cutter_.ignore_merges || (ids.size() == 1 && ids.front() == id)) whole_.add(pieces_, id);
  }
}

void byte_pair_tokenizer::append_merged(std::string_view bytes, workspace& work,
                                        std::vector<token_id>& ids) const {
  const auto listed = [this](char byte) { return is_listed(byte); };
  if (std::ranges::all_of(bytes, listed)) return append_listed(bytes, work, ids);
  // A byte that is no token is passed over before its neighbours merge, as in the reference.
  std::string kept;
  std::ranges::copy_if(bytes, std::back_inserter(kept), listed);
  append_listed(kept, work, ids);
}

void byte_pair_tokenizer::append_listed(std::string_view bytes, workspace& work,
                                        std::vector<token_id>& ids) const {
  if (bytes.empty()) return;
  auto& symbols = work.symbols;
  symbols.resize(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    symbols[i] = byte_symbols_[static_cast<unsigned char>(bytes[i])];
  using place = pair_merger::place;
  work.merger.merge(
      bytes.size(), [&](place left, place right) { return merges_.find(symbols[left], symbols[right]).rank; },
      [&](place left, place right) { symbols[left] = merges_.find(symbols[left], symbols[right]).joined; });
  const std::size_t listed = words_.texts.size();
  for (place at = 0, next = 0; at != pair_merger::none; at = next) {
    next = work.merger.next_of(at);
    if (symbols[at] < listed) {
      ids.push_back(static_cast<token_id>(symbols[at]));
      continue;
    }
    // Merges may lead to a string that is no token: then its bytes are.
    for (const char c : bytes.substr(at, next == pair_merger::none ? bytes.npos : next - at)) {
      ids.push_back(static_cast<token_id>(byte_symbols_[static_cast<unsigned char>(c)]));
    }
  }
}

}  // namespace

result<std::shared_ptr<const tokenizer>> make_byte_pair_tokenizer(vocabulary words) {
  auto cutter = find_pre_tokenizer(words.pre_tokenizer);
  if (!cutter) return cutter.error();
  if (words.merges.empty()) {
    return error{errc::malformed,
                 "the vocabulary is byte-level BPE (tokenizer.ggml.model \"gpt2\") but has no merges "
                 "(tokenizer.ggml.merges)"};
  }
  return std::shared_ptr<const tokenizer>(
      std::make_shared<byte_pair_tokenizer>(std::move(words), std::move(*cutter)));
}

}  // namespace hawser::model
