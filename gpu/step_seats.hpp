/// What a backend keeps of each sequence between steps: its sampling state, the token that it sampled last
/// and the sum of its embedding; and how rows of a step become results. Knows no device.
#pragma once

#include "gpu/step_image.hpp"
#include "model/backend.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hawser::gpu {

class step_seats {
 public:
  step_seats(std::uint32_t seats, std::uint32_t vocabulary) : seats_(seats), vocabulary_(vocabulary) {}

  /// Prepares the seat and an empty result; false when the sequence has nothing that could be run.
  [[nodiscard]] bool enter(const model::sequence_step& s, model::sequence_result& result);
  /// The run tokens, with the one that was sampled before filled in. Valid until the seat samples again.
  [[nodiscard]] std::span<const model::token_id> tokens(const model::sequence_step& s) const;
  /// Who can choose the token of this step.
  [[nodiscard]] token_choice choice_of(const model::sequence_step& s) const;

  /// `token`: what the device chose, no_token where there was no number among the logits.
  void take_chosen(model::token_id token, const model::sequence_step& s, model::sequence_result& result);
  /// `logits` may be changed.
  void sample(std::span<float> logits, const model::sequence_step& s, model::sequence_result& result);
  /// Row after row; the result is the mean of all so far.
  void embed(std::span<const float> normed, std::size_t rows, const model::sequence_step& s,
             model::sequence_result& result);
  /// The step failed: nothing was sampled.
  void fail(const model::sequence_step& s, model::step_error error, model::sequence_result& result);

 private:
  struct seat {
    model::sampler sampling;
    model::token_id last = model::no_token;
    std::vector<double> embedding_sum;  // [width]
    std::uint64_t embedded = 0;         // rows in the sum
  };
  void take(model::sampled_token token, bool any, const model::sequence_step& s,
            model::sequence_result& result);

  std::vector<seat> seats_;
  std::uint32_t vocabulary_;
};

/// The log-probability of `wanted`, and the `top` best.
[[nodiscard]] model::sampled_token score(std::span<const float> logits, model::token_id wanted,
                                         std::int32_t top);

}  // namespace hawser::gpu
