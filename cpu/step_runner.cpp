#include "cpu/step_runner.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace hawser::cpu {
namespace {

constexpr std::uint32_t no_state = 0xffffffffu;

bool is_number(float x) {
  return !std::isnan(x) && x > -INFINITY;
}

}  // namespace

model::result<step_runner> step_runner::make(decoder d, std::uint32_t seats, std::uint32_t step_tokens) {
  step_runner made(std::move(d));
  made.seats_.resize(seats);
  made.layout_.reserve(step_tokens, seats);
  made.first_states_.reserve(seats);
  made.wanted_.reserve(step_tokens);
  made.states_.reserve(step_tokens);
  made.kept_.reserve(step_tokens);
  // Enough for every seat; a prompt that is scored goes through in several passes.
  made.logit_rows_ = seats;
  auto logits = buffer::make(made.logit_rows_ * made.logit_stride() * sizeof(float), "logits");
  if (!logits) return logits.error();
  made.logits_ = std::move(*logits);
  return made;
}

void step_runner::run(const model::step_plan& plan, model::step_result& result, team& workers) {
  const auto begun = std::chrono::steady_clock::now();
  result.number = plan.number;
  result.sequences.resize(plan.sequences.size());
  for (const model::page_place& page : plan.discards) decoder_.kv().discard(page);
  for (const model::page_copy& pages : plan.copies) decoder_.kv().copy(pages);
  lay_out(plan, result);
  if (layout_.rows() != 0) {
    decoder_.run(layout_, kept_, workers);
    answer(plan, result, workers);
    embed(plan, result, workers);
  }
  result.busy = std::chrono::steady_clock::now() - begun;
}

void step_runner::lay_out(const model::step_plan& plan, model::step_result& result) {
  layout_.clear();
  wanted_.clear();
  first_states_.clear();
  kept_.clear();
  for (std::uint32_t i = 0; i < plan.sequences.size(); ++i) {
    const model::sequence_step& s = plan.sequences[i];
    first_states_.push_back(no_state);
    if (!enter(s, result.sequences[i])) continue;
    first_states_.back() = static_cast<std::uint32_t>(kept_.size());
    const seat& at = seats_[s.seat];
    const std::uint32_t first_row = layout_.rows();
    layout_.add(s, s.tokens.empty() ? std::span(&at.last, 1) : s.tokens);
    want(s, i, first_row);
  }
  layout_.cut(decoder_.tile_rows());
}

/// Prepares the seat; false when the sequence has nothing that could be run.
bool step_runner::enter(const model::sequence_step& s, model::sequence_result& result) {
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
  const auto known = [&](model::token_id t) {
    return t >= 0 && static_cast<std::uint32_t>(t) < decoder_.spec().vocabulary;
  };
  const bool good = s.tokens.empty() ? known(at.last) : std::all_of(s.tokens.begin(), s.tokens.end(), known);
  // No last token: the step before ended this sequence with an error, and this plan was made before that was
  // known.
  if (!good) result.error = model::step_error::not_a_number;
  return good;
}

void step_runner::want(const model::sequence_step& s, std::uint32_t sequence, std::uint32_t first_row) {
  const std::size_t rows = std::max<std::size_t>(1, s.tokens.size());
  std::size_t scored = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const model::token_id score = r < s.score.size() ? s.score[r] : model::no_token;
    const bool sample = s.output == model::step_output::token && r + 1 == rows;
    const bool wanted = score != model::no_token || sample;
    if (!wanted && s.output != model::step_output::embedding) continue;
    kept_.push_back(first_row + static_cast<std::uint32_t>(r));
    if (!wanted) continue;
    const bool best = score == model::no_token && s.allowed.empty() && seats_[s.seat].sampling.plain_greedy();
    wanted_.push_back({static_cast<std::uint32_t>(kept_.size() - 1), sequence, score, scored, sample, best});
    if (score != model::no_token) ++scored;
  }
}

void step_runner::answer(const model::step_plan& plan, model::step_result& result, team& workers) {
  // Not stable_partition, which allocates; the order of rows changes no result.
  const auto rest =
      std::partition(wanted_.begin(), wanted_.end(), [](const wanted_row& w) { return w.best; });
  const auto greedy = static_cast<std::size_t>(rest - wanted_.begin());
  states_.clear();
  for (const wanted_row& w : wanted_) {
    states_.push_back(w.state);
    if (w.score != model::no_token) result.sequences[w.sequence].scored.emplace_back();
  }
  answer_greedy(plan, result, greedy, workers);
  if (greedy == wanted_.size()) return;
  states_.erase(states_.begin(), states_.begin() + static_cast<std::ptrdiff_t>(greedy));
  decoder_.norm(states_, workers);
  auto* const logits = reinterpret_cast<float*>(logits_.data());
  const std::size_t stride = logit_stride();
  for (std::size_t done = 0; done < states_.size(); done += logit_rows_) {
    const std::size_t count = std::min(logit_rows_, states_.size() - done);
    decoder_.logits(done, count, logits, stride, workers);
    workers.run(static_cast<std::uint32_t>(count), [&](std::uint32_t i, unsigned) {
      const wanted_row& w = wanted_[greedy + done + i];
      answer_row(w, {logits + i * stride, decoder_.spec().vocabulary}, plan.sequences[w.sequence],
                 result.sequences[w.sequence]);
    });
  }
}

