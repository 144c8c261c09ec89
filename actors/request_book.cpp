#include "actors/request_book.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace hawser::actors {

struct request_book::choice {
  sequence_ptr who;
  answer_stream text;
  bool done = false;
  std::uint32_t tokens = 0;
  runtime::time_point last{};
  std::vector<float> embedding{};
};

// What a token needs stands together: hundreds of these are looked at in a step.
struct request_book::request {
  std::vector<choice> choices;
  generation_listener listener;
  runtime::time_point last{};
  std::optional<runtime::time_point> first;
  std::uint32_t answer_tokens = 0;
  std::uint32_t cached_tokens = 0;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t open = 0;  // choices that have not ended
  bool has_started = false;
  bool counted = true;
  bool handed_back = false;
  finish why = finish::stop;
  join from;
  std::string message;
  std::optional<refused> no;  // ends in this instead
  runtime::time_point started{};
  runtime::time_point watched = runtime::time_point::max();  // what stands in deadlines_
};

namespace {

// The worst of two ends.
int badness(finish why) noexcept {
  switch (why) {
  case finish::stop:
    return 0;
  case finish::length:
    return 1;
  case finish::deadline:
    return 2;
  case finish::cancelled:
    return 3;
  case finish::error:
    return 4;
  }
  return 4;
}

}  // namespace

namespace {

// Half of its own time is for those who go before it.
runtime::time_point pressing_from(const join& from) noexcept {
  if (from.deadline == runtime::time_point::max()) return from.deadline;
  return from.arrived + (from.deadline - from.arrived) / 2;
}

}  // namespace

request_book::request_book(batch_limits limits, const model::backend_capacity& capacity,
                           std::shared_ptr<const model::tokenizer> words)
    : plan_(std::move(limits), capacity, *this), words_(std::move(words)) {}

request_book::~request_book() = default;

void request_book::admit(join from, runtime::time_point now) {
  now_ = now;
  const request_id id = from.id;
  const generation_listener whom = from.listener;
  const bool counted = from.counted;
  try {
    return enlist(std::move(from), now);
  } catch (const std::bad_alloc&) {
    refused no{.id = id,
               .why = refusal::overloaded,
               .message = "there is not enough memory for this request now",
               .field = {},
               .retry_after = std::chrono::seconds(1),
               .limit = "memory"};
    const auto found = requests_.find(id);
    if (found == requests_.end()) {
      (counted ? tally_ : uncounted_).refused.count(no);
      outbox_.push_back({whom, std::move(no)});
      outbox_.push_back({{}, left{.id = id, .why = finish::cancelled}});
      return;
    }
    request& r = *found->second;
    r.no = std::move(no);
    if (r.open == 0) return close(r);
    end_choices(r, finish::cancelled, {});
  }
}

void request_book::enlist(join from, runtime::time_point now) {
  auto made = std::make_unique<request>();
  request& r = *made;
  r.from = std::move(from);
  r.listener = std::move(r.from.listener);
  r.counted = r.from.counted;
  r.prompt_tokens = static_cast<std::uint32_t>(r.from.prompt->size());
  r.choices.reserve(r.from.choices);
  requests_.emplace(r.from.id, std::move(made));
  watch(r);
  const std::string world = world_of(r.from, plan_.shares_prefixes());
  for (std::uint32_t i = 0; i < r.from.choices; ++i) {
    sequence_spec spec{.request = r.from.id,
                       .choice = i,
                       .owner = &r,
                       .key = r.from.key,
                       .share = r.from.share,
                       .world = world,
                       .leader = i == 0 ? nullptr : r.choices.front().who,
                       .rank = r.from.rank,
                       .prompt = r.from.prompt,
                       .max_answer = r.from.max_tokens,
                       .sampling = r.from.sampling,
                       .ignore_end = r.from.ignore_end,
                       .score_prompt = r.from.echo_logprobs && i == 0,
                       .embed = r.from.embed,
                       .first_token_by = due_of(r),
                       .pressing_from = pressing_from(r.from),
                       .token_within = r.from.token_within};
    spec.sampling.seed += i;
    answer_stream text(words_, r.from.stop, r.from.sampling.top_logprobs >= 0);
    r.choices.push_back({plan_.join(std::move(spec), now), std::move(text)});
    ++r.open;
  }
  r.from.prompt.reset();
  outbox_.push_back({{}, joined{r.from.id, plan_.expected_hit(*r.choices.front().who)}});
}

void request_book::leave(request_id id, finish why, const std::string& message, runtime::time_point now) {
  now_ = now;
  if (const auto found = requests_.find(id); found != requests_.end())
    end_choices(*found->second, why, message);
}

void request_book::shed(refused no, runtime::time_point now) {
  now_ = now;
  const auto found = requests_.find(no.id);
  if (found == requests_.end() || found->second->has_started) return;
  found->second->no = std::move(no);
  end_choices(*found->second, finish::cancelled, {});
}

void request_book::hold(request_id id, bool held) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  for (const choice& c : found->second->choices) {
    if (!c.done) plan_.hold(*c.who, held);
  }
}

