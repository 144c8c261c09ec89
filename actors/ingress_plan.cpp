#include "actors/ingress_plan.hpp"

#include <algorithm>
#include <utility>

namespace hawser::actors {
namespace {

using std::chrono::milliseconds;

// Of the text, as it was sent; how many tokens that is, is learned from those that were tokenized.
std::size_t bytes_of(const generation_spec& spec) noexcept {
  if (const auto* text = std::get_if<plain_prompt>(&spec.prompt)) return text->text.size();
  return spec.bytes;
}

refused no(request_id id, refusal why, std::string message, milliseconds retry_after = {}) {
  return {.id = id,
          .why = why,
          .message = std::move(message),
          .field = {},
          .retry_after = retry_after,
          .limit = {}};
}

refused not_now(request_id id, phase is) {
  if (is == phase::draining) return no(id, refusal::stopping, "the server is stopping", milliseconds(5000));
  if (is == phase::failed)
    return no(id, refusal::not_ready, "the model cannot be used: see the server's log", milliseconds(10000));
  return no(id, refusal::not_ready, "the model is not ready yet", milliseconds(2000));
}

// A text beside its parsed form and its tokens; of tokens, the prompt once and its place in each answer's
// array.
std::uint64_t bytes_of_text(std::size_t bytes) noexcept {
  return 4 * std::uint64_t{bytes};
}
std::uint64_t bytes_of_answers(std::uint64_t prompt, std::uint64_t max_tokens,
                               std::uint64_t choices) noexcept {
  return (prompt + choices * (prompt + max_tokens)) * sizeof(model::token_id);
}
constexpr std::uint64_t bytes_of_request = 4096;  // all that does not grow

ended last_word(request_id id, finish why, std::string message) {
  ended last{};
  last.id = id;
  last.why = why;
  last.message = std::move(message);
  return last;
}

}  // namespace

void ingress_plan::use(const ingress_limits& now) {
  const auto [longest, vocabulary] = std::pair(limits_.longest, limits_.vocabulary);
  limits_ = now;
  know_model(longest, vocabulary);
  admission_.use(now.admission);
}

void ingress_plan::know_model(std::uint32_t longest, std::uint32_t vocabulary) noexcept {
  limits_.longest = longest;
  limits_.vocabulary = vocabulary;
}

void ingress_plan::know_room(kv_shape shape, std::uint32_t seats) {
  admission_.know_room(std::move(shape), seats);
}

refused ingress_plan::count(refused r) noexcept {
  tally_.refused.count(r);
  return r;
}

admission_ask ingress_plan::ask_of(const generate& what, std::uint64_t tokens, runtime::time_point arrived,
                                   runtime::time_point now) const {
  const generation_spec& spec = what.spec;
  admission_ask ask;
  ask.rank = spec.rank;
  ask.returns = spec.returns;
  ask.tokens = tokens;
  ask.sequences = spec.choices;
  ask.max_tokens = std::max(
      1u, std::min(spec.max_tokens == 0 ? limits_.default_max_tokens : spec.max_tokens, limits_.longest));
  ask.key = what.key;
  ask.share = what.share;
  if (spec.deadline != runtime::time_point::max()) ask.left = spec.deadline - now;
  if (spec.first_token_within > runtime::duration{}) {
    // What has passed is gone; nothing left is not "no wish".
    ask.first_token_within = std::max(runtime::duration(1), spec.first_token_within - (now - arrived));
  }
  ask.token_within = spec.token_within;
  ask.let_in = what.let_in;
  return ask;
}

load_facts ingress_plan::facts() const noexcept {
  load_facts now;
  now.load = admission_.load();
  now.kv = admission_.kv_committed();
  now.kv_used = kv_used_;
  now.queued_tokens = admission_.queued_tokens();
  now.running = static_cast<std::uint32_t>(entries_.size());
  for (std::size_t i = 0; i < rank_count; ++i) {
    const auto rank = static_cast<priority>(i);
    now.wait[i] = admission_.wait(rank);
    now.queued[i] = admission_.queued(rank);
    now.running -= std::min(now.queued[i], now.running);
  }
  return now;
}

std::optional<refused> ingress_plan::arrive(generate& what, phase now_is, runtime::time_point now,
                                            double chance) {
  ++tally_.arrived;
  if (now_is != phase::ready) return count(not_now(what.id, now_is));
  if (auto wrong = check(what, limits_)) return count(std::move(*wrong));
  if (entries_.contains(what.id)) {
    return count(no(what.id, refusal::invalid, "a request of this id is being answered already"));
  }
  if (what.spec.deadline <= now)
    return count(no(what.id, refusal::late, "the request's deadline has passed"));
  const auto* const given = std::get_if<token_prompt>(&what.spec.prompt);
  const std::size_t bytes = bytes_of(what.spec);
  const std::uint64_t tokens =
      given != nullptr ? given->tokens.size()
                       : static_cast<std::uint64_t>(tokens_a_byte_ * static_cast<double>(bytes)) + 1;
  // One that does not fit is told so when that is known: it is no reason to come back later.
  admission_ask ask = ask_of(what, std::min<std::uint64_t>(tokens, limits_.longest), now, now);
  const std::uint64_t at_first =
      bytes_of_request + bytes_of_text(bytes) + (given != nullptr ? 4 * tokens : 0);
  ask.fits = memory_.fits(at_first + bytes_of_answers(ask.tokens, ask.max_tokens, ask.sequences));
  if (const verdict v = admission_.judge(ask, now, chance); !v.good())
    return count(no_room(what.id, what.spec.rank, v));
  const request_id id = what.id;
  // What may fail for want of memory comes first, so that nothing is left of a request that failed.
  line& in_order = lines_[static_cast<std::size_t>(what.spec.rank)];
  entry& e = entries_[id];
  try {
    in_order.emplace(now, id);
    e.held = admission_.enter(ask);
  } catch (...) {
    in_order.erase({now, id});
    entries_.erase(id);
    throw;
  }
  admission_.arrived(e.held, now);
  prompt_text prompt = std::move(what.spec.prompt);
  what.spec.bytes = given != nullptr ? 0 : bytes;
  const runtime::time_point deadline = what.spec.deadline;
  e.from = std::move(what);
  e.arrived = now;
  hold_bytes(e, at_first);
  what = {};
  what.id = id;
  what.spec.prompt = std::move(prompt);
  what.spec.deadline = deadline;
  return std::nullopt;
}

std::optional<ingress_plan::handover> ingress_plan::prompt_made(actors::prompt_made made,
                                                                runtime::time_point now, double chance) {
  const auto found = entries_.find(made.id);
  if (found == entries_.end() || found->second.now != stage::tokenizing) return std::nullopt;
  entry& e = found->second;
  generation_spec& spec = e.from.spec;
  handover out{.to = e.from.listener, .no = {}, .request = {}, .held = e.waits_for_reader};
  const auto refuse = [&](refusal why, std::string message, std::string field) {
    out.no = turn_away({.id = made.id,
                        .why = why,
                        .message = std::move(message),
                        .field = std::move(field),
                        .retry_after = {},
                        .limit = {}});
    return std::move(out);
  };
  if (spec.deadline <= now) return refuse(refusal::late, "the request's deadline has passed", {});
  if (!made.tokens) {
    const bool ours = made.tokens.error().cause == model::errc::over_limit;
    return refuse(ours ? refusal::overloaded : refusal::invalid, made.tokens.error().what, "prompt");
  }
  const std::size_t length = made.tokens->size();
  if (length == 0) return refuse(refusal::invalid, "the prompt is empty", "prompt");
  if (length >= limits_.longest) {
    return refuse(refusal::prompt_too_long,
                  "the prompt has " + std::to_string(length) +
                      " tokens, but with one token of answer there is room for " +
                      std::to_string(limits_.longest - 1),
                  "prompt");
  }
  if (spec.bytes > 0)
    tokens_a_byte_ += (static_cast<double>(length) / static_cast<double>(spec.bytes) - tokens_a_byte_) / 64;
  // Now that the length is known: once more, as if it came now.
  const admission_ask ask = ask_of(e.from, length, e.arrived, now);
  admission_.leave(e.held);
  const verdict v = admission_.judge(ask, now, chance);
  e.held = admission_.enter(ask);
  if (!v.good()) {
    out.no = turn_away(no_room(made.id, spec.rank, v));
    return out;
  }
  e.now = stage::waiting;
  const auto room = limits_.longest - static_cast<std::uint32_t>(length);
  hold_bytes(e, bytes_of_request + bytes_of_answers(length, std::min(ask.max_tokens, room), spec.choices));
  out.request = {.id = made.id,
                 .key = std::move(e.from.key),
                 .salt = {},
                 .share = e.from.share,
                 .prompt = std::make_shared<const std::vector<model::token_id>>(std::move(*made.tokens)),
                 .max_tokens =
                     std::min(spec.max_tokens == 0 ? limits_.default_max_tokens : spec.max_tokens, room),
                 .choices = spec.choices,
                 .sampling = std::move(spec.sampling),
                 .stop = std::move(spec.stop),
                 .ignore_end = spec.ignore_end,
                 .echo_logprobs = spec.echo_logprobs,
                 .embed = spec.embed,
                 .rank = spec.rank,
                 .arrived = e.arrived,
                 .deadline = spec.deadline,
                 .first_token_within = spec.first_token_within,
                 .token_within = spec.token_within,
                 .listener = e.from.listener};
  return out;
}

std::optional<ingress_plan::cancelled> ingress_plan::cancel(request_id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  if (found->second.now != stage::tokenizing) return cancelled{.in_batch = true, .to = {}, .last = {}};
  cancelled out{.in_batch = false,
                .to = std::move(found->second.from.listener),
                .last = last_word(id, finish::cancelled, {})};
  ++tally_.ended[static_cast<std::size_t>(finish::cancelled)];
  drop(id);
  return out;
}

bool ingress_plan::hold(request_id id, bool held) noexcept {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  found->second.waits_for_reader = held;
  return found->second.now != stage::tokenizing;
}

bool ingress_plan::postpone(request_id id, runtime::time_point deadline) noexcept {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  runtime::time_point& until = found->second.from.spec.deadline;
  until = std::max(until, deadline);
  return found->second.now != stage::tokenizing;
}

void ingress_plan::joined(request_id id, std::uint32_t cached_tokens) noexcept {
  const auto found = entries_.find(id);
  if (found != entries_.end()) admission_.cached(found->second.held, cached_tokens);
}

void ingress_plan::started(request_id id) noexcept {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.now != stage::waiting) return;
  admission_.seated(found->second.held);
  found->second.now = stage::running;
}

