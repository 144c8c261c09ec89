/// One step from plan to result: layout, decoder, and what each sequence wants of its rows. Holds the seats.
#pragma once

#include "cpu/buffer.hpp"
#include "cpu/decoder.hpp"
#include "cpu/step_layout.hpp"
#include "cpu/team.hpp"
#include "model/backend.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace hawser::cpu {

/// Not thread-safe: one step at a time, with the team that computes it.
class step_runner {
 public:
  [[nodiscard]] static model::result<step_runner> make(decoder d, std::uint32_t seats,
                                                       std::uint32_t step_tokens);

  void run(const model::step_plan& plan, model::step_result& result, team& workers);

  [[nodiscard]] const decoder& model_decoder() const noexcept { return decoder_; }
  [[nodiscard]] std::size_t scratch_bytes() const noexcept {
    return decoder_.scratch_bytes() + logits_.size();
  }

 private:
  struct seat {
    model::sampler sampling;
    model::token_id last = model::no_token;
    std::vector<double> embedding_sum;  // [width]
    std::uint64_t embedded = 0;         // rows in the sum
  };
  /// A row whose logits somebody wants.
  struct wanted_row {
    std::uint32_t state = 0;  // of the decoder
    std::uint32_t sequence = 0;
    model::token_id score = model::no_token;  // no_token: not scored
    std::size_t score_index = 0;
    bool sample = false;
    bool best = false;  // sample is plain greedy, and nothing else is wanted
  };

  explicit step_runner(decoder d) : decoder_(std::move(d)) {}

  void lay_out(const model::step_plan& plan, model::step_result& result);
  [[nodiscard]] bool enter(const model::sequence_step& s, model::sequence_result& result);
  void want(const model::sequence_step& s, std::uint32_t sequence, std::uint32_t first_row);
  void answer(const model::step_plan& plan, model::step_result& result, team& workers);
  void answer_greedy(const model::step_plan& plan, model::step_result& result, std::size_t count,
                     team& workers);
  void answer_row(const wanted_row& w, std::span<float> logits, const model::sequence_step& s,
                  model::sequence_result& result);
  void score_row(const wanted_row& w, std::span<const float> logits, std::int32_t top,
                 model::sampled_token& to) const;
  void take_token(model::sampled_token token, bool any, const model::sequence_step& s,
                  model::sequence_result& result);
  void sample_row(std::span<float> logits, const model::sequence_step& s, model::sequence_result& result);
  void embed(const model::step_plan& plan, model::step_result& result, team& workers);
  [[nodiscard]] std::size_t logit_stride() const noexcept {
    return (decoder_.spec().vocabulary + block_rows - 1) / block_rows * block_rows;
  }

  decoder decoder_;
  std::vector<seat> seats_;
  step_layout layout_;
  std::vector<std::uint32_t> first_states_;  // [sequence of the plan], no_state: it does not run
  std::vector<std::uint32_t> kept_;          // rows whose final state somebody wants, ascending
  std::vector<wanted_row> wanted_;           // those that only want the best token come first
  std::vector<std::uint32_t> states_;        // what the final norm is asked for
  buffer logits_;                            // [logit_rows_][logit_stride()]
  std::size_t logit_rows_ = 0;
};

}  // namespace hawser::cpu
