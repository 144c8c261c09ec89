#include "cpu/team.hpp"

#include "cpu/patience.hpp"
#include "cpu/placement.hpp"

namespace hawser::cpu {

team::team(unsigned threads, const std::vector<std::vector<int>>& places)
    : runs_(std::make_unique<run_of_pieces[]>(threads)) {
  for (unsigned t = 1; t < threads; ++t)
    workers_.emplace_back([this, t, place = t < places.size() ? places[t] : std::vector<int>{}] {
      stay_on(place);
      work(t);
    });
}

team::~team() {
  stop_.store(true, std::memory_order_relaxed);
  number_.fetch_add(1, std::memory_order_release);
  number_.notify_all();
  for (std::thread& t : workers_) t.join();
}

void team::run_phase(std::uint32_t pieces, function call, void* context) {
  if (pieces == 0) return;
  if (workers_.empty() || pieces == 1) {
    for (std::uint32_t i = 0; i < pieces; ++i) call(context, i, 0);
    return;
  }
  const std::uint32_t number = number_.load(std::memory_order_relaxed) + 1;
  phase& slot = phases_[number % 2];
  slot.call.store(call, std::memory_order_relaxed);
  slot.context.store(context, std::memory_order_relaxed);
  slot.pieces.store(pieces, std::memory_order_relaxed);
  open_.store(pieces, std::memory_order_relaxed);
  for (unsigned t = 0; t < threads(); ++t)
    runs_[t].claim.store(std::uint64_t{number} << 32 | first_of(t, pieces), std::memory_order_release);
  number_.store(number, std::memory_order_release);
  number_.notify_all();
  take_part(number, 0);
  for (std::uint32_t open = open_.load(std::memory_order_acquire); open != 0;)
    open = wait_for_change(open_, open);
}

void team::take_part(std::uint32_t number, unsigned thread) {
  for (unsigned i = 0; i < threads(); ++i) take_from((thread + i) % threads(), number, thread);
}

void team::take_from(unsigned owner, std::uint32_t number, unsigned thread) {
  std::atomic<std::uint64_t>& word = runs_[owner].claim;
  std::uint64_t claim = word.load(std::memory_order_acquire);
  for (;;) {
    // The slot is read between the claim and its exchange: when that succeeds the phase was still open, and
    // its slot unchanged.
    const phase& slot = phases_[number % 2];
    const function call = slot.call.load(std::memory_order_relaxed);
    void* const context = slot.context.load(std::memory_order_relaxed);
    const std::uint32_t pieces = slot.pieces.load(std::memory_order_relaxed);
    const auto next = static_cast<std::uint32_t>(claim);
    if (claim >> 32 != number || next >= first_of(owner + 1, pieces)) return;
    if (!word.compare_exchange_weak(claim, claim + 1, std::memory_order_acq_rel, std::memory_order_acquire))
      continue;
    call(context, next, thread);
    if (open_.fetch_sub(1, std::memory_order_acq_rel) == 1 && thread != 0) open_.notify_one();
    claim = word.load(std::memory_order_acquire);
  }
}

void team::work(unsigned thread) {
  std::uint32_t seen = 0;
  for (;;) {
    seen = wait_for_change(number_, seen);
    if (stop_.load(std::memory_order_relaxed)) return;
    take_part(seen, thread);
  }
}

}  // namespace hawser::cpu
