#include "cpu/step_layout.hpp"

#include <algorithm>

namespace hawser::cpu {

void step_layout::reserve(std::uint32_t rows, std::uint32_t sequences) {
  sequences_.reserve(sequences);
  tiles_.reserve(rows);
  tokens_.reserve(rows);
  owner_.reserve(rows);
}

void step_layout::clear() noexcept {
  sequences_.clear();
  tiles_.clear();
  tokens_.clear();
  owner_.clear();
}

void step_layout::add(const model::sequence_step& from, std::span<const model::token_id> tokens) {
  sequence s{
      .first_row = rows(), .rows = static_cast<std::uint32_t>(tokens.size()), .position = from.position};
  for (std::size_t g = 0; g < s.tables.size(); ++g) s.tables[g] = from.tables[g].data();
  owner_.insert(owner_.end(), tokens.size(), static_cast<std::uint32_t>(sequences_.size()));
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
  sequences_.push_back(s);
}

void step_layout::cut(std::uint32_t rows) {
  tiles_.clear();
  for (std::uint32_t i = 0; i < sequences_.size(); ++i) {
    const sequence& s = sequences_[i];
    for (std::uint32_t done = 0; done < s.rows; done += rows)
      tiles_.push_back({i, s.first_row + done, std::min(rows, s.rows - done)});
  }
  std::sort(tiles_.begin(), tiles_.end(), [&](const query_tile& a, const query_tile& b) {
    const std::uint64_t x = std::uint64_t{a.rows} * position(a.first_row);
    const std::uint64_t y = std::uint64_t{b.rows} * position(b.first_row);
    return x != y ? x > y : a.first_row < b.first_row;
  });
}

}  // namespace hawser::cpu
