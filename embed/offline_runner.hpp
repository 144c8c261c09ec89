/// Drives a backend directly, without actors: whole prompts in, one token a sequence out. For measuring and
/// scoring.
#pragma once

#include "model/backend.hpp"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace hawser::embed {

/// Owns a backend and the pages of its seats. One thread. Errors of a step are thrown as failure.
class offline_runner {
 public:
  /// A whole sequence to be run from position 0.
  struct sequence {
    std::span<const model::token_id> tokens;
    std::span<const model::token_id> score;  ///< as sequence_step::score, one a token; or empty
  };
  using step_watch = std::function<void(const model::step_result& done)>;

  /// Throws failure when the backend has fewer pages than `seats` sequences of `context` tokens need.
  offline_runner(std::unique_ptr<model::backend> device, std::uint32_t seats, std::uint32_t context);

  [[nodiscard]] const model::backend& device() const noexcept { return *device_; }

  /// Blocks until every shape has run once.
  void warm_up();

  /// Sequence i takes seat i anew. Steps are filled with tokens in the order of the sequences; `watch` sees
  /// each step. With `sample`, the last token of each sequence samples the next one (greedy).
  void prefill(std::span<const sequence> sequences, bool sample, const step_watch& watch = {});

  /// One step: each of the first `count` seats runs the token that it sampled last and samples the next.
  void decode(std::uint32_t count);

 private:
  struct seat_state {
    std::uint32_t position = 0;
    std::uint64_t draw = 0;
    std::vector<std::vector<model::page_id>> tables;  // [group][page of the sequence]
  };

  [[nodiscard]] model::sequence_step step_of(std::uint32_t seat) const;
  void run();

  std::unique_ptr<model::backend> device_;
  std::vector<seat_state> seats_;
  model::sampling_params greedy_;
  model::step_plan plan_;
  model::step_result result_;
};

}  // namespace hawser::embed
