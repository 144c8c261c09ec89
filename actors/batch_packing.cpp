// The part of batch_plan that fills a step.
#include "actors/batch_plan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hawser::actors {

bool batch_plan::plan(runtime::time_point now, step& into) {
  into.clear();
  into.plan.number = ++steps_;
  if (giving_back_) give_back(into);
  seat_waiting(now);
  plan_decodes(now, batch_yields(), into);
  plan_prefills(now, into);
  // Nothing was left to yield to: the prompts wait for pages, which only the answers can bring.
  if (into.plan.sequences.empty() && into.left_out > 0) plan_decodes(now, false, into);
  into.forecast =
      meter_.forecast({.decodes = into.decodes, .left_out = into.left_out}, into.tokens - into.decodes);
  into.plan.copies.swap(copies_);
  return !into.plan.sequences.empty() || !into.plan.discards.empty() || !into.plan.copies.empty();
}

void batch_plan::fit(std::uint64_t bytes, bool give_back) noexcept {
  store_.allow(bytes);
  giving_back_ = giving_back_ || give_back;
}

// What the preempted have computed stays remembered where there is room for it.
void batch_plan::give_back(step& into) {
  giving_back_ = false;
  while (store_.overdrawn() && running_.size() > 1) {
    if (!displace_held(into.plan.number)) preempt(*running_.back());
  }
  store_.cool(into.plan.discards);
}

// Answers of the batch class leave every other step to prompts of higher classes: those are computed sooner,
// and the others go on at half of their pace at worst.
bool batch_plan::batch_yields() noexcept {
  const bool wanted = std::any_of(running_.begin(), running_.end(), [](const sequence_ptr& who) {
    return who->spec.rank != priority::batch && !who->decoding() && !who->complete() && !who->held;
  });
  yielded_ = wanted && !yielded_;
  return yielded_;
}

void batch_plan::plan_decodes(runtime::time_point now, bool yields, step& into) {
  into.left_out = 0;
  for (std::size_t i = 0; i < running_.size() && into.tokens < step_tokens_; ++i) {
    sequence& who = *running_[i];
    if (!who.decoding() || who.complete() || who.held) continue;
    if (yields && who.spec.rank == priority::batch && now < who.spec.pressing_from) {
      ++into.left_out;
      continue;
    }
    const bool secured = secure(who, 1, into.plan.number) > 0;
    // Preemption takes from the end, but those that are held may have stood before it.
    i = std::min(i, running_.size() - 1);
    while (running_[i].get() != &who) --i;
    if (!secured) continue;
    add(running_[i], 1, into);
    ++into.decodes;
    const runtime::duration wish = who.spec.token_within;
    if (wish > runtime::duration::zero() &&
        (into.token_within == runtime::duration::zero() || wish < into.token_within)) {
      into.token_within = wish;
    }
  }
}

void batch_plan::plan_prefills(runtime::time_point now, step& into) {
  prefills_.clear();
  for (const sequence_ptr& who : running_) {
    if (who->decoding() || who->complete()) continue;
    prefills_.push_back({who, now >= who->spec.pressing_from ? 0 : waiting_.level(*who, now)});
  }
  if (prefills_.empty()) return;
  std::sort(prefills_.begin(), prefills_.end(), [](const prefill& a, const prefill& b) {
    return std::tuple(a.level, a.who->left(), a.who->arrival) <
           std::tuple(b.level, b.who->left(), b.who->arrival);
  });
  // Of the best class that is here; waiting raises the others.
  sequence_ptr oldest = prefills_.front().who;
  for (const prefill& next : prefills_) {
    if (next.level == prefills_.front().level && next.who->arrival < oldest->arrival) oldest = next.who;
  }
  std::uint32_t budget =
      meter_.budget({.decodes = into.decodes, .left_out = into.left_out, .token_within = into.token_within},
                    step_tokens_ - into.tokens);
  std::uint32_t kept = std::min(oldest->left(), std::max(1u, budget / 4));
  for (const prefill& next : prefills_) {
    if (next.who == oldest) kept = 0;
    if (budget <= kept) continue;
    // A preemption for one that came earlier in this loop may have taken its seat.
    if (next.who->now != sequence::stage::running) continue;
    begin_further(*next.who);
    const std::uint32_t tokens = secure(*next.who, chunk(*next.who, budget - kept), into.plan.number);
    if (tokens == 0) continue;
    add(next.who, tokens, into);
    budget -= tokens;
  }
  prefills_.clear();
}

