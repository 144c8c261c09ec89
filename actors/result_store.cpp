#include "actors/result_store.hpp"

#include <utility>

namespace hawser::actors {

std::shared_ptr<const recording> memory_store::find(const page_hash& name, std::string_view question,
                                                    runtime::time_point now) {
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.answer->question() != question) return nullptr;
  if (found->second.until <= now) {
    drop(found);
    return nullptr;
  }
  used_.splice(used_.end(), used_, found->second.in_use);
  return found->second.answer;
}

void memory_store::keep(const page_hash& name, std::shared_ptr<const recording> answer,
                        runtime::time_point now) {
  if (const auto before = entries_.find(name); before != entries_.end()) drop(before);
  const auto in_use = used_.insert(used_.end(), name);
  const auto in_age = aged_.insert(aged_.end(), name);
  entries_.emplace(name, entry{std::move(answer), now + time_to_live_, in_use, in_age});
}

memory_store::table::iterator memory_store::drop(table::iterator at) {
  used_.erase(at->second.in_use);
  aged_.erase(at->second.in_age);
  return entries_.erase(at);
}

bool memory_store::give_back() {
  if (used_.empty()) return false;
  drop(entries_.find(used_.front()));
  return true;
}

std::size_t memory_store::purge(std::optional<std::string_view> tenant) {
  const std::size_t before = entries_.size();
  for (auto at = entries_.begin(); at != entries_.end();) {
    const bool goes = !tenant || tenant_of(at->second.answer->question()) == *tenant;
    at = goes ? drop(at) : std::next(at);
  }
  return before - entries_.size();
}

std::size_t memory_store::expire(runtime::time_point now) {
  std::size_t dropped = 0;
  for (; !aged_.empty(); ++dropped) {
    const auto oldest = entries_.find(aged_.front());
    if (oldest->second.until > now) break;
    drop(oldest);
  }
  return dropped;
}

std::optional<runtime::time_point> memory_store::next_expiry() const {
  if (aged_.empty()) return std::nullopt;
  return entries_.find(aged_.front())->second.until;
}

}  // namespace hawser::actors
