// A window of 512 on a text of 4,096 tokens. Gemma has it in most layers: it is compared with itself when
// every layer sees everything (which changes its result, as does a window in a model that was trained without
// one: only time and arithmetic are compared here).
#include "cli/claims/finding.hpp"
#include "cli/claims/model_flops.hpp"
#include "cli/load/chance.hpp"
#include "cli/text_table.hpp"
#include "embed/device.hpp"
#include "embed/model_file.hpp"
#include "embed/offline_runner.hpp"

#include <chrono>

namespace hawser::cli {

namespace {

constexpr std::uint32_t guides_window = 512;

std::unique_ptr<embed::offline_runner> runner_of(const std::shared_ptr<const model::gguf_file>& file,
                                                 const model::decoder_spec& spec, std::uint32_t tokens) {
  cpu::cpu_options options;
  options.seats = 1;
  options.context = tokens + 1;
  options.kv_bytes = embed::kv_bytes_of(spec, options.context, options);
  auto made = std::make_unique<embed::offline_runner>(
      embed::make_device(file, spec, options, {.all_kv = true}), 1, options.context);
  made->warm_up();
  return made;
}

double seconds_for(embed::offline_runner& by, const std::vector<model::token_id>& text) {
  const auto started = std::chrono::steady_clock::now();
  const std::vector<embed::offline_runner::sequence> all{{.tokens = text, .score = {}}};
  by.prefill(all, true);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

/// `windowed` against `full`, which differ in nothing else.
void compare(const std::string& path, const std::string& name, const model::decoder_spec& windowed,
             const claim_setting& with, std::vector<finding>& into) {
  const std::uint32_t tokens = with.either(4096u, 1024u);
  const auto file = embed::open_model(path);
  const model::decoder_spec full = with_window(windowed, 0);
  const auto all = runner_of(file, full, tokens), some = runner_of(file, windowed, tokens);
  load::chance by(1);
  std::vector<model::token_id> text;
  for (std::uint32_t i = 0; i < tokens; ++i)
    text.push_back(static_cast<model::token_id>(by.below(windowed.vocabulary)));
  std::vector<double> slow, fast;
  for (std::uint32_t i = 0; i < with.rounds(); ++i) {
    slow.push_back(seconds_for(*all, text));
    fast.push_back(seconds_for(*some, text));
  }
  const prompt_flops a = flops_of_prompt(full, tokens), b = flops_of_prompt(windowed, tokens);
  into.push_back({name + ": operations of a prompt of " + std::to_string(tokens),
                  100 * (1 - b.all() / a.all()), 35, true, "% less",
                  print_number(b.all() / 1e9, 0) + " against " + print_number(a.all() / 1e9, 0) +
                      " GFLOP; attention alone " + print_number(100 * (1 - b.attention / a.attention), 0) +
                      " % less"});
  const double ours = median_of(fast), theirs = median_of(slow);
  into.push_back({name + ": its time", theirs / ours, 1.6, true, "x",
                  print_number(ours, 2) + " against " + print_number(theirs, 2) + " s"});
}

}  // namespace

std::vector<finding> measure_window(const claim_setting& with) {
  std::vector<finding> made;
  compare(with.window_model, "Gemma's own window",
          model::read_decoder_spec(*embed::open_model(with.window_model)).value(), with, made);
  if (with.smoke) return made;
  const auto spec = model::read_decoder_spec(*embed::open_model(with.model)).value();
  compare(with.model, embed::short_name(with.model) + ", a window in each layer (changes the result)",
          with_window(spec, guides_window), with, made);
  return made;
}

}  // namespace hawser::cli
