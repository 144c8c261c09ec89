#include "cli/commands.hpp"
#include "cli/compute_flags.hpp"
#include "cli/device.hpp"
#include "cli/model_file.hpp"
#include "cli/offline_runner.hpp"
#include "cli/progress_bar.hpp"
#include "cli/text_table.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace hawser::cli {

namespace {

struct perplexity_flags {
  std::string model = default_model_path();
  std::string file;
  std::uint32_t context = 512;
  conf::cpu_settings cpu;
  std::uint32_t chunks = 0;
};

/// One window: what is run, and at each position the token whose probability counts there.
struct window {
  std::vector<model::token_id> tokens;
  std::vector<model::token_id> score;
};

/// The text's own tokens [first, first + context), of which the second half is scored; the first token gives
/// way to the begin token where the vocabulary asks for one.
window cut_window(std::span<const model::token_id> all, std::size_t first, std::uint32_t context,
                  const model::vocabulary& words) {
  const auto part = all.subspan(first, context);
  window made{.tokens = {part.begin(), part.end()}, .score = std::vector(context, model::no_token)};
  for (std::uint32_t i = context / 2; i + 1 < context; ++i) made.score[i] = part[i + 1];
  if (words.add_bos && words.bos != model::no_token) made.tokens[0] = words.bos;
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
  [[nodiscard]] double perplexity() const noexcept { return std::exp(mean()); }
  /// Standard error of perplexity(), by the delta method.
  [[nodiscard]] double error() const noexcept {
    const double variance = squares_ / counted() - mean() * mean();
    return count_ < 2 || variance <= 0 ? 0 : std::sqrt(variance / (counted() - 1)) * perplexity();
  }

 private:
  [[nodiscard]] double counted() const noexcept { return static_cast<double>(count_); }
  [[nodiscard]] double mean() const noexcept { return sum_ / counted(); }

  double sum_ = 0;
  double squares_ = 0;
  std::uint64_t count_ = 0;
};

std::vector<model::token_id> tokens_of(const model::tokenizer& words, std::string text) {
  // A text file's last newline ends its last line and is no text.
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return words.encode(text, {.add_special = true, .parse_special = false});
}

exit_code measure(const perplexity_flags& flags) {
  const auto file = open_model(flags.model);
  const auto words = open_tokenizer(*file);
  const auto tokens = tokens_of(*words, read_text(flags.file));
  if (tokens.size() < std::size_t{2} * flags.context) {
    throw failure(exit_code::usage, "the text has " + std::to_string(tokens.size()) +
                                        " tokens, and two windows of " + std::to_string(flags.context) +
                                        " are the least: take a longer text or a smaller "
                                        "--context");
  }
  std::size_t windows = tokens.size() / flags.context;
  if (flags.chunks != 0) windows = std::min<std::size_t>(windows, flags.chunks);

  // Several windows share a step, so that short ones use the machine as well as long ones.
  constexpr std::uint32_t step_tokens = 512;
  const auto together = static_cast<std::uint32_t>(
      std::min<std::size_t>(windows, std::max<std::uint32_t>(1, step_tokens / flags.context)));
  offline_runner runner(make_offline_device(file, together, flags.context, step_tokens, flags.cpu), together,
                        flags.context);
  likelihood seen;
  progress_bar bar("measuring");
  for (std::size_t first = 0; first < windows; first += together) {
    std::vector<window> cut;
    std::vector<offline_runner::sequence> sequences;
    for (std::size_t w = first; w < std::min(windows, first + together); ++w) {
      cut.push_back(cut_window(tokens, w * flags.context, flags.context, words->words()));
    }
    for (const window& w : cut) sequences.push_back({.tokens = w.tokens, .score = w.score});
    runner.prefill(sequences, false, [&](const model::step_result& done) {
      for (const auto& sequence : done.sequences) {
        for (const model::sampled_token& token : sequence.scored)
          seen.add(static_cast<double>(token.logprob));
      }
    });
    bar.show(first + cut.size(), windows, "perplexity " + print_number(seen.perplexity(), 4));
  }
  std::cout << windows << " windows of " << flags.context << " tokens, standard error "
            << print_number(seen.error(), 4) << "\nperplexity " << print_number(seen.perplexity(), 4) << '\n';
  return exit_code::ok;
}

}  // namespace

void add_perplexity(CLI::App& app, action& chosen) {
  auto* const command = app.add_subcommand("perplexity", "Measure how well a model predicts a text");
  auto flags = std::make_shared<perplexity_flags>();
  add_model_argument(*command, flags->model);
  command->add_option("--file", flags->file, "The text, UTF-8; -: standard input")
      ->type_name("FILE")
      ->required();
  command->add_option("--context", flags->context, "Tokens of a window")
      ->check(CLI::Range(4, 1 << 20))
      ->capture_default_str();
  command->add_option("--chunks", flags->chunks, "Only the first windows; 0: all")
      ->check(CLI::Range(0, 1 << 30))
      ->capture_default_str();
  add_compute_flags(*command, flags->cpu);
  command->footer(
      "\nThe tokens of the text are cut into windows that do not overlap; a rest shorter than a window is "
      "left out.\n"
      "In each window the tokens of the second half are scored with all before them in the window, as\n"
      "llama.cpp's llama-perplexity does; the begin token takes the place of a window's first token when "
      "the\n"
      "model wants one. The last number printed is the perplexity.");
  command->callback([flags, &chosen] { chosen = [flags] { return measure(*flags); }; });
}

}  // namespace hawser::cli
