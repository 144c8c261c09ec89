/// Drives a backend as a batcher would, one step at a time, for tests.
#pragma once

#include "cpu/cpu_backend.hpp"
#include "model/backend.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hawser::test {

/// A backend whose pages are dealt out for good: every seat has its own, for `context` positions.
class rig {
 public:
  rig(std::shared_ptr<const model::gguf_file> file, cpu::cpu_options options, std::uint32_t context = 256);
  /// Any other backend.
  explicit rig(std::unique_ptr<model::backend> backend, std::uint32_t context = 256);

  /// A sequence's part of a step, with its pages.
  [[nodiscard]] model::sequence_step part(std::uint32_t seat, std::uint32_t position,
                                          std::span<const model::token_id> tokens) const;
  const model::step_result& run(const model::step_plan& plan);
  /// One sequence alone.
  const model::sequence_result& run(const model::sequence_step& part);

  /// Feeds the prompt in chunks of `chunk` and scores `score` of every position, with the `top` best.
  std::vector<model::sampled_token> score(std::span<const model::token_id> prompt,
                                          std::span<const model::token_id> next, std::int32_t top,
                                          std::uint32_t chunk = 1000, std::uint32_t seat = 0);
  /// Answers a prompt alone: `count` greedy tokens with their log-probabilities.
  std::vector<model::sampled_token> answer(std::span<const model::token_id> prompt, std::size_t count,
                                           std::uint32_t seat = 0);

  [[nodiscard]] model::backend& backend() noexcept { return *backend_; }

 private:
  std::unique_ptr<model::backend> backend_;
  std::vector<std::vector<std::vector<model::page_id>>> tables_;  // [seat][group][page]
  model::step_result result_;
};

/// Greedy with log-probabilities, so that a sequence's state can be compared bit for bit.
[[nodiscard]] const model::sampling_params& greedy_with_logprobs();

}  // namespace hawser::test
