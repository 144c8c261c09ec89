#include "actors/router_plan.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace hawser::actors {
namespace {

// Long enough that a long prompt is few of them, short enough that a system prompt is some.
constexpr std::uint32_t least_block = 64;

std::size_t positions(const kv_shape& room) noexcept {
  std::size_t most = 0;
  for (const kv_shape::group& g : room.groups) most = std::max(most, std::size_t{g.pages} * room.page_tokens);
  return most;
}

void add(kv_shape& to, const kv_shape& more) {
  if (to.groups.empty()) {
    to = more;
    return;
  }
  for (std::size_t i = 0; i < to.groups.size() && i < more.groups.size(); ++i)
    to.groups[i].pages += more.groups[i].pages;
}

}  // namespace

void router_plan::know(const use_replica& what) {
  if (what.replica >= replicas_.size()) replicas_.resize(what.replica + 1u);
  replica& r = replicas_[what.replica];
  r.open = false;
  r.seats = what.seats;
  r.room = what.room;
  r.last = {};
  const std::uint32_t page = std::max(what.room.page_tokens, 1u);
  const std::uint32_t block = page * ((least_block + page - 1) / page);
  if (!prefixes_) prefixes_.emplace(block, limits_.key);
  prefixes_->forget(what.replica);
  std::size_t most = 0;
  for (const replica& each : replicas_) most += positions(each.room) / block;
  prefixes_->fit(most);
}

void router_plan::open(std::uint32_t which, bool open) noexcept {
  if (which >= replicas_.size()) return;
  replicas_[which].open = open;
  if (open) return;
  // A device that is lost comes back without what it held.
  prefixes_->forget(which);
  replicas_[which].last = {};
}

void router_plan::know_batch(const batch_state& now) noexcept {
  if (now.replica < replicas_.size() && replicas_[now.replica].open) replicas_[now.replica].last = now;
}

double router_plan::rate_of(const replica& r) const noexcept {
  if (r.last.prefill_rate > 0.0) return r.last.prefill_rate;
  double sum = 0.0;
  int known = 0;
  for (const replica& each : replicas_) {
    if (!each.open || each.last.prefill_rate <= 0.0) continue;
    sum += each.last.prefill_rate;
    ++known;
  }
  return known > 0 ? sum / known : 1.0;
}

std::optional<std::uint32_t> router_plan::choose(const join& request,
                                                 std::span<const page_hash> blocks) const {
  std::optional<std::uint32_t> best;
  double least = 0.0;
  for (std::uint32_t i = 0; i < replicas_.size(); ++i) {
    const replica& r = replicas_[i];
    if (!r.open) continue;
    const std::uint64_t length = request.prompt->size();
    const std::uint64_t uncached = length - std::min<std::uint64_t>(length, prefixes_->held(blocks, i));
    const std::uint64_t sequences = std::uint64_t{r.sequences} + request.choices;
    const std::uint64_t without = sequences > r.seats ? sequences - r.seats : 0;
    const double cost =
        static_cast<double>(r.work + uncached + without * limits_.expected_answer) / rate_of(r);
    if (best && (cost > least || (cost == least && r.chosen >= replicas_[*best].chosen))) continue;
    best = i;
    least = cost;
  }
  return best;
}

std::optional<std::uint32_t> router_plan::place(const join& request) {
  if (!prefixes_) return std::nullopt;
  const std::vector<page_hash> blocks =
      prefixes_->blocks_of(world_of(request, limits_.share_prefixes), *request.prompt);
  const auto at = choose(request, blocks);
  if (!at) return std::nullopt;
  entry& e = entries_[request.id];
  try {
    e.from = request;
    e.prompt_tokens = static_cast<std::uint32_t>(request.prompt->size());
    e.answers = std::uint64_t{request.choices} * limits_.expected_answer / 2;
    settle(e, *at, blocks);
  } catch (...) {
    entries_.erase(request.id);
    throw;
  }
  return at;
}

void router_plan::settle(entry& e, std::uint32_t at, std::span<const page_hash> blocks) noexcept {
  const std::uint64_t cached = std::min<std::uint64_t>(prefixes_->held(blocks, at), e.prompt_tokens);
  try {
    prefixes_->note(blocks, at);
  } catch (const std::bad_alloc&) {
    // Then the next one that begins like it may go elsewhere.
  }
  replica& r = replicas_[at];
  r.chosen = ++choices_;
  e.replica = at;
  e.prefill = e.prompt_tokens - cached;
  r.work += e.prefill + e.answers;
  r.sequences += e.from.choices;
}

