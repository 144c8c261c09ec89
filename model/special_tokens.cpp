#include "model/special_tokens.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hawser::model {

namespace {

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

void special_tokens::add(std::string text, token_id id) {
  if (!text.empty()) entries_.push_back({std::move(text), id});
}

void special_tokens::sort() {
  std::ranges::sort(entries_, [](const entry& a, const entry& b) {
    return std::tie(a.text, a.id) < std::tie(b.text, b.id);
  });
  const auto doubled = std::ranges::unique(entries_, {}, &entry::text);
  entries_.erase(doubled.begin(), doubled.end());
  first_bytes_.fill(0);
  for (const entry& e : entries_) ++first_bytes_[byte_at(e.text, 0) + 1U];
  for (std::size_t b = 1; b < first_bytes_.size(); ++b) first_bytes_[b] += first_bytes_[b - 1];
}

const special_tokens::entry* special_tokens::longest_at(std::string_view text) const noexcept {
  const unsigned char first = byte_at(text, 0);
  const entry* low = entries_.data() + first_bytes_[first];
  const entry* high = entries_.data() + first_bytes_[first + 1U];
  const entry* longest = nullptr;
  // Entries that share the text's first `depth` bytes are neighbours; the shortest of them stands first.
  for (std::size_t depth = 1; low != high; ++depth) {
    if (low->text.size() == depth) longest = low++;
    if (depth == text.size()) break;
    const auto byte = [depth](const entry& e) { return byte_at(e.text, depth); };
    const auto same = std::ranges::equal_range(low, high, byte_at(text, depth), {}, byte);
    low = same.begin();
    high = same.end();
  }
  return longest;
}

std::optional<special_tokens::match> special_tokens::find(std::string_view text,
                                                          std::size_t from) const noexcept {
  if (entries_.empty()) return std::nullopt;
  for (std::size_t at = from; at < text.size(); ++at) {
    const unsigned char b = byte_at(text, at);
    if (first_bytes_[b] == first_bytes_[b + 1U]) continue;
    if (const entry* found = longest_at(text.substr(at))) return match{at, found->text.size(), found->id};
  }
  return std::nullopt;
}

}  // namespace hawser::model
