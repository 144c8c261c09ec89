#include "cli/perplexity_meter.hpp"

#include "cli/failure.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace hawser::cli {

namespace {

/// One window: what is run, and at each position the token whose probability counts there.
struct window {
  std::vector<model::token_id> tokens;
  std::vector<model::token_id> score;
};

/// The second half is scored; the first token gives way to `begin` where there is one.
window cut_window(std::span<const model::token_id> part, model::token_id begin) {
  window made{.tokens = {part.begin(), part.end()}, .score = std::vector(part.size(), model::no_token)};
  for (std::size_t i = part.size() / 2; i + 1 < part.size(); ++i) made.score[i] = part[i + 1];
  if (begin != model::no_token) made.tokens[0] = begin;
  return made;
}

/// Mean and spread of negative log-likelihoods.
class likelihood {
 public:
  void add(double logprob) noexcept {
    sum_ -= logprob;
    squares_ += logprob * logprob;
    ++count_;
  }
  [[nodiscard]] perplexity figure() const noexcept { return {std::exp(mean()), error()}; }

 private:
  [[nodiscard]] double counted() const noexcept { return static_cast<double>(count_); }
  [[nodiscard]] double mean() const noexcept { return sum_ / counted(); }
  /// By the delta method.
  [[nodiscard]] double error() const noexcept {
    const double variance = squares_ / counted() - mean() * mean();
    return count_ < 2 || variance <= 0 ? 0 : std::sqrt(variance / (counted() - 1)) * std::exp(mean());
  }

  double sum_ = 0;
  double squares_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace

perplexity_meter::perplexity_meter(const model::tokenizer& words, std::string text, std::uint32_t context,
                                   std::uint32_t most)
    : context_(context) {
  // A text file's last newline ends its last line and is no text.
  if (!text.empty() && text.back() == '\n') text.pop_back();
  tokens_ = words.encode(text, {.add_special = true, .parse_special = false});
  if (words.words().add_bos) begin_ = words.words().bos;
  if (tokens_.size() < std::size_t{2} * context) {
    throw failure(exit_code::usage, "the text has " + std::to_string(tokens_.size()) +
                                        " tokens, and two windows of " + std::to_string(context) +
                                        " are the least: take a longer text or a smaller --context");
  }
  windows_ = tokens_.size() / context;
  if (most != 0) windows_ = std::min<std::size_t>(windows_, most);
  // Several windows share a step, so that short ones use the machine as well as long ones.
  together_ = static_cast<std::uint32_t>(
      std::min<std::size_t>(windows_, std::max<std::uint32_t>(1, step_tokens / context)));
}

perplexity perplexity_meter::measure(embed::offline_runner& runner, const watch& seen) const {
  likelihood sum;
  for (std::size_t first = 0; first < windows_; first += together_) {
    std::vector<window> cut;
    std::vector<embed::offline_runner::sequence> sequences;
    for (std::size_t w = first; w < std::min(windows_, first + together_); ++w)
      cut.push_back(cut_window(std::span(tokens_).subspan(w * context_, context_), begin_));
    for (const window& w : cut) sequences.push_back({.tokens = w.tokens, .score = w.score});
    runner.prefill(sequences, false, [&](const model::step_result& done) {
      for (const auto& sequence : done.sequences) {
        for (const model::sampled_token& token : sequence.scored) sum.add(static_cast<double>(token.logprob));
      }
    });
    if (seen) seen(first + cut.size(), sum.figure());
  }
  return sum.figure();
}

}  // namespace hawser::cli