/// The first `count` wanted rows: only their best token is asked for.
void step_runner::answer_greedy(const model::step_plan& plan, model::step_result& result, std::size_t count,
                                team& workers) {
  std::array<best_logit, best_rows> best;
  for (std::size_t done = 0; done < count; done += best_rows) {
    const std::size_t here = std::min(best_rows, count - done);
    decoder_.norm(std::span(states_).subspan(done, here), workers);
    decoder_.best(std::span(best).first(here), workers);
    for (std::size_t i = 0; i < here; ++i) {
      const std::uint32_t sequence = wanted_[done + i].sequence;
      take_token({.id = best[i].id, .top = {}}, best[i].id != model::no_token, plan.sequences[sequence],
                 result.sequences[sequence]);
    }
  }
}

/// Rows of one sequence may be answered by several threads at once: each writes its own entry.
void step_runner::answer_row(const wanted_row& w, std::span<float> logits, const model::sequence_step& s,
                             model::sequence_result& result) {
  if (w.score != model::no_token) score_row(w, logits, s.score_top, result.scored[w.score_index]);
  if (w.sample) sample_row(logits, s, result);
}

void step_runner::score_row(const wanted_row& w, std::span<const float> logits, std::int32_t top,
                            model::sampled_token& to) const {
  const float whole = decoder_.kernels().log_sum_exp(logits.data(), logits.size());
  to.id = w.score;
  to.logprob = logits[static_cast<std::size_t>(w.score)] - whole;
  to.top.clear();
  if (top <= 0) return;
  const auto better = [](const model::token_logprob& a, const model::token_logprob& b) {
    return a.logprob != b.logprob ? a.logprob > b.logprob : a.id < b.id;
  };
  // A heap of the best so far, the worst of them in front.
  const std::size_t most = std::min(static_cast<std::size_t>(top), logits.size());
  to.top.reserve(most + 1);
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (!is_number(logits[id])) continue;
    const model::token_logprob candidate{static_cast<model::token_id>(id), logits[id] - whole};
    if (to.top.size() == most && !better(candidate, to.top.front())) continue;
    to.top.push_back(candidate);
    std::push_heap(to.top.begin(), to.top.end(), better);
    if (to.top.size() > most) {
      std::pop_heap(to.top.begin(), to.top.end(), better);
      to.top.pop_back();
    }
  }
  std::sort_heap(to.top.begin(), to.top.end(), better);
}

void step_runner::sample_row(std::span<float> logits, const model::sequence_step& s,
                             model::sequence_result& result) {
  const bool any = decoder_.kernels().best(logits.data(), logits.size()).id != model::no_token;
  model::sampled_token token;
  if (any) token = seats_[s.seat].sampling.choose(logits, s.draw, s.allowed);
  take_token(std::move(token), any, s, result);
}

/// `any`: there was a number among the logits.
void step_runner::take_token(model::sampled_token token, bool any, const model::sequence_step& s,
                             model::sequence_result& result) {
  seats_[s.seat].last = token.id;
  if (token.id == model::no_token)
    result.error = any ? model::step_error::nothing_allowed : model::step_error::not_a_number;
  else
    result.tokens.push_back(std::move(token));
}

void step_runner::embed(const model::step_plan& plan, model::step_result& result, team& workers) {
  states_.clear();
  for (std::size_t i = 0; i < plan.sequences.size(); ++i) {
    if (plan.sequences[i].output != model::step_output::embedding || first_states_[i] == no_state) continue;
    const std::size_t rows = std::max<std::size_t>(1, plan.sequences[i].tokens.size());
    for (std::size_t r = 0; r < rows; ++r)
      states_.push_back(first_states_[i] + static_cast<std::uint32_t>(r));
  }
  if (states_.empty()) return;
  decoder_.norm(states_, workers);
  std::size_t next = 0;
  for (std::size_t i = 0; i < plan.sequences.size(); ++i) {
    const model::sequence_step& s = plan.sequences[i];
    if (s.output != model::step_output::embedding || first_states_[i] == no_state) continue;
    seat& at = seats_[s.seat];
    at.embedding_sum.resize(decoder_.spec().width);
    const std::size_t rows = std::max<std::size_t>(1, s.tokens.size());
    for (std::size_t r = 0; r < rows; ++r, ++next)
      for (std::size_t k = 0; k < at.embedding_sum.size(); ++k)
        at.embedding_sum[k] += static_cast<double>(decoder_.normed(next)[k]);
    at.embedded += rows;
    model::sequence_result& out = result.sequences[i];
    out.embedding.resize(at.embedding_sum.size());
    for (std::size_t k = 0; k < at.embedding_sum.size(); ++k)
      out.embedding[k] = static_cast<float>(at.embedding_sum[k] / static_cast<double>(at.embedded));
    if (std::any_of(out.embedding.begin(), out.embedding.end(), [](float x) { return !std::isfinite(x); }))
      out.error = model::step_error::not_a_number;
  }
}

}  // namespace hawser::cpu
