#include "model/sampling.hpp"

#include "model/logit_passes.hpp"
#include "model/philox.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hawser::model {

namespace {

constexpr float out_of_reach = -std::numeric_limits<float>::infinity();

bool counts_prompt(const sampling_params& p) noexcept {
  return p.repetition_penalty != 1.0f;
}

bool counts_answer(const sampling_params& p) noexcept {
  return counts_prompt(p) || p.presence_penalty != 0.0f || p.frequency_penalty != 0.0f;
}

std::size_t slot_of(token_id id, std::size_t slots) noexcept {
  constexpr std::uint32_t golden = 0x9E3779B9u;  // 2^32 / golden ratio: neighbouring ids land far apart
  return (static_cast<std::uint32_t>(id) * golden >> 7) & (slots - 1);
}

}  // namespace

void sampler::begin(const sampling_params& params, std::span<const token_id> prompt,
                    std::span<const token_id> answer) {
  params_ = params;
  used_ = 0;
  std::fill(counts_.begin(), counts_.end(), count{});
  if (!counts_answer(params_)) {
    counts_.clear();
    return;
  }
  if (counts_prompt(params_)) {
    for (const token_id id : prompt) remember(id, false);
  }
  for (const token_id id : answer) remember(id, true);
}

void sampler::remember(token_id id, bool in_answer) {
  if (id < 0) return;
  if (2 * (used_ + 1) > counts_.size()) {  // at most half full, so probes stay short
    std::vector<count> old(std::max<std::size_t>(64, 2 * counts_.size()));
    old.swap(counts_);
    for (const count& c : old) {
      if (c.id == no_token) continue;
      std::size_t s = slot_of(c.id, counts_.size());
      while (counts_[s].id != no_token) s = (s + 1) & (counts_.size() - 1);
      counts_[s] = c;
    }
  }
  std::size_t s = slot_of(id, counts_.size());
  while (counts_[s].id != no_token && counts_[s].id != id) s = (s + 1) & (counts_.size() - 1);
  count& c = counts_[s];
  if (c.id == no_token) {
    c.id = id;
    ++used_;
  }
  ++(in_answer ? c.in_answer : c.in_prompt);
}

bool sampler::greedy() const noexcept {
  return !(params_.temperature > 0.0f) || params_.top_k == 1;
}

bool sampler::plain_greedy() const noexcept {
  return greedy() && params_.logit_bias.empty() && !counts_answer(params_) && params_.top_logprobs < 0;
}

bool sampler::plain_draw() const noexcept {
  return !greedy() && params_.logit_bias.empty() && !counts_answer(params_) && params_.top_logprobs < 0;
}

void sampler::adjust(std::span<float> logits) const noexcept {
  for (const auto& [id, bias] : params_.logit_bias) {
    if (id >= 0 && static_cast<std::size_t>(id) < logits.size()) logits[static_cast<std::size_t>(id)] += bias;
  }
  for (const count& c : counts_) {
    if (c.id == no_token || static_cast<std::size_t>(c.id) >= logits.size()) continue;
    float& x = logits[static_cast<std::size_t>(c.id)];
    x = x > 0 ? x / params_.repetition_penalty : x * params_.repetition_penalty;
    if (c.in_answer == 0) continue;
    x -= params_.presence_penalty + params_.frequency_penalty * static_cast<float>(c.in_answer);
  }
}

void sampler::list_best(std::span<const float> logits, double log_sum, sampled_token& answer) {
  select_best(logits, static_cast<std::size_t>(params_.top_logprobs), candidates_);
  std::sort(candidates_.begin(), candidates_.end(), better);
  answer.top.reserve(candidates_.size());
  for (const auto& [x, id] : candidates_) {
    answer.top.push_back({id, static_cast<float>(static_cast<double>(x) - log_sum)});
  }
}

token_id sampler::pick(std::span<float> logits, float largest, std::uint64_t draw) {
  if (params_.top_k > 0 && static_cast<std::size_t>(params_.top_k) < logits.size()) {
    select_best(logits, static_cast<std::size_t>(params_.top_k), candidates_);
    keep_down_to(logits, *std::max_element(candidates_.begin(), candidates_.end(), better), out_of_reach);
  }
  const double sum = to_weights(logits, largest, params_.temperature);
  if (params_.top_p < 1.0f) keep_nucleus(logits, sum, params_.top_p, candidates_);
  if (params_.min_p > 0.0f) keep_min_p(logits, params_.min_p);
  return draw_from(logits, uniform(params_.seed, draw));
}

sampled_token sampler::choose(std::span<float> logits, std::uint64_t draw,
                              std::span<const std::uint32_t> allowed) {
  sampled_token answer;
  if (plain_greedy() && allowed.empty()) {
    answer.id = arg_max(logits);
    return answer;
  }
  adjust(logits);
  make_finite_or_out(logits);
  const bool scored = params_.top_logprobs >= 0;
  const double log_sum = scored ? log_sum_exp_of(logits) : 0.0;
  if (scored) list_best(logits, log_sum, answer);
  if (!allowed.empty()) keep_allowed(logits, allowed);

  const token_id best = arg_max(logits);
  if (best == no_token) return answer;
  const float largest = logits[static_cast<std::size_t>(best)];
  answer.id = greedy() ? best : pick(logits, largest, draw);
  if (scored) {
    // pick() replaced the logit by exp((logit - largest) / temperature): back through the logarithm.
    const float x = logits[static_cast<std::size_t>(answer.id)];
    const double logit = greedy() ? static_cast<double>(x)
                                  : static_cast<double>(largest) + static_cast<double>(params_.temperature) *
                                                                       std::log(static_cast<double>(x));
    answer.logprob = static_cast<float>(logit - log_sum);
    for (const token_logprob& t : answer.top) {
      if (t.id == answer.id) answer.logprob = t.logprob;
    }
  }
  if (counts_answer(params_)) remember(answer.id, true);
  return answer;
}

std::uint64_t chance(std::uint64_t seed, std::uint64_t draw) noexcept {
  const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
  const auto words = philox_block({low(seed), high(seed)}, {low(draw), high(draw), 0, 0});
  const std::uint64_t bits = std::uint64_t{words[1]} << 32 | words[0];
  return bits >> 11;  // the 53 bits that a double holds
}

double uniform(std::uint64_t seed, std::uint64_t draw) noexcept {
  return static_cast<double>(chance(seed, draw)) * 0x1p-53;
}

float log_sum_exp(std::span<const float> logits) noexcept {
  float largest = out_of_reach;
  for (const float x : logits) largest = x > largest ? x : largest;
  if (std::isinf(largest)) return largest;
  double sum = 0;
  for (const float x : logits) {
    if (x > out_of_reach) sum += std::exp(static_cast<double>(x) - static_cast<double>(largest));
  }
  return static_cast<float>(static_cast<double>(largest) + std::log(sum));
}

}  // namespace hawser::model