std::uint32_t batch_plan::chunk(const sequence& who, std::uint32_t budget) const noexcept {
  std::uint32_t tokens = std::min({who.left(), budget, max_chunk_});
  // The last token's state alone is wanted.
  if (who.spec.embed == pooling::last && who.computed + 1 < who.prompt_length)
    tokens = std::min(tokens, who.prompt_length - 1 - who.computed);
  // Scores are asked for once, and only for the prompt: such a chunk ends where one of these changes.
  if (!who.score.empty()) {
    if (who.computed < who.scored) tokens = std::min(tokens, who.scored - who.computed);
    if (who.computed < who.prompt_length) tokens = std::min(tokens, who.prompt_length - who.computed);
  }
  return tokens;
}

// Pages for the next `tokens` positions; takes them from others if need be. Returns for how many there are
// pages.
std::uint32_t batch_plan::secure(sequence& who, std::uint32_t tokens, std::uint64_t number) {
  for (std::size_t g = 0; g < store_.groups(); ++g) {
    page_table& table = who.tables[g];
    kv_pool& pool = store_.pool(g);
    // What steps on their way compute is remembered when they are done, if there is room for it until then.
    table.slide(who.confirmed, pool);
    if (table.missing(who.computed + tokens) > pool.available()) table.slide(who.computed, pool);
    while (table.missing(who.computed + tokens) > pool.available()) {
      if (displace_held(number) || preempt_one_below(who, number)) continue;
      // Alone it always fits, whatever memory has room for.
      if (&who == running_.front().get() && pool.stretch(table.missing(who.computed + tokens))) continue;
      // Nobody left to take from: as many as the pages at hand have room for.
      const std::uint64_t room =
          std::uint64_t{table.entries().size() + pool.available()} * store_.page_tokens();
      if (room <= who.computed) return 0;
      tokens = static_cast<std::uint32_t>(std::min<std::uint64_t>(tokens, room - who.computed));
    }
  }
  for (std::size_t g = 0; g < store_.groups(); ++g) {
    page_table& table = who.tables[g];
    store_.make_room(g, table.missing(who.computed + tokens));
    if (!table.grow(who.computed + tokens, store_.pool(g))) return 0;
  }
  return tokens;
}

bool batch_plan::preempt_one_below(const sequence& who, std::uint64_t number) {
  for (std::size_t i = running_.size(); i-- > 0;) {
    sequence& victim = *running_[i];
    if (std::tie(victim.level, victim.arrival) <= std::tie(who.level, who.arrival)) return false;
    if (victim.in_step == number) continue;
    preempt(victim);
    return true;
  }
  return false;
}

void batch_plan::preempt(sequence& victim) {
  ++preemptions_;
  leave_seat(victim);
  victim.displaced = true;
  victim.computed = 0;
  victim.confirmed = 0;
  victim.now = sequence::stage::waiting;
  const auto at =
      std::find_if(running_.begin(), running_.end(), [&](const auto& s) { return s.get() == &victim; });
  sequence_ptr who = std::move(*at);
  running_.erase(at);
  victim.parked = victim.held;
  if (victim.parked) {
    parked_.push_back(std::move(who));
  } else {
    waiting_.push(std::move(who));
  }
}

void batch_plan::add(const sequence_ptr& who, std::uint32_t tokens, step& into) {
  sequence& s = *who;
  model::sequence_step& run = into.plan.sequences.emplace_back();
  run.seat = s.seat;
  run.position = s.computed;
  // Not known yet: the device has it from the step before.
  if (s.computed < s.tokens.size()) run.tokens = std::span(s.tokens).subspan(s.computed, tokens);
  for (std::size_t g = 0; g < store_.groups(); ++g) run.tables[g] = s.tables[g].entries();
  if (!s.opened) {
    run.opening = &s.spec.sampling;
    run.prompt = s.prompt();
    run.answer = s.answer();
    s.opened = true;
  }
  if (!s.score.empty() && s.computed >= s.scored && s.computed < s.prompt_length) {
    run.score = std::span(s.score).subspan(s.computed, tokens);
    run.score_top = std::max(0, s.spec.sampling.top_logprobs);
    s.scored = s.computed + tokens;
  }
  s.computed += tokens;
  const bool whole = s.left() == 0;
  if (whole) run.draw = s.sampled++;
  if (s.spec.embed == pooling::none) {
    if (whole) run.output = model::step_output::token;
  } else if (whole || s.spec.embed == pooling::mean) {
    run.output = model::step_output::embedding;
  }
  s.in_step = into.plan.number;
  ++s.in_flight;
  into.tokens += tokens;
  into.members.push_back(who);
}

}  // namespace hawser::actors
