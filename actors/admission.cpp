#include "actors/admission.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hawser::actors {
namespace {

double seconds(runtime::duration time) noexcept {
  return std::chrono::duration<double>(time).count();
}

runtime::duration duration_of(double s) noexcept {
  return std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(s));
}

// Of a class's target: a queue whose quickest waits longer stands. CoDel's own share is a twentieth, but here
// the door keeps a queue that is as long as can be served in time, and that one is in order.
constexpr double standing_share = 0.9;

// Of the time that there is, so much may be expected to be spent with waiting.
constexpr double certain_share = 0.8;

// The same of a batch request's own deadline: it gives way to whoever comes, and how long answers become is
// known late in a crowd, because the short ones end first.
constexpr double batch_share = 0.5;

// Tokens of an answer are dearer than those of a prompt, because few share a step.
std::uint64_t share_cost(const claim& c) noexcept {
  return c.tokens + 4 * std::uint64_t{c.answer};
}

}  // namespace

namespace {

constexpr std::array<std::string_view, limit_count> limit_names{
    "",     "queued_requests", "requests", "queued_tokens", "kv_memory",   "wait",
    "load", "share",           "memory",   "deadline",      "first_token", "token_time"};

}  // namespace

std::string_view name_of(limit which) noexcept {
  return limit_names[static_cast<std::size_t>(which)];
}

limit limit_named(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(limit_names, name);
  return found == limit_names.end() ? limit::none : static_cast<limit>(found - limit_names.begin());
}

admission::admission(admission_limits given) : guess_(rank_count, answer_guess(given.expected_answer)) {
  use(given);
}

void admission::use(const admission_limits& now) {
  limits_ = now;
  watch_.clear();
  for (const runtime::duration target : limits_.first_token)
    watch_.emplace_back(duration_of(standing_share * seconds(target)));
}

void admission::know_room(kv_shape shape, std::uint32_t seats) {
  shape_ = std::move(shape);
  seats_ = seats;
}

void admission::know_rates(double prefill_rate, double token_seconds, double pace_seconds) noexcept {
  rate_ = prefill_rate;
  token_seconds_ = token_seconds;
  pace_seconds_ = pace_seconds > 0.0 ? pace_seconds : token_seconds;
  if (pace_seconds_ <= 0.0) return;
  // The least so far, forgotten slowly: what an answer alone takes.
  const double forgotten = least_pace_seconds_ * (1.0 + 1.0 / 1024);
  least_pace_seconds_ = least_pace_seconds_ > 0.0 ? std::min(forgotten, pace_seconds_) : pace_seconds_;
}

double admission::prefill_seconds(std::uint64_t tokens) const noexcept {
  if (rate_ <= 0.0) return 0.0;
  // Beside answers a prompt gets what their share of a step leaves, but at least half.
  constexpr double step_seconds = 0.1;
  std::uint64_t answering = 0;
  for (const queue& q : by_rank_) answering += q.answering;
  const double share = answering == 0 ? 1.0 : std::max(0.5, 1.0 - token_seconds_ / step_seconds);
  return correction_.factor() * static_cast<double>(tokens) / (rate_ * share);
}

double admission::wait(priority rank, std::uint32_t sequences) const noexcept {
  std::uint64_t unread = 0;
  std::uint32_t ahead = 0;
  double answers = 0.0;  // tokens: who answers already is half through, on average
  for (std::size_t i = 0; i <= index(rank); ++i) {
    const queue& q = by_rank_[i];
    unread += q.unread;
    ahead += q.sequences;
    answers += static_cast<double>(q.answers) + 0.5 * static_cast<double>(q.answering);
  }
  double for_seat = 0.0;
  if (seats_ > 0 && ahead > 0 && ahead + sequences > seats_) {
    const double departures = std::min(1.0, static_cast<double>(ahead + sequences - seats_) / ahead);
    for_seat = correction_.factor() * answers * pace_seconds_ / seats_ * departures;
  }
  return (prefill_seconds(unread) + for_seat) / left_by_higher(rank);
}

// Of the device's time: higher classes go on coming, and are served first.
double admission::left_by_higher(priority rank) const noexcept {
  double taken = 0.0;
  for (std::size_t i = 0; i < index(rank); ++i) taken += flows_[i].share(now_);
  return std::max(0.1, 1.0 - taken);
}

std::uint32_t admission::together() const noexcept {
  std::uint32_t sequences = 0;
  for (const queue& q : by_rank_) sequences += q.sequences;
  return std::clamp(sequences, 1u, std::max(1u, seats_));
}

