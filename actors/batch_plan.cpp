#include "actors/batch_plan.hpp"

#include <algorithm>
#include <utility>

namespace hawser::actors {
namespace {

// A token of the answer costs its key twice as much as one of the prompt.
constexpr double answer_weight = 2.0;

std::uint32_t or_all(std::uint32_t asked, std::uint32_t most) noexcept {
  return asked == 0 ? most : std::min(asked, most);
}

std::uint32_t largest_chunk(const batch_limits& limits, const model::backend_capacity& capacity) noexcept {
  return std::max(1u, std::min(limits.chunk_threshold, or_all(limits.step_tokens, capacity.step_tokens)));
}

}  // namespace

batch_plan::batch_plan(batch_limits limits, const model::backend_capacity& capacity, batch_listener& hears)
    : limits_(std::move(limits)), hears_(hears),
      step_tokens_(or_all(limits_.step_tokens, capacity.step_tokens)),
      max_chunk_(largest_chunk(limits_, capacity)),
      store_(capacity, limits_.prefix_key, limits_.prefix_share),
      meter_({.step_time = limits_.step_time,
              .beside_decodes = limits_.chunk_beside_decodes,
              .least_beside = std::clamp(step_tokens_ / 32, 1u, 16u),
              .least_alone = std::clamp(step_tokens_ / 8, 1u, 64u)}),
      waiting_(limits_.ageing) {
  const std::uint32_t seats = seats_of(limits_, capacity);
  for (std::uint32_t i = seats; i-- > 0;) seats_.push_back(i);
  running_.reserve(seats);
  prefills_.reserve(seats);
}

std::uint32_t batch_plan::seats_of(const batch_limits& limits,
                                   const model::backend_capacity& capacity) noexcept {
  // With a seat more than tokens, answers could fill every step and prompts never start.
  return std::min(or_all(limits.seats, capacity.seats), or_all(limits.step_tokens, capacity.step_tokens));
}

std::uint32_t batch_plan::longest(const batch_limits& limits,
                                  const model::backend_capacity& capacity) noexcept {
  const std::uint32_t chunk = largest_chunk(limits, capacity);
  std::uint32_t most = capacity.context;
  for (const model::page_group& group : capacity.groups) {
    const page_shape shape{capacity.page_tokens, group.window};
    if (shape.most_held(most, chunk) <= group.pages) continue;
    // A window's pages do not grow with the length beyond it, so both kinds are bounded by what the pages
    // hold.
    most = std::min(most, group.pages > 1 ? (group.pages - 1) * capacity.page_tokens : capacity.page_tokens);
  }
  return most;
}

sequence_ptr batch_plan::join(sequence_spec spec, runtime::time_point now) {
  auto who = std::make_shared<sequence>();
  who->prompt_length = static_cast<std::uint32_t>(spec.prompt->size());
  who->spec = std::move(spec);
  who->arrival = arrivals_++;
  who->arrived = now;
  who->expected = store_.look_up(who->spec.world, *who->spec.prompt, most_shared(*who));
  const sequence_ptr leader = std::exchange(who->spec.leader, nullptr);
  const bool all_known = who->spec.score_prompt || expected_hit(*who) + 1 >= who->prompt_length;
  if (!all_known) who->leader = leader;
  if (!all_known && leader && leader->now != sequence::stage::ended &&
      leader->confirmed < leader->prompt_length) {
    who->following = true;
    ++following_;
    leader->followers.push_back(who);
  } else {
    waiting_.push(who);
  }
  return who;
}

// At least one token has to be run, and those that are scored or pooled.
std::uint32_t batch_plan::most_shared(const sequence& who) const noexcept {
  if (!store_.remembers() || who.spec.embed == pooling::mean) return 0;
  const bool at_first = who.tokens.empty();
  std::uint32_t most = (at_first ? who.prompt_length : static_cast<std::uint32_t>(who.tokens.size())) - 1;
  if (who.spec.score_prompt && who.scored < who.prompt_length) most = std::min(most, who.scored);
  return most / store_.page_tokens();
}

void batch_plan::end(sequence& who, finish why, std::string_view message) {
  if (who.now == sequence::stage::ended) return;
  follow_on(who);
  if (who.now == sequence::stage::waiting) {
    who.now = sequence::stage::ended;
    hears_.ended(who, why, message);
    if (std::exchange(who.following, false)) {
      --following_;
    } else if (std::exchange(who.parked, false)) {
      std::erase_if(parked_, [&](const sequence_ptr& s) { return s.get() == &who; });
    } else {
      waiting_.remove(who);  // last: it may be the last to hold it
    }
    return;
  }
  leave_seat(who);
  who.now = sequence::stage::ended;
  hears_.ended(who, why, message);
  running_.erase(
      std::find_if(running_.begin(), running_.end(), [&](const auto& s) { return s.get() == &who; }));
}

void batch_plan::hold(sequence& who, bool held) {
  if (who.now == sequence::stage::ended || std::exchange(who.held, held) == held) return;
  if (!held && std::exchange(who.parked, false)) {
    const auto at =
        std::find_if(parked_.begin(), parked_.end(), [&](const sequence_ptr& s) { return s.get() == &who; });
    waiting_.push(std::move(*at));
    parked_.erase(at);
  } else if (held && who.now == sequence::stage::waiting && who.displaced && !who.following) {
    // It would get a seat, only to be held in it.
    sequence_ptr self;
    waiting_.for_each([&](const sequence_ptr& s) {
      if (s.get() == &who) self = s;
    });
    waiting_.remove(who);
    who.parked = true;
    parked_.push_back(std::move(self));
  }
}

// Its prompt is computed, or never will be.
void batch_plan::follow_on(sequence& leader) {
  for (sequence_ptr& who : leader.followers) {
    if (!std::exchange(who->following, false)) continue;
    --following_;
    waiting_.push(std::move(who));
  }
  leader.followers.clear();
}

void batch_plan::apply(step& done) {
  // One that only gave memory back says nothing about tokens.
  if (done.tokens > 0) meter_.observe(done.tokens - done.decodes, done.decodes, done.result.busy);
  done.result.busy = {};
  for (std::size_t i = 0; i < done.members.size(); ++i) {
    sequence& who = *done.members[i];
    if (who.in_flight > 0) --who.in_flight;
    if (who.now == sequence::stage::ended) continue;
    if (i >= done.result.sequences.size()) {
      end(who, finish::error, "the device gave no result for this request");
      continue;
    }
    take_result(who, done.plan.sequences[i], done.result.sequences[i]);
  }
}

void batch_plan::take_result(sequence& who, const model::sequence_step& asked, model::sequence_result& got) {
  switch (got.error) {
  case model::step_error::none:
    break;
  case model::step_error::not_a_number:
    // Its pages may hold what made it so.
    store_.forget(who.chain);
    return end(who, finish::error, "the model computed no numbers for this request");
  case model::step_error::nothing_allowed:
    return end(who, finish::error, "no token is allowed to follow");
  case model::step_error::out_of_memory:
    return end(who, finish::error, "the device ran out of memory for this request");
  case model::step_error::device_lost:
    return end(who, finish::error, "the device failed");
  }
  if (who.now == sequence::stage::running) note_computed(who, asked);
  // A prompt of one token has nothing to score, and is shown all the same.
  if (!asked.score.empty() && (!got.scored.empty() || asked.position == 0))
    hears_.scored(who, asked.position + 1, got.scored);
  if (asked.output == model::step_output::embedding) return take_embedding(who, asked, got);
  if (asked.output != model::step_output::token) return;
  if (got.tokens.size() != 1 || got.tokens.front().id < 0) {
    return end(who, finish::error, "the device gave no token for this request");
  }
  model::sampled_token& token = got.tokens.front();
  who.tokens.push_back(token.id);
  waiting_.charge(who, answer_weight);
  const auto& ends = limits_.end_tokens;
  if (!who.spec.ignore_end && std::binary_search(ends.begin(), ends.end(), token.id))
    return end(who, finish::stop);
  if (!hears_.took(who, token)) return end(who, finish::stop);
  if (who.known() == who.spec.max_answer) end(who, finish::length);
}

// Earlier chunks of a mean give one as well, which the last one's holds.
void batch_plan::take_embedding(sequence& who, const model::sequence_step& asked,
                                model::sequence_result& got) {
  if (asked.position + asked.tokens.size() < who.prompt_length) return;
  if (got.embedding.empty()) return end(who, finish::error, "the device gave no embedding for this request");
  hears_.embedded(who, got.embedding);
  end(who, finish::stop);
}

// Whoever lost its seat since has lost these pages, too.
void batch_plan::note_computed(sequence& who, const model::sequence_step& asked) {
  who.confirmed = asked.position + static_cast<std::uint32_t>(std::max<std::size_t>(1, asked.tokens.size()));
  store_.remember(who.spec.world, who.chain, who.tables, who.tokens, who.confirmed);
  if (who.confirmed >= who.prompt_length) follow_on(who);
}

void batch_plan::fail_running(std::string_view message) {
  while (!running_.empty()) {
    const sequence_ptr who = running_.back();
    end(*who, finish::error, message);
  }
  // A preempted one may still have had a token in one of them.
  std::vector<sequence_ptr> torn;
  waiting_.for_each([&](const sequence_ptr& who) {
    if (who->in_flight > 0) torn.push_back(who);
  });
  for (const sequence_ptr& who : parked_) {
    if (who->in_flight > 0) torn.push_back(who);
  }
  for (const sequence_ptr& who : torn) end(*who, finish::error, message);
}

batch_load batch_plan::load() const noexcept {
  batch_load now{.running = static_cast<std::uint32_t>(running_.size()),
                 .waiting = static_cast<std::uint32_t>(waiting_.size() + parked_.size()) + following_,
                 .seats = static_cast<std::uint32_t>(running_.size() + seats_.size()),
                 .preemptions = preemptions_};
  const auto count = [&](const sequence& who) {
    // Who waits has computed nothing, and will find about as much as it did when it joined.
    const std::uint32_t found = who.seat == no_seat ? who.expected.pages * store_.page_tokens() : 0;
    if (!who.decoding()) now.prompt_tokens_left += who.left() - std::min(found, who.left());
  };
  for (const sequence_ptr& who : running_) count(*who);
  waiting_.for_each([&](const sequence_ptr& who) { count(*who); });
  for (std::size_t g = 0; g < store_.groups(); ++g) {
    now.pages_used += store_.pool(g).used();
    now.pages_idle += store_.pool(g).idle();
    now.pages += store_.pool(g).total();
    now.pages_allowed =
        std::min(now.pages_allowed, static_cast<double>(store_.pool(g).most()) / store_.pool(g).total());
  }
  return now;
}

}  // namespace hawser::actors
