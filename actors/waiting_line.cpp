#include "actors/waiting_line.hpp"

#include <tuple>

namespace hawser::actors {

waiting_line::choice waiting_line::front(runtime::time_point now) const noexcept {
  choice best;
  runtime::time_point best_since = runtime::time_point::max();
  for (std::size_t rank = 0; rank < lines_.size(); ++rank) {
    runtime::time_point since{};
    const sequence_ptr* who = lines_[rank].longest(since);
    if (who == nullptr) continue;
    std::uint32_t at = risen(static_cast<priority>(rank), now - since);
    if (at == rank) {
      // Nobody has waited long enough to rise.
      who = lines_[rank].next(newest_[rank]);
      since = runtime::time_point::max();
    }
    if (best.who &&
        std::tuple(at, since, (*who)->arrival) >= std::tuple(best.level, best_since, best.who->arrival)) {
      continue;
    }
    best = {*who, at};
    best_since = since;
  }
  return best;
}

void waiting_line::seat(const sequence& who, runtime::time_point now) {
  fair_line& in = line_of(who);
  in.remove(who);
  in.serve(who, now);
}

std::uint32_t waiting_line::risen(priority rank, runtime::duration waited) const noexcept {
  const auto from = static_cast<std::uint32_t>(rank);
  if (ageing_ <= runtime::duration::zero()) return from;
  const auto steps = waited / ageing_;
  return steps >= from ? 0 : from - static_cast<std::uint32_t>(steps);
}

}  // namespace hawser::actors
