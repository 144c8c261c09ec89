#include "runtime/registry.hpp"

#include "runtime/cell.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace hawser::runtime {
namespace {

// Many small lists, so that threads that make actors do not wait for each other.
struct shard {
  std::mutex lock;
  cell* first = nullptr;
  std::uint64_t made = 0;
};

constexpr std::size_t shard_count = 16;
using shards = std::array<shard, shard_count>;

// Never destroyed: actors may be dropped by static destructors.
shards& all_shards() {
  static shards* const them = new shards;
  return *them;
}

std::atomic<std::uint32_t> threads_seen{0};

// A thread keeps to one list.
std::size_t own_shard() noexcept {
  static thread_local const std::size_t mine =
      threads_seen.fetch_add(1, std::memory_order_relaxed) % shard_count;
  return mine;
}

actor_view view_of(const cell& who) {
  actor_view seen;
  seen.id = who.id();
  seen.parent = who.parent();
  seen.name = who.name();
  seen.state = who.state();
  seen.worker = who.worker();
  seen.bound = who.bound();
  seen.counters = who.counters();
  return seen;
}

}  // namespace

std::string_view to_string(actor_state s) noexcept {
  switch (s) {
  case actor_state::running:
    return "running";
  case actor_state::vacant:
    return "vacant";
  case actor_state::ended:
    return "ended";
  }
  return "unknown";
}

void registry::enter(cell& who) noexcept {
  const std::size_t number = own_shard();
  shards& them = all_shards();
  shard& of = them[number];
  const std::lock_guard guard(of.lock);
  // An id names its shard.
  who.entry_.id = of.made++ * shard_count + number + 1;
  who.entry_.next = of.first;
  if (of.first != nullptr) of.first->entry_.previous = &who;
  of.first = &who;
}

void registry::leave(cell& who) noexcept {
  shards& them = all_shards();
  shard& of = them[(who.entry_.id - 1) % shard_count];
  const std::lock_guard guard(of.lock);
  if (who.entry_.previous != nullptr) {
    who.entry_.previous->entry_.next = who.entry_.next;
  } else {
    of.first = who.entry_.next;
  }
  if (who.entry_.next != nullptr) who.entry_.next->entry_.previous = who.entry_.previous;
}

std::vector<actor_view> registry::snapshot(const scheduler* of) {
  std::unordered_map<const cell*, thread_view> at_work;
  for (const thread_view& thread : thread_pages::look()) at_work.emplace(thread.who, thread);
  const std::uint64_t now = ticks::now();
  std::vector<actor_view> seen;
  for (shard& part : all_shards()) {
    const std::lock_guard guard(part.lock);
    for (const cell* who = part.first; who != nullptr; who = who->entry_.next) {
      if (of != nullptr && &who->by() != of) continue;
      seen.push_back(view_of(*who));
      const auto busy = at_work.find(who);
      if (busy == at_work.end()) continue;
      seen.back().handling = busy->second.what->name;
      seen.back().handling_for = ticks::to_time(now - std::min(now, busy->second.since));
    }
  }
  std::ranges::sort(seen, {}, &actor_view::id);
  return seen;
}

registry::found registry::find(const cell* where) {
  for (shard& part : all_shards()) {
    const std::lock_guard guard(part.lock);
    for (const cell* who = part.first; who != nullptr; who = who->entry_.next) {
      if (who == where) return {who->id(), who->name()};
    }
  }
  return {};
}

namespace {

using family = std::multimap<std::uint64_t, const actor_view*>;

void draw_below(std::string& page, const family& children, std::uint64_t parent, std::size_t depth) {
  const auto [begin, end] = children.equal_range(parent);
  for (auto each = begin; each != end; ++each) {
    const actor_view& one = *each->second;
    page.append(2 * depth, ' ').append(one.name).append(" #").append(std::to_string(one.id));
    if (one.state != actor_state::running) page.append(" ").append(to_string(one.state));
    page.append(" ").append(std::to_string(one.counters.waiting)).append(" waiting, ");
    page.append(std::to_string(one.counters.messages)).append(" done");
    if (!one.handling.empty()) page.append(", at ").append(one.handling);
    page.append("\n");
    draw_below(page, children, one.id, depth + 1);
  }
}

}  // namespace

std::string draw(const std::vector<actor_view>& actors) {
  std::unordered_set<std::uint64_t> known;
  for (const actor_view& one : actors) known.insert(one.id);
  family children;
  // An actor whose maker is gone stands at the top.
  for (const actor_view& one : actors) children.emplace(known.contains(one.parent) ? one.parent : 0, &one);
  std::string page;
  draw_below(page, children, 0, 0);
  return page;
}

}  // namespace hawser::runtime
