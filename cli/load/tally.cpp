#include "cli/load/tally.hpp"

#include <algorithm>

namespace hawser::load {

latencies times_of(const outcome& one) {
  latencies made;
  made.streamed = one.streamed && one.first_text.count() > 0;
  made.e2e = one.ended - one.intended;
  if (!made.streamed) return made;
  made.ttft = one.first_text - one.intended;
  if (one.tokens > 1)
    made.tpot = (one.last_text - one.first_text) / static_cast<std::int64_t>(one.tokens - 1);
  return made;
}

std::uint64_t class_tally::failed() const noexcept {
  return requests - count(ending::complete) - refused() - count(ending::left) - count(ending::unfinished);
}

void class_tally::merge(const class_tally& other) {
  for (std::size_t i = 0; i < endings; ++i) by_ending[i] += other.by_ending[i];
  requests += other.requests;
  good += other.good;
  tokens += other.tokens;
  good_tokens += other.good_tokens;
  prompt_tokens += other.prompt_tokens;
  cached_tokens += other.cached_tokens;
  attempts += other.attempts;
  waited_as_told += other.waited_as_told;
  back_admitted += other.back_admitted;
  accepted_then_late += other.accepted_then_late;
  ttft.merge(other.ttft);
  ttft_from_send.merge(other.ttft_from_send);
  tpot.merge(other.tpot);
  gaps.merge(other.gaps);
  e2e.merge(other.e2e);
  e2e_from_send.merge(other.e2e_from_send);
  refusal.merge(other.refusal);
  lag.merge(other.lag);
}

tally::tally(const std::vector<request_class>& classes, std::chrono::nanoseconds skip) : skip_(skip) {
  for (const request_class& one : classes) {
    class_tally made;
    made.name = one.name;
    made.goal = one.goal;
    classes_.push_back(std::move(made));
  }
}

void tally::add(const outcome& one) {
  class_tally& to = classes_[one.of_class];
  const latencies times = times_of(one);
  const bool good = one.how == ending::complete && met(to.goal, times);
  over_time_.add(one, good);
  if (outcomes_.size() < most_kept) outcomes_.push_back(one);
  last_ = std::max(last_, one.ended);
  if (one.ended < skip_) return;
  ++to.by_ending[static_cast<std::size_t>(one.how)];
  ++to.requests;
  to.tokens += one.tokens;
  to.prompt_tokens += one.prompt_tokens;
  to.cached_tokens += one.cached_tokens;
  to.attempts += one.attempts;
  to.waited_as_told += one.waited_as_told ? 1 : 0;
  to.back_admitted += one.back_admitted ? 1 : 0;
  to.lag.record(one.sent - one.intended);
  if (one.how == ending::quota || one.how == ending::overload) to.refusal.record(one.ended - one.sent);
  if (one.how == ending::timed_out && one.accepted) ++to.accepted_then_late;
  if (one.how != ending::complete) return;
  to.good += good ? 1 : 0;
  to.good_tokens += good ? one.tokens : 0;
  to.e2e.record(times.e2e);
  to.e2e_from_send.record(one.ended - one.sent);
  if (!times.streamed) return;
  to.ttft.record(times.ttft);
  to.ttft_from_send.record(one.first_text - one.sent);
  if (one.tokens > 1) to.tpot.record(times.tpot);
}

class_tally tally::sum() const {
  class_tally all;
  all.name = "all";
  for (const class_tally& one : classes_) all.merge(one);
  return all;
}

}  // namespace hawser::load
