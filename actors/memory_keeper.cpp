#include "actors/memory_keeper.hpp"

#include <algorithm>
#include <utility>

namespace hawser::actors {
namespace {

constexpr std::chrono::milliseconds look_every(50);

}  // namespace

memory_keeper::memory_keeper(runtime::home where, ledger_limits limits, memory_system system,
                             std::shared_ptr<memory_board> board, runtime::address<fit_results> results)
    : actor(where), plan_(limits), system_(std::move(system)), board_(std::move(board)),
      results_(std::move(results)) {}

void memory_keeper::on(keep_within m) {
  limit_ = m.bytes;
  if (limit_ > 0) look();
}

// What the container has left may shrink by what others in it take.
std::uint64_t memory_keeper::limit_now(std::uint64_t resident) const {
  if (!system_.group_left) return limit_;
  const auto left = system_.group_left();
  return left ? std::min(limit_, resident + *left) : limit_;
}

void memory_keeper::look() {
  const std::uint64_t resident = system_.resident ? system_.resident() : 0;
  board_->set(memory_owner::other, 0);
  memory_facts now = board_->read();
  const std::uint64_t known = now.sum();
  const std::uint64_t other = resident - std::min(resident, known);
  board_->set(memory_owner::other, other);
  now.held[static_cast<std::size_t>(memory_owner::other)] = other;
  now.limit = limit_now(resident);
  board_->set_limit(now.limit);
  const memory_orders orders = plan_.weigh(now, time().now());
  board_->set_short(orders.short_of_memory);
  if (orders.results != last_.results && results_) results_.notify(fit_results{orders.results});
  if (batcher_ && (orders.kv != last_.kv || orders.give_back))
    batcher_.notify(fit_pages{orders.kv, orders.give_back});
  last_ = orders;
  if (orders.give_back) {
    board_->count_given_back();
    if (system_.give_back) system_.give_back();
  }
  look_later();
}

void memory_keeper::look_later() {
  timer_ = after(look_every, [this] { look(); });
}

}  // namespace hawser::actors
