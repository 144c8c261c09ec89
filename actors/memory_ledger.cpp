#include "actors/memory_ledger.hpp"

#include <algorithm>

namespace hawser::actors {

memory_orders memory_ledger::weigh(const memory_facts& now, runtime::time_point at) noexcept {
  const std::uint64_t results = now.of(memory_owner::results);
  const std::uint64_t backed =
      now.of(memory_owner::kv) + now.of(memory_owner::prefixes) + now.of(memory_owner::spare);
  const auto soft =
      static_cast<std::uint64_t>(static_cast<double>(now.limit) * std::clamp(limits_.relief_from, 0.0, 1.0));
  const std::uint64_t sum = now.sum();
  if (sum <= now.limit) short_ = false;
  if (sum <= soft) {
    const std::uint64_t left = soft - sum;
    return {.results = std::min(limits_.results, results + left), .kv = backed + left};
  }
  memory_orders orders;
  const std::uint64_t over = sum - soft;
  orders.results = results - std::min(results, over);
  const std::uint64_t from_pages = over - (results - orders.results);
  orders.kv = backed - std::min(backed, from_pages);
  // Answers that were dropped are free memory of the heap, and pages stay backed until they are returned.
  const bool due = !gave_back_ || at - *gave_back_ >= limits_.gc_interval;
  orders.give_back = due;
  if (due) gave_back_ = at;
  // What was ordered now has yet to happen; if it has happened before and did not help, nothing does.
  short_ = sum > now.limit && (short_ || !due);
  orders.short_of_memory = short_;
  return orders;
}

}  // namespace hawser::actors