// Seconds of the device, to the last token of all that were let in of this class and of those before it.
double admission::work_ahead(priority rank) const noexcept {
  std::uint64_t unread = 0;
  double answers = 0.0;
  for (std::size_t i = 0; i <= index(rank); ++i) {
    unread += by_rank_[i].unread;
    answers += static_cast<double>(by_rank_[i].answers) + 0.5 * static_cast<double>(by_rank_[i].answering);
  }
  return device_seconds(static_cast<double>(unread), answers);
}

// A token of an answer costs a full batch no less than one of a prompt does, whatever was seen of few.
double admission::device_seconds(double prompt, double answer) const noexcept {
  const double of_prompt = rate_ > 0.0 ? 1.0 / rate_ : 0.0;
  const double of_answer = std::max(token_seconds_ / std::max(1u, seats_), of_prompt);
  return std::max(1.0, correction_.factor()) * (prompt * of_prompt + answer * of_answer);
}

void admission::arrived(const claim& held, runtime::time_point now) noexcept {
  now_ = std::max(now_, now);
  flows_[index(held.rank)].add(cost(held), now);
}

double admission::kv_committed() const noexcept {
  double sum = 0.0;
  for (const queue& q : by_rank_) sum += q.kv;
  return sum;
}

double admission::load() const noexcept {
  std::uint64_t unread = 0;
  for (const queue& q : by_rank_) unread += q.unread;
  const double target = seconds(limits_.first_token[index(priority::standard)]);
  const double backlog = target > 0.0 ? prefill_seconds(unread) / target : 0.0;
  // On a device where an answer alone takes long, slow tokens are no sign of load.
  const double wanted = std::max(seconds(limits_.token_time), 4 * least_pace_seconds_);
  const double pace = claims_ > 0 && wanted > 0.0 ? pace_seconds_ / wanted : 0.0;
  return std::max({kv_committed() / allowed_, backlog, pace});
}

// Those of lower classes wait for no one's sake.
bool admission::owed(priority rank, runtime::time_point now) const noexcept {
  const auto end = slots_.begin() + static_cast<std::ptrdiff_t>(index(rank)) + 1;
  return std::any_of(slots_.begin(), end, [now](const retry_slots& s) { return s.owed(now); });
}

std::uint64_t admission::uncached(std::uint64_t tokens) const noexcept {
  return static_cast<std::uint64_t>(std::ceil(static_cast<double>(tokens) * (1.0 - 0.9 * cached_share_)));
}

double admission::kv_of(std::uint64_t tokens, std::uint32_t sequences) const noexcept {
  double most = 0.0;
  for (const kv_shape::group& g : shape_.groups) {
    const std::uint64_t held =
        g.window == 0 ? tokens : std::min<std::uint64_t>(tokens, g.window + shape_.page_tokens);
    const std::uint64_t pages = (held + shape_.page_tokens - 1) / shape_.page_tokens;
    if (g.pages > 0) most = std::max(most, static_cast<double>(pages * sequences) / g.pages);
  }
  return most;
}

void admission::fill(claim& into, const admission_ask& ask) const {
  const std::uint32_t answer = std::min(ask.max_tokens, expected_answer(ask.rank));
  into.tokens = ask.tokens;
  into.counted = uncached(ask.tokens);
  // The batch lets no long prompt stand in the way of the others, so for them it is as long as a quarter of
  // the standard target, at most.
  if (const double most = rate_ * seconds(limits_.first_token[index(priority::standard)]) / 4; most > 0.0)
    into.counted = std::min(into.counted, static_cast<std::uint64_t>(most) + 1);
  into.sequences = ask.sequences;
  into.answer = answer * ask.sequences;
  // Pages that the prefix cache has are shared.
  into.kv = kv_of(uncached(ask.tokens) + answer, ask.sequences);
}

double admission::cost(const claim& of) const noexcept {
  return device_seconds(static_cast<double>(of.counted), of.answer);
}

bool admission::over_share(std::string_view key) const {
  if (accounts_.size() < 2) return false;
  const auto found = accounts_.find(std::string(key));
  return found != accounts_.end() && found->second.cost * all_shares_ > all_cost_ * found->second.share;
}

limit admission::bound(const admission_ask& ask) const noexcept {
  if (queued(ask.rank) >= limits_.queued_requests) return limit::queued_requests;
  if (claims_ >= limits_.requests) return limit::requests;
  // One alone is always tried: whether it fits is known when it is tokenized.
  if (queued_tokens_ > 0 && queued_tokens_ + ask.tokens > limits_.queued_tokens) return limit::queued_tokens;
  if (!ask.fits) return limit::memory;
  return limit::none;
}