void router_plan::owe(entry& e, std::uint64_t prefill) noexcept {
  replica& r = replicas_[e.replica];
  r.work += prefill;
  r.work -= std::exchange(e.prefill, prefill);
}

void router_plan::release(entry& e) noexcept {
  replica& r = replicas_[e.replica];
  r.work -= e.prefill + e.answers;
  r.sequences -= e.from.choices;
}

router_plan::entry* router_plan::find(request_id id) noexcept {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

std::optional<std::uint32_t> router_plan::take(const leave& m) {
  entry* const e = find(m.id);
  if (e == nullptr) return std::nullopt;
  if (!e->begun) e->leaving = m;
  return e->replica;
}

std::optional<std::uint32_t> router_plan::take(const shed& m) {
  entry* const e = find(m.no.id);
  if (e == nullptr) return std::nullopt;
  if (!e->begun) e->no = m;
  return e->replica;
}

std::optional<std::uint32_t> router_plan::take(const hold& m) noexcept {
  entry* const e = find(m.id);
  if (e == nullptr) return std::nullopt;
  e->held = m.held;
  return e->replica;
}

std::optional<std::uint32_t> router_plan::take(const postpone& m) noexcept {
  entry* const e = find(m.id);
  if (e == nullptr) return std::nullopt;
  e->from.deadline = std::max(e->from.deadline, m.deadline);
  return e->replica;
}

void router_plan::take(const joined& m) noexcept {
  entry* const e = find(m.id);
  if (e != nullptr && e->prefill > 0) owe(*e, e->prompt_tokens - std::min(e->prompt_tokens, m.cached_tokens));
}

void router_plan::take(const started& m) noexcept {
  entry* const e = find(m.id);
  if (e == nullptr) return;
  e->begun = true;
  e->from.prompt.reset();
}

void router_plan::take(const answering& m) noexcept {
  if (entry* const e = find(m.id)) owe(*e, 0);
}

void router_plan::take(const left& m) noexcept {
  const auto found = entries_.find(m.id);
  if (found == entries_.end()) return;
  release(found->second);
  entries_.erase(found);
}

void router_plan::begin_again(request_id id, moves& into) {
  entry& e = entries_.at(id);
  release(e);
  if (e.begun) {
    into.lost.push_back(id);
    entries_.erase(id);
    return;
  }
  const auto blocks = prefixes_->blocks_of(world_of(e.from, limits_.share_prefixes), *e.from.prompt);
  const auto at = choose(e.from, blocks);
  if (!at) {
    into.lost.push_back(id);
    entries_.erase(id);
    return;
  }
  settle(e, *at, blocks);
  into.again.push_back({*at, e.from, e.held, e.no, e.leaving});
}

router_plan::moves router_plan::take(const handed_back& m) {
  moves all;
  if (const entry* const e = find(m.id); e != nullptr && e->replica == m.replica) begin_again(m.id, all);
  return all;
}

router_plan::moves router_plan::take(const replica_failed& m) {
  open(m.replica, false);
  std::vector<request_id> there;
  for (const auto& [id, e] : entries_) {
    if (e.replica == m.replica) there.push_back(id);
  }
  std::ranges::sort(there);  // as they came
  moves all;
  for (const request_id id : there) begin_again(id, all);
  return all;
}

know_room router_plan::room() const {
  const bool any = std::ranges::any_of(replicas_, &replica::open);
  know_room all;
  for (const replica& r : replicas_) {
    if (any && !r.open) continue;
    all.seats += r.seats;
    add(all.room, r.room);
  }
  return all;
}

batch_state router_plan::state() const noexcept {
  batch_state all;
  int steps = 0, paces = 0;
  for (const replica& r : replicas_) {
    if (!r.open) continue;
    const batch_state& one = r.last;
    all.seats += one.seats;
    all.running += one.running;
    all.waiting += one.waiting;
    all.pages += one.pages;
    all.pages_used += one.pages_used;
    all.pages_allowed = std::min(all.pages_allowed, one.pages_allowed);
    all.prompt_tokens_left += one.prompt_tokens_left;
    if (one.prefill_rate > 0.0) all.prefill_rate += one.prefill_rate;
    if (one.decode_step > runtime::duration{}) {
      all.decode_step += one.decode_step;
      ++steps;
    }
    if (one.token_pace > runtime::duration{}) {
      all.token_pace += one.token_pace;
      ++paces;
    }
  }
  if (steps > 0) all.decode_step /= steps;
  if (paces > 0) all.token_pace /= paces;
  return all;
}

}  // namespace hawser::actors
