// The half of batch_plan that fills a step.
#include "actors/batch_plan.hpp"

#include <algorithm>
#include <new>
#include <tuple>
#include <utility>

namespace hawser::actors {

bool batch_plan::plan(runtime::time_point now, step& into) {
  into.clear();
  into.plan.number = ++steps_;
  if (giving_back_) give_back(into);
  seat_waiting(now);
  plan_decodes(into);
  plan_prefills(now, into);
  return !into.plan.sequences.empty() || !into.plan.discards.empty();
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

// Pages that `who` may come to hold before its answer is longer than expected.
std::uint32_t batch_plan::spoken_for(const sequence& who, std::size_t group) const noexcept {
  const std::uint32_t answer = std::max(limits_.expected_answer, who.sampled + store_.page_tokens());
  const std::uint64_t end =
      std::min<std::uint64_t>(std::uint64_t{who.prompt_length} + answer, who.final_length());
  return store_.shape(group).most_held(static_cast<std::uint32_t>(end), max_chunk_);
}

// Pages that one who runs may still take before its answer is longer than expected.
std::uint32_t batch_plan::still_to_take(const sequence& who, std::size_t group) const noexcept {
  const std::uint32_t held = who.tables[group].held();
  return std::max(spoken_for(who, group), held) - held;
}

void batch_plan::count_promised() noexcept {
  promised_ = {};
  for (const sequence_ptr& who : running_) {
    for (std::size_t g = 0; g < store_.groups(); ++g) promised_[g] += still_to_take(*who, g);
  }
}

// Pages that all come to hold: what they hold now, what they may still take, and what the newcomer does not
// share with them.
bool batch_plan::may_start(const sequence& who) const noexcept {
  if (seats_.empty() || who.in_flight > 0) return false;
  if (running_.empty()) return true;
  for (std::size_t g = 0; g < store_.groups(); ++g) {
    const std::uint32_t own = spoken_for(who, g);
    const std::uint64_t sum =
        promised_[g] + store_.pool(g).used() + own - std::min(own, store_.in_use(who.expected, g));
    if (sum > store_.pool(g).most()) return false;
  }
  return true;
}

// Strictly in order: nobody overtakes one that waits for pages, so that long prompts start too.
void batch_plan::seat_waiting(runtime::time_point now) {
  if (waiting_.empty()) return;
  count_promised();
  for (;;) {
    waiting_line::choice next = waiting_.front(now);
    if (!next.who) return;
    if (const std::string late = too_late(*next.who, now); !late.empty()) {
      end_waiting(next.who->spec.request, finish::deadline, late);
      continue;
    }
    if (!may_start(*next.who)) {
      if (displace_held(steps_) || displace_for(next)) continue;
      return;
    }
    waiting_.seat(*next.who, now);
    if (prepare(*next.who)) {
      give_seat(std::move(next.who), next.level);
    } else {
      next.who->now = sequence::stage::ended;
      follow_on(*next.who);
      constexpr std::string_view no_memory = "there is not enough memory for this request now";
      hears_.ended(*next.who, finish::error, no_memory);
      end_waiting(next.who->spec.request, finish::error, no_memory);
    }
  }
}

// A request is answered with all its choices: what keeps one from beginning ends all that wait.
void batch_plan::end_waiting(request_id of, finish why, std::string_view message) {
  std::vector<sequence_ptr> all;
  const auto collect = [&](const sequence_ptr& who) {
    if (who->spec.request != of) return;
    all.push_back(who);
    all.insert(all.end(), who->followers.begin(), who->followers.end());
  };
  waiting_.for_each(collect);
  for (const sequence_ptr& who : all) end(*who, why, message);
}

// Its reader is behind: nobody waits for its next token. What it has computed stays remembered as long as
// there is room, and otherwise is computed anew when it goes on.
bool batch_plan::displace_held(std::uint64_t number) {
  for (std::size_t i = running_.size(); i-- > 0;) {
    sequence& victim = *running_[i];
    if (!victim.held || !victim.decoding() || victim.complete() || victim.in_step == number) continue;
    for (std::size_t g = 0; g < store_.groups(); ++g)
      promised_[g] -= std::min<std::uint64_t>(promised_[g], still_to_take(victim, g));
    preempt(victim);
    return true;
  }
  return false;
}

// The last of those who run goes when its class is lower; what it has computed stays remembered as long as
// there is room.
bool batch_plan::displace_for(const waiting_line::choice& next) {
  if (next.who->in_flight > 0 || running_.empty()) return false;
  sequence& last = *running_.back();
  if (last.level <= next.level || last.spec.rank <= next.who->spec.rank) return false;
  for (std::size_t g = 0; g < store_.groups(); ++g) promised_[g] -= still_to_take(last, g);
  preempt(last);
  return true;
}

// Empty: there is time. Only of those whose prompt is not begun.
std::string batch_plan::too_late(const sequence& who, runtime::time_point now) const {
  if (who.spec.first_token_by == runtime::time_point::max() || !who.tokens.empty() || who.spec.choice > 0)
    return {};
  const std::uint32_t tokens = who.prompt_length - std::min(who.prompt_length, expected_hit(who));
  const runtime::duration needs = meter_.time_for(tokens);
  if (now + needs <= who.spec.first_token_by) return {};
  const auto ms = [](runtime::duration time) {
    return std::to_string(std::max<std::int64_t>(
               0, std::chrono::duration_cast<std::chrono::milliseconds>(time).count())) +
           " ms";
  };
  return "not begun, because it could not be in time: its " + std::to_string(tokens) +
         " prompt tokens need about " + ms(needs) + ", and " + ms(who.spec.first_token_by - now) +
         " were left";
}

// The arrays of a newcomer, for its final length. False: no memory, which is this request's trouble alone.
bool batch_plan::prepare(sequence& who) const {
  if (!who.tokens.empty()) return true;
  try {
    who.tokens.reserve(who.final_length());
    for (std::size_t g = 0; g < store_.groups(); ++g)
      who.tables[g] = page_table(store_.shape(g), who.final_length());
    if (who.spec.score_prompt) {
      who.score.reserve(who.prompt_length);
      who.score.assign(who.spec.prompt->begin() + 1, who.spec.prompt->end());
      who.score.push_back(model::no_token);
    }
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void batch_plan::give_seat(sequence_ptr who, std::uint32_t level) {
  const bool first = who->tokens.empty();
  if (first) {
    who->tokens.assign(who->spec.prompt->begin(), who->spec.prompt->end());
    who->spec.prompt.reset();
  }
  who->now = sequence::stage::running;
  who->seat = seats_.back();
  seats_.pop_back();
  who->level = level;
  who->opened = false;
  begin_with_prefix(*who);
  if (first) {
    who->cached = who->computed;
    waiting_.charge(*who, who->prompt_length - who->computed);
  }
  for (std::size_t g = 0; g < store_.groups(); ++g) promised_[g] += still_to_take(*who, g);
  const auto order = [](const sequence_ptr& a, const sequence_ptr& b) {
    return std::tie(a->level, a->arrival) < std::tie(b->level, b->arrival);
  };
  if (first) hears_.started(*who);
  running_.insert(std::upper_bound(running_.begin(), running_.end(), who, order), std::move(who));
}

// Looked up again: the line may have been long.
void batch_plan::begin_with_prefix(sequence& who) {
  who.expected = store_.look_up(who.spec.world, who.tokens, most_shared(who));
  store_.take_over(who.expected, who.tables);
  who.chain = {.tip = who.expected.tip,
               .pages = who.expected.pages,
               .branch = who.expected.matched,
               .prompt = who.prompt_length / store_.page_tokens(),
               .closed = !store_.remembers()};
  who.computed = who.expected.pages * store_.page_tokens();
  who.confirmed = who.computed;
}

void batch_plan::leave_seat(sequence& who) {
  store_.release(who.tables);
  seats_.push_back(std::exchange(who.seat, no_seat));
}

void batch_plan::plan_decodes(step& into) {
  for (std::size_t i = 0; i < running_.size() && into.tokens < step_tokens_; ++i) {
    sequence& who = *running_[i];
    if (!who.decoding() || who.complete() || who.held) continue;
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
    prefills_.push_back({who, waiting_.level(*who, now)});
  }
  if (prefills_.empty()) return;
  const auto oldest =
      std::min_element(prefills_.begin(), prefills_.end(), [](const prefill& a, const prefill& b) {
        return a.who->arrival < b.who->arrival;
      })->who;
  std::sort(prefills_.begin(), prefills_.end(), [](const prefill& a, const prefill& b) {
    return std::tuple(a.level, a.who->left(), a.who->arrival) <
           std::tuple(b.level, b.who->left(), b.who->arrival);
  });
  std::uint32_t budget = meter_.budget(into.decodes > 0, step_tokens_ - into.tokens, into.token_within);
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

// Another may have computed the same text since it got its seat.
void batch_plan::begin_further(sequence& who) {
  const std::uint32_t page = store_.page_tokens();
  if (who.in_flight > 0 || who.opened || who.computed != who.chain.pages * page) return;
  if (who.chain.pages >= most_shared(who)) return;
  if (!store_.continues(who.spec.world, who.chain, std::span(who.tokens).subspan(who.computed, page))) return;
  store_.release(who.tables);
  begin_with_prefix(who);
  if (who.sampled == 0) who.cached = who.computed;
}

std::uint32_t batch_plan::chunk(const sequence& who, std::uint32_t budget) const noexcept {
  std::uint32_t tokens = std::min({who.left(), budget, max_chunk_});
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
  if (s.left() == 0) {
    run.output = model::step_output::token;
    run.draw = s.sampled++;
  }
  s.in_step = into.plan.number;
  ++s.in_flight;
  into.tokens += tokens;
  into.members.push_back(who);
}

}  // namespace hawser::actors
