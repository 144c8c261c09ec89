// Who waits too long, and what a refusal says.
#include "actors/ingress_plan.hpp"

#include <algorithm>
#include <utility>

namespace hawser::actors {
namespace {

std::string sentence(limit over, priority rank, std::chrono::milliseconds again) {
  constexpr std::array<const char*, rank_count> names{"interactive", "standard", "batch"};
  const std::string of = names[static_cast<std::size_t>(rank)];
  std::string text;
  switch (over) {
  case limit::queued_requests:
    text = "as many " + of + " requests wait as may";
    break;
  case limit::requests:
    text = "as many requests are being answered as may";
    break;
  case limit::queued_tokens:
    text = "as many prompt tokens wait as may";
    break;
  case limit::kv_memory:
    text = "the memory for keys and values is spoken for";
    break;
  case limit::wait:
    text = "a " + of + " request would wait too long now";
    break;
  case limit::load:
    text = "the server is too busy for " + of + " requests";
    break;
  case limit::share:
    text = "the server is busy, and this key has more than its share of it";
    break;
  case limit::memory:
    text = "the server has no memory left (memory_limit)";
    break;
  case limit::deadline:
    text = "the request's deadline cannot be met";
    break;
  case limit::first_token:
    text = "the first token cannot come in the time that was asked for";
    break;
  case limit::token_time:
    text = "tokens come slower than was asked for";
    break;
  case limit::none:
    break;
  }
  return text + ": come back in " + std::to_string(again.count() / 1000) + " s";
}

refusal why(limit over) noexcept {
  if (over >= limit::deadline) return refusal::late;
  return over == limit::share ? refusal::over_quota : refusal::overloaded;
}

}  // namespace

void ingress_plan::know_batch(const batch_state& now) noexcept {
  const auto seconds = [](runtime::duration time) { return std::chrono::duration<double>(time).count(); };
  admission_.know_rates(now.prefill_rate, seconds(now.decode_step), seconds(now.token_pace));
  admission_.know_allowed(now.pages_allowed);
  kv_used_ = now.pages == 0 ? 0.0 : static_cast<double>(now.pages_used) / now.pages;
}

refused ingress_plan::no_room(request_id id, priority rank, const verdict& v) {
  return {.id = id,
          .why = why(v.over),
          .message = sentence(v.over, rank, v.retry_after),
          .field = {},
          .retry_after = v.retry_after,
          .limit = std::string(name_of(v.over))};
}

bool ingress_plan::somebody_waits() const noexcept {
  return std::any_of(lines_.begin(), lines_.end(), [](const line& l) { return !l.empty(); });
}

// Its prefill would begin too late.
std::optional<limit> ingress_plan::late(const entry& e, runtime::time_point now) const {
  const generation_spec& spec = e.from.spec;
  const auto own = std::chrono::duration_cast<runtime::duration>(
      std::chrono::duration<double>(admission_.prefill_seconds(e.held.counted)));
  if (spec.deadline != runtime::time_point::max() && now + own > spec.deadline) return limit::deadline;
  if (spec.first_token_within > runtime::duration{}) {
    if (now + own > e.arrived + spec.first_token_within) return limit::first_token;
    return std::nullopt;
  }
  const runtime::duration target = admission_.target(spec.rank);
  if (target <= runtime::duration{} || !admission_.standing(spec.rank)) return std::nullopt;
  if (now > e.arrived + std::max(target - own, target / 4)) return limit::wait;
  return std::nullopt;
}

ingress_plan::late_ones ingress_plan::watch(runtime::time_point now, double chance) {
  late_ones all;
  if (!limits_.admission.control) return all;
  std::array<std::optional<runtime::duration>, rank_count> oldest;
  for (std::size_t i = 0; i < rank_count; ++i) {
    if (!lines_[i].empty()) oldest[i] = now - lines_[i].begin()->first;
  }
  admission_.look(oldest, now);
  std::vector<request_id> gone;
  for (std::size_t i = 0; i < rank_count; ++i) {
    const auto rank = static_cast<priority>(i);
    for (const auto& [arrived, id] : lines_[i]) {
      entry& e = entries_.at(id);
      if (e.now == stage::running || e.sent_away) continue;
      const auto over = late(e, now);
      if (!over) continue;
      refused no = no_room(id, rank, admission_.send_away(*over, e.held, now - e.arrived, now, chance));
      if (e.now == stage::waiting) {
        e.sent_away = true;
        all.waiting.push_back({std::move(no)});
        continue;
      }
      all.to.push_back(e.from.listener);
      all.tokenizing.push_back(std::move(no));
      gone.push_back(id);
    }
    if (admission_.standing(rank) != newest_[i]) {
      newest_[i] = !newest_[i];
      all.order.push_back({rank, newest_[i]});
    }
  }
  // Who waits for a seat may get one, or leave, before the batcher hears of it: that one counts.
  for (const refused& no : all.tokenizing) tally_.refused.count(no);
  for (const request_id id : gone) drop(id);
  return all;
}

}  // namespace hawser::actors