void request_book::postpone(request_id id, runtime::time_point deadline) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  request& r = *found->second;
  r.from.deadline = std::max(r.from.deadline, deadline);
  watch(r);
}

void request_book::end_choices(request& of, finish why, const std::string& message) {
  // The last one takes the request with it.
  std::vector<sequence_ptr> open;
  for (const choice& c : of.choices) {
    if (!c.done) open.push_back(c.who);
  }
  for (const sequence_ptr& who : open) plan_.end(*who, why, message);
}

void request_book::expire(runtime::time_point now) {
  now_ = now;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    request& r = *requests_.at(deadlines_.begin()->second);
    const char* const why = r.first         ? "its time was over: this is what had been said"
                            : r.has_started ? "its time was over before its first token"
                                            : "its time was over before its turn came";
    end_choices(r, finish::deadline, why);
  }
}

// Until it has a seat, its first token may be due before its end.
runtime::time_point request_book::due_of(const request& of) noexcept {
  const join& from = of.from;
  if (of.has_started || from.first_token_within <= runtime::duration::zero()) return from.deadline;
  return std::min(from.deadline, from.arrived + from.first_token_within);
}

void request_book::watch(request& of) {
  deadlines_.erase({of.watched, of.from.id});
  of.watched = due_of(of);
  if (of.watched != runtime::time_point::max()) deadlines_.emplace(of.watched, of.from.id);
}

std::optional<runtime::time_point> request_book::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void request_book::leave_all(finish why, const std::string& message, runtime::time_point now) {
  now_ = now;
  while (!requests_.empty()) end_choices(*requests_.begin()->second, why, message);
}

std::vector<request_id> request_book::hand_back(runtime::time_point now) {
  now_ = now;
  std::vector<request_id> all;
  for (const auto& [id, r] : requests_) {
    if (!r->has_started) all.push_back(id);
  }
  std::ranges::sort(all);  // as they came
  for (const request_id id : all) {
    request& r = *requests_.at(id);
    r.handed_back = true;
    end_choices(r, finish::cancelled, {});
  }
  return all;
}

void request_book::fail_running(const std::string& message, runtime::time_point now) {
  now_ = now;
  plan_.fail_running(message);
}

bool request_book::plan(runtime::time_point now, step& into) {
  now_ = now;
  return plan_.plan(now, into);
}

void request_book::apply(step& done, runtime::time_point now) {
  now_ = now;
  if (done.tokens == 0) return plan_.apply(done);
  ++tally_.steps;
  tally_.device_busy += done.result.busy;
  tally_.step_tokens.observe(done.tokens);
  plan_.apply(done);
}

batch_tally& request_book::tally() noexcept {
  const batch_load load = plan_.load();
  tally_.deferred = deferred();
  tally_.running = running_ - tally_.deferred;
  tally_.waiting = static_cast<std::uint32_t>(requests_.size()) - running_;
  tally_.pages_used = load.pages_used;
  tally_.pages_idle = load.pages_idle;
  tally_.pages = load.pages;
  tally_.preemptions += load.preemptions - std::exchange(preemptions_, load.preemptions);
  return tally_;
}

std::uint32_t request_book::deferred() const noexcept {
  std::uint32_t seen = 0;
  for (const sequence_ptr& who : plan_.parked()) {
    const auto& all = static_cast<const request*>(who->spec.owner)->choices;
    const auto parked = [](const choice& c) { return !c.done && c.who->parked; };
    const bool first = std::ranges::find_if(all, parked)->who == who;
    if (first && std::ranges::all_of(all, [&](const choice& c) { return c.done || parked(c); })) ++seen;
  }
  return seen;
}

batch_state request_book::state() const noexcept {
  const batch_load load = plan_.load();
  return {.seats = load.seats,
          .running = load.running,
          .waiting = load.waiting,
          .pages = load.pages,
          .pages_used = load.pages_used,
          .pages_allowed = load.pages_allowed,
          .prompt_tokens_left = load.prompt_tokens_left,
          .prefill_rate = plan_.meter().prefill_rate(),
          .decode_step = plan_.meter().decode_step(),
          .token_pace = plan_.meter().token_pace()};
}

std::pair<request_book::request*, request_book::choice*> request_book::find(const sequence& who) {
  auto* const r = static_cast<request*>(who.spec.owner);
  return {r, &r->choices[who.spec.choice]};
}

void request_book::started(const sequence& who) {
  const auto [r, c] = find(who);
  if (std::exchange(r->has_started, true)) return;
  r->cached_tokens = who.cached;
  watch(*r);
  ++running_;
  r->started = now_;
  tally_of(*r).queued.observe(now_ - r->from.arrived);
  outbox_.push_back(
      {r->listener,
       admitted{.id = r->from.id, .prompt_tokens = r->prompt_tokens, .cached_tokens = r->cached_tokens}});
  outbox_.push_back({{}, actors::started{r->from.id}});
}

