/// How well a model predicts a text: the text cut into windows, and their log-likelihoods added up.
#pragma once

#include "embed/offline_runner.hpp"
#include "model/tokenizer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hawser::cli {

struct perplexity {
  double value = 0;  ///< exp(mean(-log p))
  double error = 0;  ///< its standard error
};

/// The tokens of a text in windows that do not overlap; in each, the second half is scored with all before it
/// in the window. That is how llama.cpp's llama-perplexity cuts.
class perplexity_meter {
 public:
  using watch = std::function<void(std::size_t windows_done, const perplexity& so_far)>;

  /// At most `most` windows of `context` tokens; 0: all. Throws failure (exit_code::usage) for a text shorter
  /// than two windows.
  perplexity_meter(const model::tokenizer& words, std::string text, std::uint32_t context,
                   std::uint32_t most);

  [[nodiscard]] std::size_t windows() const noexcept { return windows_; }
  /// Sequences of `context` tokens that measure() runs side by side, in steps of step_tokens.
  [[nodiscard]] std::uint32_t together() const noexcept { return together_; }

  /// `runner` has at least together() seats. Throws failure when a step fails.
  perplexity measure(embed::offline_runner& runner, const watch& seen) const;

  static constexpr std::uint32_t step_tokens = 512;

 private:
  std::vector<model::token_id> tokens_;
  model::token_id begin_ = model::no_token;
  std::uint32_t context_;
  std::size_t windows_ = 0;
  std::uint32_t together_ = 1;
};

}  // namespace hawser::cli
