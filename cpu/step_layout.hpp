/// A step's sequences laid out as rows: what the decoder needs of a plan, and nothing of seats or sampling.
/// Pure.
#pragma once

#include "model/backend.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace hawser::cpu {

/// Rows of one sequence whose queries are worked on together, for each key head.
struct query_tile {
  std::uint32_t sequence = 0;
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
};

/// Reused from step to step: laying out allocates nothing once the vectors have grown.
class step_layout {
 public:
  struct sequence {
    std::uint32_t first_row = 0;
    std::uint32_t rows = 0;
    std::uint32_t position = 0;  ///< of the first row
    std::array<const model::page_id*, model::max_page_groups> tables{};
  };

  void reserve(std::uint32_t rows, std::uint32_t sequences);
  void clear() noexcept;
  /// Adds the sequence of a plan; `tokens` are its run tokens with the one that was sampled before filled in.
  void add(const model::sequence_step& from, std::span<const model::token_id> tokens);
  /// Cuts every sequence into tiles of at most `rows` rows, the most expensive ones first.
  void cut(std::uint32_t rows);

  [[nodiscard]] std::uint32_t rows() const noexcept { return static_cast<std::uint32_t>(tokens_.size()); }
  [[nodiscard]] std::span<const sequence> sequences() const noexcept { return sequences_; }
  [[nodiscard]] std::span<const query_tile> tiles() const noexcept { return tiles_; }
  [[nodiscard]] model::token_id token(std::uint32_t row) const noexcept { return tokens_[row]; }
  [[nodiscard]] std::uint32_t position(std::uint32_t row) const noexcept {
    const sequence& s = sequences_[owner_[row]];
    return s.position + row - s.first_row;
  }
  [[nodiscard]] const sequence& owner(std::uint32_t row) const noexcept { return sequences_[owner_[row]]; }

 private:
  std::vector<sequence> sequences_;
  std::vector<query_tile> tiles_;
  std::vector<model::token_id> tokens_;  // [row]
  std::vector<std::uint32_t> owner_;     // [row], the index of its sequence
};

}  // namespace hawser::cpu