// What cannot be done in the time that the request itself has.
limit admission::late(const admission_ask& ask, const claim& mine) const noexcept {
  const double turn = wait(ask.rank, ask.sequences);
  const double first = turn + prefill_seconds(uncached(ask.tokens));
  if (ask.left != runtime::duration::max()) {
    const double pace = std::max(pace_seconds_, device_seconds(0.0, together()));
    const double answer = std::min(ask.max_tokens, guess_[index(ask.rank)].typical()) * pace;
    // A seat is no promise: higher classes take it back. So the device must have time for all that goes
    // before and beside it, too.
    const double left = left_by_higher(ask.rank);
    const bool crowded = left < 0.95 || (seats_ > 0 && together() == seats_);
    const double by_work = crowded ? (work_ahead(ask.rank) + cost(mine)) / left : 0.0;
    const double share = ask.rank == priority::batch ? batch_share : certain_share;
    if (std::max(first + answer, by_work / share) > seconds(ask.left)) return limit::deadline;
  }
  if (ask.first_token_within > runtime::duration{} && first > seconds(ask.first_token_within))
    return limit::first_token;
  if (ask.token_within > runtime::duration{} && claims_ > 0 && pace_seconds_ > seconds(ask.token_within))
    return limit::token_time;
  return limit::none;
}

limit admission::ladder(const admission_ask& ask) noexcept {
  const double now = load();
  const std::array rungs{limits_.shed_batch, limits_.shed_standard, limits_.shed_all};
  for (std::size_t i = 0; i < rungs.size(); ++i)
    shedding_[i] = now >= rungs[i] || (shedding_[i] && now >= rungs[i] - limits_.hysteresis);
  if (claims_ == 0) return limit::none;
  if (shedding_[0] && ask.rank == priority::batch) return limit::load;
  if (shedding_[2] && ask.rank != priority::interactive) return limit::load;
  const bool judged = shedding_[2] || (shedding_[1] && ask.rank == priority::standard);
  return judged && over_share(ask.key) ? limit::share : limit::none;
}

limit admission::room(const admission_ask& ask, const claim& mine, runtime::time_point now) const noexcept {
  const double target = seconds(limits_.first_token[index(ask.rank)]);
  if (target > 0.0 && ask.first_token_within == runtime::duration{}) {
    // A prompt that itself takes longer than the target may wait a quarter of it, so that it is not refused
    // for ever; and not all of the time is given away, because it is a guess.
    double most = std::max(certain_share * (target - prefill_seconds(mine.counted)), target / 4);
    // Who was told to come back goes first.
    if (!ask.returns && owed(ask.rank, now)) most /= 2;
    if (wait(ask.rank, ask.sequences) > most) return limit::wait;
  }
  // Pages of lower classes go to interactive requests when it comes to it.
  const double committed = ask.rank == priority::interactive ? by_rank_[0].kv : kv_committed();
  // One that needs nearly everything comes in when half is free, and waits for the rest.
  const bool fits = committed + mine.kv <= limits_.kv_share * allowed_ || committed <= 0.5 * allowed_;
  return fits ? limit::none : limit::kv_memory;
}

verdict admission::judge(const admission_ask& ask, runtime::time_point now, double chance) {
  now_ = std::max(now_, now);
  claim mine;
  fill(mine, ask);
  limit over = bound(ask);
  if (over == limit::none && limits_.control) over = late(ask, mine);
  const bool too_late = over >= limit::deadline;
  const bool by_load = limits_.control && !ask.let_in;
  if (over == limit::none && by_load) over = ladder(ask);
  if (over == limit::none && by_load) over = room(ask, mine, now);
  if (over == limit::none) return {};
  double until = wait(ask.rank, ask.sequences);
  if (over == limit::kv_memory) {
    // Pages come back as answers end: as many of them as stand above the limit.
    std::uint32_t sequences = 0;
    double answers = 0.0;
    for (const queue& q : by_rank_) {
      sequences += q.sequences;
      answers += static_cast<double>(q.answers + q.answering);
    }
    const double above =
        std::min(1.0, (kv_committed() + mine.kv - limits_.kv_share * allowed_) / kv_committed());
    until += sequences > 0 ? above * answers / sequences * pace_seconds_ : 0.0;
  }
  // Its own time is too short whenever it comes: no place is kept for it.
  return {over, slots_[index(ask.rank)].book(until, too_late ? 0.0 : cost(mine), now, chance)};
}

