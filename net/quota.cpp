#include "net/quota.hpp"

#include <algorithm>
#include <chrono>

namespace hawser::net {
namespace {

constexpr double minute = 60.0;
constexpr double rounding = 1e-9;  // who comes back when he was told to is not a nanosecond early
constexpr runtime::duration nap = std::chrono::seconds(1);  // nobody knows when a request ends

}  // namespace

void token_bucket::fill(runtime::time_point now) noexcept {
  if (now <= seen_) return;
  const double seconds = std::chrono::duration<double>(now - seen_).count();
  level_ = std::min(most_, level_ + seconds * most_ / minute);
  seen_ = now;
}

runtime::duration token_bucket::time_of(double many) const noexcept {
  if (many <= most_ * rounding) return {};
  constexpr double longest = 86'400;
  const double seconds = std::min(longest, many / most_ * minute);
  return std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(seconds));
}

runtime::duration token_bucket::time_until(double many, runtime::time_point now) noexcept {
  if (most_ <= 0) return {};
  fill(now);
  return time_of(std::min(many, most_) - level_);
}

void token_bucket::take(double many, runtime::time_point now) noexcept {
  if (most_ <= 0) return;
  fill(now);
  level_ = std::min(most_, level_ - many);
}

void token_bucket::change(double a_minute, runtime::time_point now) noexcept {
  fill(now);
  level_ = most_ > 0 ? level_ / most_ * a_minute : a_minute;
  most_ = a_minute;
  seen_ = now;
}

bucket_view token_bucket::view(runtime::time_point now) noexcept {
  if (most_ <= 0) return {};
  fill(now);
  return {static_cast<std::uint64_t>(most_), static_cast<std::uint64_t>(std::max(0.0, level_)),
          time_of(most_ - level_)};
}

quota::quota(quota_limits limits, runtime::time_point now) noexcept
    : limits_(limits), requests_(limits.requests, now), tokens_(limits.tokens, now) {}

quota_verdict quota::take(double tokens, runtime::time_point now) noexcept {
  if (limits_.concurrency != 0 && running_ >= limits_.concurrency) return {quota_limit::concurrency, nap};
  const runtime::duration request = requests_.time_until(1, now);
  const runtime::duration of_tokens = tokens_.time_until(tokens, now);
  // The one that is met last: who waits for it finds the other one met too.
  if (request > of_tokens) return {quota_limit::requests, request};
  if (of_tokens > runtime::duration{}) return {quota_limit::tokens, of_tokens};
  if (request > runtime::duration{}) return {quota_limit::requests, request};
  requests_.take(1, now);
  tokens_.take(tokens, now);
  ++running_;
  return {};
}

quota_verdict quota::grow(double tokens, runtime::time_point now) noexcept {
  if (const runtime::duration wait = tokens_.time_until(tokens, now); wait > runtime::duration{})
    return {quota_limit::tokens, wait};
  tokens_.take(tokens, now);
  return {};
}

void quota::settle(double tokens, double used, runtime::time_point now) noexcept {
  tokens_.take(used - tokens, now);
  --running_;
}

void quota::give_back(double tokens, runtime::time_point now) noexcept {
  requests_.give_back(1, now);
  tokens_.give_back(tokens, now);
  --running_;
}

void quota::change(quota_limits limits, runtime::time_point now) noexcept {
  requests_.change(limits.requests, now);
  tokens_.change(limits.tokens, now);
  limits_ = limits;
}

quota_view quota::view(runtime::time_point now) noexcept {
  return {requests_.view(now), tokens_.view(now)};
}

}  // namespace hawser::net
