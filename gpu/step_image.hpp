/// A step as the integers that a device reads: tokens, places, page tables and the rows that are wanted.
/// Pure.
#pragma once

#include "gpu/kernels/arguments.hpp"
#include "model/backend.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hawser::gpu {

/// A row whose logits somebody wants.
struct wanted_row {
  int row = 0;
  std::uint32_t sequence = 0;               // of the plan
  model::token_id score = model::no_token;  // no_token: not scored
  bool sample = false;
};

/// Who chooses a sampled token: the host from its logits, or the device, whose step then has only the token
/// to tell.
enum class chooser { host, best, drawn };
struct token_choice {
  chooser by = chooser::host;
  kernels::draw_terms terms{};  // of a drawn one
};

/// A sequence whose embedding is wanted: its rows of the step.
struct embedded_rows {
  std::uint32_t sequence = 0;
  std::size_t rows = 0;
};

/// Reused from step to step.
class step_image {
 public:
  step_image(std::size_t groups, std::uint32_t page_tokens) : groups_(groups), page_tokens_(page_tokens) {}

  void clear();
  /// `tokens` are its run tokens.
  void add(const model::sequence_step& s, std::uint32_t sequence, std::span<const model::token_id> tokens,
           const token_choice& choice);
  /// Lays it all out; then the rest may be asked.
  void finish(const model::step_plan& plan);

  [[nodiscard]] int rows() const noexcept { return static_cast<int>(tokens_.size()); }
  [[nodiscard]] int last_position() const noexcept { return last_position_; }
  [[nodiscard]] std::span<const int> words() const noexcept { return words_; }
  /// Offsets into words().
  struct places {
    std::size_t tokens = 0, position = 0, sequence = 0, greedy = 0, drawn = 0, terms = 0, chosen = 0,
                embedded = 0;
    std::array<std::size_t, model::max_page_groups> tables{};
  };
  [[nodiscard]] const places& at() const noexcept { return at_; }
  [[nodiscard]] int table_stride() const noexcept {
    return last_position_ / static_cast<int>(page_tokens_) + 1;
  }
  [[nodiscard]] std::span<const wanted_row> greedy() const noexcept { return greedy_; }
  [[nodiscard]] std::span<const wanted_row> drawn() const noexcept { return drawn_; }
  [[nodiscard]] std::span<const wanted_row> chosen() const noexcept { return chosen_; }
  [[nodiscard]] std::span<const embedded_rows> embedded() const noexcept { return embedded_; }
  [[nodiscard]] std::size_t embedded_count() const noexcept { return embedded_list_.size(); }
  /// Words that any step may take.
  [[nodiscard]] static std::size_t most_words(const model::backend_capacity& c);

 private:
  std::size_t put(std::span<const int> words);

  std::size_t groups_;
  std::uint32_t page_tokens_;
  std::vector<int> tokens_, position_, sequence_;  // [row]
  std::vector<std::uint32_t> run_;                 // of the plan, those that run
  std::vector<wanted_row> greedy_, drawn_, chosen_;
  std::vector<int> terms_;  // of each drawn row, one kernels::draw_terms after the other
  std::vector<embedded_rows> embedded_;
  std::vector<int> embedded_list_, words_;
  int last_position_ = 0;
  places at_;
};

}  // namespace hawser::gpu
