#include "cli/speed_meter.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace hawser::cli {

namespace {

using clock = std::chrono::steady_clock;

double per_second(std::uint64_t tokens, clock::duration time) {
  return static_cast<double>(tokens) / std::chrono::duration<double>(time).count();
}

}  // namespace

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

speed_meter::speed_meter(embed::offline_runner& runner, std::uint32_t prompt, std::uint32_t generate,
                         std::uint32_t largest)
    : runner_(runner), prompt_(prompt), generate_(generate), prompts_(largest) {
  std::mt19937 chance(1);
  std::uniform_int_distribution<model::token_id> any(
      0, static_cast<model::token_id>(runner.device().capacity().vocabulary) - 1);
  for (auto& tokens : prompts_) {
    for (std::uint32_t i = 0; i < prompt; ++i) tokens.push_back(any(chance));
  }
}

speed speed_meter::measure(std::uint32_t batch, const watch& seen) {
  const auto advance = [&](std::uint64_t tokens) {
    if (seen) seen(tokens);
  };
  std::vector<embed::offline_runner::sequence> sequences;
  sequences.reserve(batch);
  for (std::uint32_t s = 0; s < batch; ++s) sequences.push_back({.tokens = prompts_[s], .score = {}});
  const auto started = clock::now();
  runner_.prefill(sequences, true, [&](const model::step_result&) { advance(0); });
  const auto prefilled = clock::now();
  advance(std::uint64_t{batch} * prompt_);
  const auto began = clock::now();
  for (std::uint32_t i = 0; i < generate_; ++i) {
    runner_.decode(batch);
    advance(batch);
  }
  const auto generated = clock::now();
  return {per_second(std::uint64_t{batch} * prompt_, prefilled - started),
          per_second(std::uint64_t{batch} * generate_, generated - began)};
}

}  // namespace hawser::cli
