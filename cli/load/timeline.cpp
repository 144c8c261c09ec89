#include "cli/load/timeline.hpp"

#include <algorithm>

namespace hawser::load {

timeline::change& timeline::at(std::chrono::nanoseconds time) {
  const auto index = static_cast<std::size_t>(std::max<std::int64_t>(time / slot_length, 0));
  if (index >= changes_.size()) changes_.resize(index + 1);
  return changes_[index];
}

void timeline::add(const outcome& one, bool good) {
  change& begin = at(one.intended);
  ++begin.sums.due;
  ++begin.in_flight;
  ++begin.waiting;
  --at(one.first_text.count() > 0 ? one.first_text : one.ended).waiting;
  change& end = at(one.ended);
  --end.in_flight;
  if (one.how == ending::complete)
    ++end.sums.complete;
  else if (one.how == ending::quota || one.how == ending::overload)
    ++end.sums.refused;
  else if (one.how != ending::left && one.how != ending::unfinished)
    ++end.sums.failed;
  if (good) ++end.sums.good;
  if (one.tokens == 0) return;
  const auto from = one.first_text.count() > 0 ? one.first_text : one.ended;
  const auto to = std::max(one.last_text, from);
  const auto first = from / slot_length, last = to / slot_length;
  const double each = static_cast<double>(one.tokens) / static_cast<double>(last - first + 1);
  for (auto i = first; i <= last; ++i) at(i * slot_length).sums.tokens += each;
}

std::vector<slot> timeline::slots(std::size_t most, std::chrono::nanoseconds& length) const {
  const std::size_t join =
      std::max<std::size_t>(1, (changes_.size() + most - 1) / std::max<std::size_t>(most, 1));
  length = slot_length * static_cast<std::int64_t>(join);
  std::vector<slot> made((changes_.size() + join - 1) / join);
  std::int32_t in_flight = 0, waiting = 0;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const change& from = changes_[i];
    slot& to = made[i / join];
    to.due += from.sums.due;
    to.complete += from.sums.complete;
    to.good += from.sums.good;
    to.refused += from.sums.refused;
    to.failed += from.sums.failed;
    to.tokens += from.sums.tokens;
    in_flight += from.in_flight;
    waiting += from.waiting;
    to.in_flight = static_cast<std::uint32_t>(std::max(in_flight, 0));
    to.waiting = static_cast<std::uint32_t>(std::max(waiting, 0));
  }
  return made;
}

}  // namespace hawser::load