verdict admission::send_away(limit over, const claim& held, runtime::duration waited, runtime::time_point now,
                             double chance) {
  learn_wait(held, waited, true);
  return {over, slots_[index(held.rank)].book(wait(held.rank, held.sequences),
                                              over >= limit::deadline ? 0.0 : cost(held), now, chance)};
}

void admission::count(const claim& c, int sign) {
  const auto add = [sign](auto& to, auto what) {
    if (sign > 0) {
      to += what;
    } else {
      to -= what;
    }
  };
  queue& q = by_rank_[index(c.rank)];
  if (c.now == claim::stage::waiting) {
    add(q.queued, 1u);
    add(queued_tokens_, c.tokens);
  }
  if (c.now == claim::stage::answering) {
    add(q.answering, std::uint64_t{c.answer});
  } else {
    add(q.unread, c.counted);
    add(q.answers, std::uint64_t{c.answer});
  }
  add(q.sequences, c.sequences);
  add(q.kv, c.kv);
  add(all_cost_, static_cast<double>(share_cost(c)));
  add(accounts_[c.key].cost, static_cast<double>(share_cost(c)));
  if (q.sequences == 0) q.kv = 0.0;  // what rounding left
}

claim admission::enter(const admission_ask& ask) {
  claim made;
  made.rank = ask.rank;
  made.key = ask.key;
  fill(made, ask);
  made.forecast = (wait(ask.rank, ask.sequences) + prefill_seconds(made.counted)) / correction_.factor();
  // The only part that may fail for want of memory, so it comes first.
  account& of = accounts_[made.key];
  all_shares_ += static_cast<double>(ask.share) - (of.claims++ == 0 ? 0.0 : of.share);
  of.share = static_cast<double>(ask.share);
  count(made, 1);
  ++claims_;
  return made;
}

void admission::leave(const claim& held) {
  count(held, -1);
  --claims_;
  const auto of = accounts_.find(held.key);
  if (--of->second.claims > 0) return;
  all_shares_ = accounts_.size() == 1 ? 0.0 : all_shares_ - of->second.share;  // what rounding left
  accounts_.erase(of);
}

void admission::cached(claim& held, std::uint32_t tokens) noexcept {
  if (held.now != claim::stage::waiting) return;
  const std::uint64_t less = std::min<std::uint64_t>(tokens, held.tokens);
  // What was expected of the cache is taken back for what is known.
  const std::uint64_t counted = std::min(held.counted, held.tokens - less);
  queue& q = by_rank_[index(held.rank)];
  q.unread -= held.counted - counted;
  held.counted = counted;
  const double kv = kv_of(held.tokens - less + held.answer / std::max(1u, held.sequences), held.sequences);
  q.kv += kv - held.kv;
  held.kv = kv;
  queued_tokens_ -= less;
  all_cost_ -= static_cast<double>(less);
  accounts_[held.key].cost -= static_cast<double>(less);
  held.tokens -= less;
}

void admission::seated(claim& held) noexcept {
  if (held.now != claim::stage::waiting) return;
  queue& q = by_rank_[index(held.rank)];
  --q.queued;
  queued_tokens_ -= held.tokens;
  held.now = claim::stage::prefilling;
}

void admission::answering(claim& held, runtime::duration waited, runtime::time_point now) noexcept {
  seated(held);
  if (held.now == claim::stage::answering) return;
  queue& q = by_rank_[index(held.rank)];
  q.unread -= held.counted;
  q.answers -= held.answer;
  q.answering += held.answer;
  held.now = claim::stage::answering;
  learn_wait(held, waited, false);
  const double own = prefill_seconds(held.counted);
  watch_[index(held.rank)].served(std::max(runtime::duration{}, waited - duration_of(own)), now);
}

// Batch requests wait for whoever comes later, too: of them nothing can be learned.
void admission::learn_wait(const claim& held, runtime::duration waited, bool at_least) noexcept {
  if (held.rank != priority::batch) correction_.learn(held.forecast, seconds(waited), at_least);
}

void admission::learn(const claim& held, std::uint32_t prompt, std::uint32_t cached, std::uint32_t answer,
                      bool cut) {
  if (prompt > 0)
    cached_share_ += (static_cast<double>(std::min(cached, prompt)) / prompt - cached_share_) / 64;
  if (answer > 0 && held.sequences > 0)
    guess_[index(held.rank)].learn(std::max(1u, answer / held.sequences), cut);
}

void admission::look(const std::array<std::optional<runtime::duration>, rank_count>& oldest,
                     runtime::time_point now) noexcept {
  now_ = std::max(now_, now);
  for (std::size_t i = 0; i < rank_count; ++i) watch_[i].look(oldest[i], now);
}

}  // namespace hawser::actors
