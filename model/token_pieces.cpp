#include "model/token_pieces.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace hawser::model {

namespace {

std::uint32_t hash_of(std::string_view bytes) noexcept {
  const std::uint64_t hash = std::hash<std::string_view>{}(bytes);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

}  // namespace

void token_pieces::add(std::string_view bytes) {
  bytes_ += bytes;
  ends_.push_back(bytes_.size());
}

piece_index::piece_index(std::size_t count) : slots_(std::bit_ceil(count * 2 + 2)), room_(count) {}

std::size_t piece_index::slot_of(const token_pieces& pieces, std::string_view bytes,
                                 std::uint32_t hash) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const slot& s = slots_[i];
    if (s.id == no_token || (s.hash == hash && pieces[s.id] == bytes)) return i;
  }
}

bool piece_index::add(const token_pieces& pieces, token_id id) {
  const std::string_view bytes = pieces[id];
  const std::uint32_t hash = hash_of(bytes);
  slot& s = slots_[slot_of(pieces, bytes, hash)];
  if (s.id != no_token || room_ == 0) return false;
  s = {hash, id};
  --room_;
  longest_ = std::max(longest_, bytes.size());
  return true;
}

token_id piece_index::find(const token_pieces& pieces, std::string_view bytes) const noexcept {
  if (bytes.size() > longest_) return no_token;
  return slots_[slot_of(pieces, bytes, hash_of(bytes))].id;
}

}  // namespace hawser::model