void ingress_plan::answering(request_id id, runtime::time_point now) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  entry& e = found->second;
  admission_.answering(e.held, now - e.arrived, now);
  lines_[static_cast<std::size_t>(e.from.spec.rank)].erase({e.arrived, id});
}

void ingress_plan::left(const actors::left& gone) {
  const auto found = entries_.find(gone.id);
  if (found == entries_.end()) return;
  if (gone.why != finish::error) {
    admission_.learn(found->second.held, gone.prompt_tokens, gone.cached_tokens, gone.answer_tokens,
                     gone.why != finish::stop);
  }
  drop(gone.id);
}

std::optional<ingress_plan::farewell> ingress_plan::lost(const actors::lost& gone) {
  const auto found = entries_.find(gone.id);
  if (found == entries_.end()) return std::nullopt;
  generation_listener to = std::move(found->second.from.listener);
  return farewell{std::move(to), lose(gone.id, gone.why)};
}

std::vector<ingress_plan::farewell> ingress_plan::batcher_failed(const std::string& why) {
  std::vector<farewell> all;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto next = std::next(at);
    if (at->second.now != stage::tokenizing) {
      all.push_back({std::move(at->second.from.listener), last_word(at->first, finish::error, why)});
      ++tally_.ended[static_cast<std::size_t>(finish::error)];
      drop(at->first);
    }
    at = next;
  }
  return all;
}

