#include "actors/ingress_plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hawser::actors {
namespace {

using std::chrono::milliseconds;

// English text has about four bytes a token; too low a guess lets too much in, so three.
std::uint64_t estimate(const generation_spec& spec) noexcept {
  if (const auto* text = std::get_if<plain_prompt>(&spec.prompt)) return text->text.size() / 3 + 1;
  if (const auto* given = std::get_if<token_prompt>(&spec.prompt)) return given->tokens.size();
  // The bytes of a chat are not counted on this strand; the body's bound stands before it.
  const auto& context = std::get<chat_prompt>(spec.prompt).context;
  return 256 * std::max<std::uint64_t>(1, context.size());
}

refused no(request_id id, refusal why, std::string message, milliseconds retry_after = {}) {
  return {.id = id, .why = why, .message = std::move(message), .field = {}, .retry_after = retry_after};
}

refused not_now(request_id id, phase is) {
  if (is == phase::draining) return no(id, refusal::stopping, "the server is stopping", milliseconds(5000));
  if (is == phase::failed)
    return no(id, refusal::not_ready, "the model cannot be used: see the server's log", milliseconds(10000));
  return no(id, refusal::not_ready, "the model is not ready yet", milliseconds(2000));
}

ended last_word(request_id id, finish why, std::string message) {
  ended last{};
  last.id = id;
  last.why = why;
  last.message = std::move(message);
  return last;
}

}  // namespace

void ingress_plan::know_model(std::uint32_t longest, std::uint32_t vocabulary) noexcept {
  limits_.longest = longest;
  limits_.vocabulary = vocabulary;
}

refused ingress_plan::count(refused r) noexcept {
  ++tally_.refused[static_cast<std::size_t>(r.why)];
  return r;
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
  const std::uint64_t tokens = estimate(what.spec);
  if (auto too_many = overloaded(what, tokens, chance)) return count(std::move(*too_many));
  ++queued_[static_cast<std::size_t>(what.spec.rank)];
  queued_tokens_ += tokens;
  const request_id id = what.id;
  prompt_text prompt = std::move(what.spec.prompt);
  entries_.emplace(id, entry{std::move(what), stage::tokenizing, tokens, now});
  what = {};
  what.id = id;
  what.spec.prompt = std::move(prompt);
  what.spec.deadline = entries_.at(id).from.spec.deadline;
  return std::nullopt;
}

std::optional<refused> ingress_plan::overloaded(const generate& what, std::uint64_t tokens, double chance) {
  const priority rank = what.spec.rank;
  if (queued(rank) >= limits_.queued_requests || entries_.size() >= limits_.requests) {
    ++tally_.over_requests;
    return no(what.id, refusal::overloaded, "too many requests wait: come back later",
              retry_after(rank, chance));
  }
  // One alone is always tried: whether it fits is known when it is tokenized.
  if (queued_tokens_ > 0 && queued_tokens_ + tokens > limits_.queued_tokens) {
    ++tally_.over_tokens;
    return no(what.id, refusal::overloaded, "too many prompt tokens wait: come back later",
              retry_after(rank, chance));
  }
  return std::nullopt;
}

// Those ahead of a newcomer of this class, at the rate at which requests leave.
milliseconds ingress_plan::retry_after(priority rank, double chance) const noexcept {
  std::uint64_t ahead = 1;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(rank); ++i) ahead += queued_[i];
  const double seconds = static_cast<double>(ahead) * (seconds_each_ > 0.0 ? seconds_each_ : 0.1);
  const double spread = seconds * (0.9 + 0.4 * chance);
  return milliseconds(static_cast<std::int64_t>(std::clamp(std::ceil(spread), 1.0, 60.0) * 1000.0));
}

std::optional<ingress_plan::handover> ingress_plan::prompt_made(actors::prompt_made made,
                                                                runtime::time_point now) {
  const auto found = entries_.find(made.id);
  if (found == entries_.end() || found->second.now != stage::tokenizing) return std::nullopt;
  entry& e = found->second;
  generation_spec& spec = e.from.spec;
  handover out{.to = e.from.listener, .no = {}, .request = {}};
  const auto refuse = [&](refusal why, std::string message, std::string field) {
    out.no = count({.id = made.id,
                    .why = why,
                    .message = std::move(message),
                    .field = std::move(field),
                    .retry_after = {}});
    drop(made.id);
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
  queued_tokens_ += length - e.tokens;
  e.tokens = length;
  e.now = stage::waiting;
  const auto room = limits_.longest - static_cast<std::uint32_t>(length);
  out.request = {.id = made.id,
                 .key = std::move(e.from.key),
                 .salt = {},
                 .share = 1.0f,
                 .prompt = std::make_shared<const std::vector<model::token_id>>(std::move(*made.tokens)),
                 .max_tokens =
                     std::min(spec.max_tokens == 0 ? limits_.default_max_tokens : spec.max_tokens, room),
                 .choices = spec.choices,
                 .sampling = std::move(spec.sampling),
                 .stop = std::move(spec.stop),
                 .ignore_end = spec.ignore_end,
                 .echo_logprobs = spec.echo_logprobs,
                 .rank = spec.rank,
                 .arrived = e.arrived,
                 .deadline = spec.deadline,
                 .first_token_within = {},
                 .token_within = {},
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
  drop(id);
  return out;
}

void ingress_plan::joined(request_id id, std::uint32_t cached_tokens) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.now != stage::waiting) return;
  const std::uint64_t less = std::min<std::uint64_t>(cached_tokens, found->second.tokens);
  found->second.tokens -= less;
  queued_tokens_ -= less;
}

void ingress_plan::started(request_id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.now != stage::waiting) return;
  leave_queue(found->second);
  found->second.now = stage::running;
}

void ingress_plan::left(request_id id, runtime::time_point now) {
  if (!entries_.contains(id)) return;
  drop(id);
  if (last_left_) {
    // Over about 16 departures; a pause of more than a minute says nothing about the rate.
    const double gap = std::min(60.0, std::chrono::duration<double>(now - *last_left_).count());
    seconds_each_ = seconds_each_ == 0.0 ? gap : seconds_each_ + (gap - seconds_each_) / 16.0;
  }
  last_left_ = entries_.empty() ? std::nullopt : std::optional(now);
}

std::vector<ingress_plan::farewell> ingress_plan::batcher_failed(const std::string& why) {
  std::vector<farewell> all;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto next = std::next(at);
    if (at->second.now != stage::tokenizing) {
      all.push_back({std::move(at->second.from.listener), last_word(at->first, finish::error, why)});
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

void ingress_plan::leave_queue(entry& e) noexcept {
  if (e.now == stage::running) return;
  --queued_[static_cast<std::size_t>(e.from.spec.rank)];
  queued_tokens_ -= e.tokens;
}

void ingress_plan::drop(request_id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  leave_queue(found->second);
  entries_.erase(found);
}

ingress_tally ingress_plan::take_tally() noexcept {
  tally_.before_batch = 0;
  for (const std::uint32_t n : queued_) tally_.before_batch += n;
  return std::exchange(tally_, {});
}

}  // namespace hawser::actors
