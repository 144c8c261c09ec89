#include "actors/waiting_line.hpp"

#include <utility>

namespace hawser::actors {

void waiting_line::push(sequence_ptr who) {
  line& in = lines_[static_cast<std::size_t>(who->spec.rank)];
  line::iterator at = in.end();
  if (!in.empty() && in.back()->arrival > who->arrival) {
    for (at = in.begin(); (*at)->arrival < who->arrival;) ++at;
  }
  const sequence* const key = who.get();
  places_.emplace(key, in.insert(at, std::move(who)));
}

const sequence_ptr* waiting_line::front(runtime::time_point now) const noexcept {
  const sequence_ptr* best = nullptr;
  std::pair<std::uint32_t, std::uint64_t> best_key;
  for (std::size_t rank = 0; rank < lines_.size(); ++rank) {
    const line& in = lines_[rank];
    if (in.empty()) continue;
    const sequence_ptr& next = newest_[rank] ? in.back() : in.front();
    const std::pair key(level(*next, now), next->arrival);
    if (best == nullptr || key < best_key) {
      best = &next;
      best_key = key;
    }
  }
  return best;
}

bool waiting_line::remove(const sequence& who) {
  const auto found = places_.find(&who);
  if (found == places_.end()) return false;
  lines_[static_cast<std::size_t>(who.spec.rank)].erase(found->second);
  places_.erase(found);
  return true;
}

std::uint32_t waiting_line::level(const sequence& who, runtime::time_point now) const noexcept {
  const auto rank = static_cast<std::uint32_t>(who.spec.rank);
  if (ageing_ <= runtime::duration::zero()) return rank;
  const auto risen = (now - who.arrived) / ageing_;
  return risen >= rank ? 0 : rank - static_cast<std::uint32_t>(risen);
}

}  // namespace hawser::actors