ingress_plan::cut ingress_plan::cut_short(const std::string& why) {
  cut all;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto next = std::next(at);
    if (at->second.now == stage::tokenizing) {
      all.refused_to.push_back(std::move(at->second.from.listener));
      all.refusals.push_back(count(no(at->first, refusal::stopping, why, milliseconds(5000))));
      drop(at->first);
    } else {
      all.in_batch.push_back(at->first);
    }
    at = next;
  }
  return all;
}

refused ingress_plan::turn_away(refused no) {
  drop(no.id);
  return count(std::move(no));
}

ended ingress_plan::lose(request_id id, const std::string& why) {
  drop(id);
  ++tally_.ended[static_cast<std::size_t>(finish::error)];
  return last_word(id, finish::error, why);
}

void ingress_plan::drop(request_id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  entry& e = found->second;
  admission_.leave(e.held);
  hold_bytes(e, 0);
  lines_[static_cast<std::size_t>(e.from.spec.rank)].erase({e.arrived, id});
  entries_.erase(found);
}

void ingress_plan::hold_bytes(entry& of, std::uint64_t bytes) noexcept {
  bytes_ += bytes - std::exchange(of.bytes, bytes);
}

ingress_tally ingress_plan::take_tally() noexcept {
  tally_.before_batch = 0;
  for (std::size_t i = 0; i < rank_count; ++i) {
    const auto rank = static_cast<priority>(i);
    tally_.before_batch += admission_.queued(rank);
    tally_.wait[i] = admission_.wait(rank);
  }
  tally_.load = admission_.load();
  tally_.correction = admission_.correction();
  tally_.kv_committed = admission_.kv_committed();
  return std::exchange(tally_, {});
}

}  // namespace hawser::actors
