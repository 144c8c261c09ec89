/// How fast a backend runs prompts and answers.
#pragma once

#include "embed/offline_runner.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace hawser::cli {

/// Tokens a second.
struct speed {
  double prefill = 0;
  double decode = 0;
};

/// `values` holds at least one; of an even number, the upper middle one.
[[nodiscard]] double median(std::vector<double> values);

/// Prompts of random tokens, the same in every run: what they are does not matter to the arithmetic. One
/// thread.
class speed_meter {
 public:
  using watch = std::function<void(std::uint64_t tokens_more)>;

  /// `runner` has at least `largest` seats of `prompt` + `generate` tokens, and outlives this.
  speed_meter(embed::offline_runner& runner, std::uint32_t prompt, std::uint32_t generate,
              std::uint32_t largest);

  /// `batch` <= largest sequences: all their prompts, then all their answers, a token of each in every step.
  speed measure(std::uint32_t batch, const watch& seen = {});

 private:
  embed::offline_runner& runner_;
  std::uint32_t prompt_;
  std::uint32_t generate_;
  std::vector<std::vector<model::token_id>> prompts_;
};

}  // namespace hawser::cli
