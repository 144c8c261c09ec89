#include "gpu/step_image.hpp"

#include <algorithm>
#include <bit>

namespace hawser::gpu {

std::size_t step_image::most_words(const model::backend_capacity& c) {
  const std::size_t pages = (c.context + c.page_tokens - 1) / c.page_tokens;
  // Tokens, positions, sequences; a row may be wanted for its logits and for an embedding.
  return std::size_t{c.step_tokens} * 5 + c.seats * sizeof(kernels::draw_terms) / sizeof(int) +
         c.groups.size() * c.seats * pages;
}

void step_image::clear() {
  for (auto* each : {&tokens_, &position_, &sequence_, &terms_, &embedded_list_, &words_}) each->clear();
  run_.clear();
  greedy_.clear();
  drawn_.clear();
  chosen_.clear();
  embedded_.clear();
  last_position_ = 0;
}

void step_image::add(const model::sequence_step& s, std::uint32_t sequence,
                     std::span<const model::token_id> tokens, const token_choice& choice) {
  const bool embedding = s.output == model::step_output::embedding;
  if (embedding) embedded_.push_back({sequence, tokens.size()});
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const int row = rows();
    tokens_.push_back(tokens[i]);
    position_.push_back(static_cast<int>(s.position + i));
    sequence_.push_back(static_cast<int>(run_.size()));
    last_position_ = std::max(last_position_, position_.back());
    if (embedding) embedded_list_.push_back(row);
    const model::token_id score = i < s.score.size() ? s.score[i] : model::no_token;
    const bool sample = s.output == model::step_output::token && i + 1 == tokens.size();
    if (score == model::no_token && !sample) continue;
    const chooser by = score == model::no_token ? choice.by : chooser::host;
    (by == chooser::best    ? greedy_
     : by == chooser::drawn ? drawn_
                            : chosen_)
        .push_back({row, sequence, score, sample});
    if (by != chooser::drawn) continue;
    const auto terms =
        std::bit_cast<std::array<int, sizeof(kernels::draw_terms) / sizeof(int)>>(choice.terms);
    terms_.insert(terms_.end(), terms.begin(), terms.end());
  }
  run_.push_back(sequence);
}

std::size_t step_image::put(std::span<const int> words) {
  const std::size_t at = words_.size();
  words_.insert(words_.end(), words.begin(), words.end());
  return at;
}

void step_image::finish(const model::step_plan& plan) {
  at_.tokens = put(tokens_);
  at_.position = put(position_);
  at_.sequence = put(sequence_);
  at_.greedy = words_.size();
  for (const wanted_row& w : greedy_) words_.push_back(w.row);
  at_.drawn = words_.size();
  for (const wanted_row& w : drawn_) words_.push_back(w.row);
  at_.terms = put(terms_);
  at_.chosen = words_.size();
  for (const wanted_row& w : chosen_) words_.push_back(w.row);
  at_.embedded = put(embedded_list_);
  const auto stride = static_cast<std::size_t>(table_stride());
  for (std::size_t g = 0; g < groups_; ++g) {
    at_.tables[g] = words_.size();
    for (const std::uint32_t sequence : run_) {
      const auto table = plan.sequences[sequence].tables[g];
      for (std::size_t i = 0; i < stride; ++i)
        words_.push_back(i < table.size() ? static_cast<int>(table[i]) : -1);
    }
  }
}

}  // namespace hawser::gpu
