#include "runtime/simulated_scheduler.hpp"

#include "runtime/cell.hpp"

#include <algorithm>
#include <utility>

namespace hawser::runtime {

void simulated_scheduler::ready(cell_ptr actor) {
  const auto [at, is_new] = numbers_.try_emplace(actor.get(), static_cast<std::uint32_t>(known_.size()));
  ready_.push_back(at->second);
  if (!is_new) return;
  known_.push_back(std::move(actor));
  ranks_.push_back(how_.turns_a_rank == 0 ? 0 : dice_.draw());
}

std::size_t simulated_scheduler::choose() {
  if (how_.turns_a_rank == 0) return dice_.below(static_cast<std::uint32_t>(ready_.size()));
  if (dice_.one_in(how_.turns_a_rank))
    ranks_[dice_.below(static_cast<std::uint32_t>(ranks_.size()))] = dice_.draw();
  const auto first =
      std::ranges::min_element(ready_, {}, [this](std::uint32_t number) { return ranks_[number]; });
  return static_cast<std::size_t>(first - ready_.begin());
}

bool simulated_scheduler::turn() {
  if (ready_.empty()) return false;
  const std::size_t at = choose();
  const std::uint32_t number = ready_[at];
  ready_[at] = ready_.back();
  ready_.pop_back();
  const cell_ptr actor = known_[number];
  if (watch_) watch_(number, *actor);
  const std::uint32_t letters = how_.letters > 1 ? dice_.between(1, how_.letters) : 1;
  if (actor->turn(letters)) ready_.push_back(number);
  if (how_.turn_cost > duration::zero())
    time_.advance(duration(dice_.below(static_cast<std::uint32_t>(how_.turn_cost.count()) + 1)));
  return true;
}

bool simulated_scheduler::step() {
  if (turn()) return true;
  const time_point next = time_.next_due();
  if (next == time_point::max()) return false;
  time_.advance(next - time_.now());
  return true;
}

}  // namespace hawser::runtime
