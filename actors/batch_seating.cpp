// The part of batch_plan that gives seats: who may start, who gives way, and what a newcomer begins with.
#include "actors/batch_plan.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <tuple>
#include <utility>

namespace hawser::actors {

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
      if (displace_held(steps_) || displace_for(next, now)) continue;
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

// The last of those who run goes when its class is lower and its own time does not press; what it has
// computed stays remembered as long as there is room.
bool batch_plan::displace_for(const waiting_line::choice& next, runtime::time_point now) {
  if (next.who->in_flight > 0) return false;
  for (std::size_t i = running_.size(); i-- > 0;) {
    sequence& victim = *running_[i];
    if (victim.level <= next.level) return false;
    if (victim.spec.rank <= next.who->spec.rank || now >= victim.spec.pressing_from) continue;
    for (std::size_t g = 0; g < store_.groups(); ++g) promised_[g] -= still_to_take(victim, g);
    preempt(victim);
    return true;
  }
  return false;
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

// Looked up again: the line may have been long, and a fork that fails may have taken remembered pages.
void batch_plan::begin_with_prefix(sequence& who) {
  const bool forked = fork_leader(who);
  who.expected = store_.look_up(who.spec.world, who.tokens, most_shared(who));
  if (!forked) store_.take_over(who.expected, who.tables);
  who.chain = {.tip = who.expected.tip,
               .pages = who.expected.pages,
               .branch = who.expected.matched,
               .prompt = who.prompt_length / store_.page_tokens(),
               .closed = !store_.remembers()};
  who.computed = forked ? who.prompt_length - 1 : who.expected.pages * store_.page_tokens();
  who.confirmed = who.computed;
}

// Another choice of the same prompt has it all: of that, only the last token is computed anew, for what
// follows it. What others can not see of its last page is overwritten.
bool batch_plan::fork_leader(sequence& who) {
  const sequence_ptr leader = who.leader.lock();
  if (!leader || leader->now != sequence::stage::running || leader->confirmed < leader->prompt_length)
    return false;
  if (who.tokens.size() > who.prompt_length) return false;  // preempted: more of it may be remembered
  return store_.fork(leader->tables, who.prompt_length - 1, who.tables, copies_);
}

void batch_plan::leave_seat(sequence& who) {
  store_.release(who.tables);
  seats_.push_back(std::exchange(who.seat, no_seat));
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

}  // namespace hawser::actors