void request_book::scored(const sequence& who, std::uint32_t first,
                          std::vector<model::sampled_token>& tokens) {
  const auto [r, c] = find(who);
  generated letter{.id = r->from.id, .choice = who.spec.choice, .of_prompt = true, .tokens = {}};
  letter.tokens.reserve(tokens.size() + 1);
  if (first == 1) {
    // Nothing comes before the first token, so it has no score.
    model::sampled_token unscored{.id = who.tokens.front(), .logprob = 0.0f, .top = {}};
    answer_stream::score(*words_, unscored, letter.tokens.emplace_back());
  }
  for (model::sampled_token& token : tokens)
    answer_stream::score(*words_, token, letter.tokens.emplace_back());
  outbox_.push_back({r->listener, std::move(letter)});
}

batch_tally& request_book::tally_of(const request& of) noexcept {
  return of.counted ? tally_ : uncounted_;
}

// Once: its prefill is over.
void request_book::count_prompt(request& of) {
  of.last = now_;
  if (of.first) return;
  batch_tally& tally = tally_of(of);
  of.first = now_;
  tally.prompt_tokens += of.prompt_tokens;
  tally.prefix_queries += of.prompt_tokens;
  tally.prefix_hits += of.cached_tokens;
  tally.first_token.observe(now_ - of.from.arrived);
  outbox_.push_back({{}, answering{of.from.id}});
}

void request_book::count_token(request& of, choice& in) {
  batch_tally& tally = tally_of(of);
  ++in.tokens;
  ++of.answer_tokens;
  ++tally.generation_tokens;
  count_prompt(of);
  if (in.tokens > 1) tally.between_tokens.observe(now_ - in.last);
  in.last = now_;
}

bool request_book::took(const sequence& who, model::sampled_token& token) {
  const auto [r, c] = find(who);
  // Another may have computed more of the prompt between its seat and its first step.
  if (who.spec.choice == 0) r->cached_tokens = who.cached;
  count_token(*r, *c);
  generated letter{.id = r->from.id, .choice = who.spec.choice, .of_prompt = false, .tokens = {}};
  const bool goes_on = c->text.push(token, letter.tokens.emplace_back());
  outbox_.push_back({r->listener, std::move(letter)});
  return goes_on;
}

void request_book::embedded(const sequence& who, std::vector<float>& values) {
  const auto [r, c] = find(who);
  r->cached_tokens = who.cached;
  count_prompt(*r);
  c->embedding = std::move(values);
}

void request_book::ended(const sequence& who, finish why, std::string_view message) {
  const auto [r, c] = find(who);
  // The end token is not shown, but it was generated.
  const bool by_token = why == finish::stop && who.spec.embed == pooling::none;
  if (by_token && c->text.matched_stop().empty()) count_token(*r, *c);
  choice_end end{why, c->text.finish(), c->text.matched_stop(), c->tokens, std::move(c->embedding)};
  if (r->has_started)
    outbox_.push_back({r->listener, choice_ended{r->from.id, who.spec.choice, std::move(end)}});
  c->done = true;
  if (badness(why) > badness(r->why)) {
    r->why = why;
    r->message = message;
  }
  if (--r->open == 0) close(*r);
}

void request_book::forget(const request& r) {
  const request_id id = r.from.id;
  deadlines_.erase({r.watched, id});
  requests_.erase(id);
}

void request_book::close(request& r) {
  if (r.handed_back) return forget(r);
  batch_tally& tally = tally_of(r);
  tally.prompt_length.observe(r.prompt_tokens);
  tally.max_tokens.observe(r.from.max_tokens);
  tally.choices.observe(r.from.choices);
  actors::ended last{.id = r.from.id,
                     .why = r.why,
                     .message = std::move(r.message),
                     .prompt_tokens = r.prompt_tokens,
                     .cached_tokens = r.cached_tokens,
                     .answer_tokens = r.answer_tokens,
                     .times = {}};
  last.times.queued = (r.has_started ? r.started : now_) - r.from.arrived;
  if (r.first) {
    last.times.prefill = *r.first - r.started;
    last.times.decode = r.last - *r.first;
    tally.prefill.observe(last.times.prefill);
    tally.decode.observe(last.times.decode);
    tally.inference.observe(r.last - r.started);
    if (r.answer_tokens > 1) tally.per_output_token.observe(last.times.decode / (r.answer_tokens - 1));
  }
  if (r.no) {
    tally.refused.count(*r.no);
  } else {
    tally.whole.observe(now_ - r.from.arrived);
    tally.answer_length.observe(r.answer_tokens);
    ++tally.ended[static_cast<std::size_t>(r.why)];
  }
  if (r.has_started) --running_;
  const request_id id = r.from.id;
  const left gone{.id = id,
                  .why = r.why,
                  .prompt_tokens = r.prompt_tokens,
                  .cached_tokens = r.cached_tokens,
                  .answer_tokens = r.answer_tokens};
  if (r.no) {
    outbox_.push_back({r.listener, std::move(*r.no)});
  } else {
    outbox_.push_back({r.listener, std::move(last)});
  }
  outbox_.push_back({{}, gone});
  forget(r);
}

}  // namespace hawser::actors
