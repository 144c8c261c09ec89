#include "gpu/step_seats.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hawser::gpu {

bool step_seats::enter(const model::sequence_step& s, model::sequence_result& result) {
  result.seat = s.seat;
  result.error = model::step_error::none;
  result.tokens.clear();
  result.scored.clear();
  result.embedding.clear();
  seat& at = seats_[s.seat];
  if (s.opening != nullptr) {
    at.sampling.begin(*s.opening, s.prompt, s.answer);
    at.last = model::no_token;
  }
  if (s.opening != nullptr || s.position == 0) {
    at.embedding_sum.clear();
    at.embedded = 0;
  }
  const auto run = tokens(s);
  const bool good = std::all_of(run.begin(), run.end(), [&](model::token_id t) {
    return t >= 0 && static_cast<std::uint32_t>(t) < vocabulary_;
  });
  // No last token: the step before ended this sequence with an error, and this plan was made before that was
  // known.
  if (!good) result.error = model::step_error::not_a_number;
  return good;
}

std::span<const model::token_id> step_seats::tokens(const model::sequence_step& s) const {
  return s.tokens.empty() ? std::span(&seats_[s.seat].last, 1) : s.tokens;
}

token_choice step_seats::choice_of(const model::sequence_step& s) const {
  const model::sampler& of = seats_[s.seat].sampling;
  if (!s.allowed.empty()) return {};
  if (of.plain_greedy()) return {.by = chooser::best};
  if (!of.plain_draw()) return {};
  const model::sampling_params& p = of.params();
  const std::uint64_t chance = model::chance(p.seed, s.draw);
  return {.by = chooser::drawn,
          .terms = {.temperature = p.temperature,
                    .top_k = p.top_k,
                    .top_p = p.top_p,
                    .min_p = p.min_p,
                    .chance_low = static_cast<unsigned>(chance),
                    .chance_high = static_cast<unsigned>(chance >> 32)}};
}

void step_seats::take_chosen(model::token_id token, const model::sequence_step& s,
                             model::sequence_result& result) {
  take({.id = token, .top = {}}, token != model::no_token, s, result);
}

void step_seats::sample(std::span<float> logits, const model::sequence_step& s,
                        model::sequence_result& result) {
  const bool any =
      std::any_of(logits.begin(), logits.end(), [](float x) { return !std::isnan(x) && x > -INFINITY; });
  take(any ? seats_[s.seat].sampling.choose(logits, s.draw, s.allowed) : model::sampled_token{}, any, s,
       result);
}

void step_seats::take(model::sampled_token token, bool any, const model::sequence_step& s,
                      model::sequence_result& result) {
  seats_[s.seat].last = token.id;
  if (token.id == model::no_token)
    result.error = any ? model::step_error::nothing_allowed : model::step_error::not_a_number;
  else
    result.tokens.push_back(std::move(token));
}

void step_seats::embed(std::span<const float> normed, std::size_t rows, const model::sequence_step& s,
                       model::sequence_result& result) {
  seat& at = seats_[s.seat];
  const std::size_t width = normed.size() / rows;
  at.embedding_sum.resize(width);
  for (std::size_t i = 0; i < normed.size(); ++i)
    at.embedding_sum[i % width] += static_cast<double>(normed[i]);
  at.embedded += rows;
  result.embedding.resize(width);
  for (std::size_t k = 0; k < width; ++k)
    result.embedding[k] = static_cast<float>(at.embedding_sum[k] / static_cast<double>(at.embedded));
  if (std::any_of(result.embedding.begin(), result.embedding.end(),
                  [](float x) { return !std::isfinite(x); }))
    result.error = model::step_error::not_a_number;
}

void step_seats::fail(const model::sequence_step& s, model::step_error error,
                      model::sequence_result& result) {
  seats_[s.seat].last = model::no_token;
  result = {.seat = s.seat, .error = error, .tokens = {}, .scored = {}, .embedding = {}};
}

model::sampled_token score(std::span<const float> logits, model::token_id wanted, std::int32_t top) {
  const float whole = model::log_sum_exp(logits);
  model::sampled_token made{
      .id = wanted, .logprob = logits[static_cast<std::size_t>(wanted)] - whole, .top = {}};
  if (top <= 0) return made;
  for (std::size_t id = 0; id < logits.size(); ++id)
    if (!std::isnan(logits[id]) && logits[id] > -INFINITY)
      made.top.push_back({static_cast<model::token_id>(id), logits[id] - whole});
  const auto most = static_cast<std::ptrdiff_t>(std::min(static_cast<std::size_t>(top), made.top.size()));
  std::partial_sort(made.top.begin(), made.top.begin() + most, made.top.end(),
                    [](const model::token_logprob& a, const model::token_logprob& b) {
                      return a.logprob != b.logprob ? a.logprob > b.logprob : a.id < b.id;
                    });
  made.top.resize(static_cast<std::size_t>(most));
  return made;
}

}  // namespace hawser::gpu
