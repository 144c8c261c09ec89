#include "test/gpu/device/backends.hpp"
#include "test/gpu/device/sections.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

namespace hawser::test {
namespace {

/// Sums in another order may choose another token only where the two best are as near as this (natural
/// logarithms).
constexpr double near_tie = 0.05;

/// Throws failed where the device chooses a token that rounding does not explain.
std::string compare(const subject& on, const checked_model& what, std::size_t count) {
  const backend_size size{};
  const auto here = on_cpu(what, size)->answer(what.prompt, count);
  const auto there = on_device(on, what, size)->answer(what.prompt, count);
  if (here.size() != count || there.size() != count)
    throw failed{what.name + ": an answer of " + std::to_string(there.size()) + " tokens, " +
                 std::to_string(here.size()) + " on the CPU, for " + std::to_string(count)};
  std::size_t same = 0;
  double off = 0;
  while (same < count && here[same].id == there[same].id) {
    off = std::max(off, std::abs(double(here[same].logprob) - double(there[same].logprob)));
    ++same;
  }
  if (same < count) {
    const double gap = double(here[same].top.at(0).logprob) - double(here[same].top.at(1).logprob);
    if (!(gap < near_tie))
      throw failed{what.name + ": token " + std::to_string(same) + " is " + std::to_string(there[same].id) +
                   " and not " + std::to_string(here[same].id) + ", which is better by " +
                   std::to_string(gap)};
  }
  if (!(off < 0.1)) throw failed{what.name + ": log-probabilities are off by " + std::to_string(off)};
  char text[160];
  std::snprintf(text, sizeof text,
                "%s: %zu of %zu greedy tokens are the CPU's, log-probabilities within %.4f",
                what.name.c_str(), same, count, off);
  std::cout << text << std::endl;
  return text;
}

}  // namespace

std::string check_tokens(const subject& on) {
  std::string last;
  for (const char* family : {"llama", "qwen2", "qwen3", "gemma3"}) last = compare(on, make_tiny(family), 6);
  if (on.model.empty()) return "small models of four families, no real one (none was named): " + last;
  return compare(on, open_real(on.model), 64);
}

}  // namespace hawser::test
