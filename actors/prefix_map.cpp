#include "actors/prefix_map.hpp"

namespace hawser::actors {

std::vector<page_hash> prefix_map::blocks_of(std::string_view world,
                                             std::span<const model::token_id> prompt) const {
  std::vector<page_hash> all;
  all.reserve(prompt.size() / block_);
  page_hash at = hash_bytes(key_, world);
  for (; prompt.size() >= block_; prompt = prompt.subspan(block_)) {
    at = hash_page(key_, at, prompt.first(block_));
    all.push_back(at);
  }
  return all;
}

std::uint32_t prefix_map::held(std::span<const page_hash> blocks, std::uint32_t which) const noexcept {
  std::uint32_t tokens = 0;
  for (const page_hash& one : blocks) {
    const auto found = known_.find(one);
    if (found == known_.end() || (found->second.who >> which & 1u) == 0) break;
    tokens += block_;
  }
  return tokens;
}

// From the end, so that the blocks which more prompts share are used last and stay longest.
void prefix_map::note(std::span<const page_hash> blocks, std::uint32_t which) {
  const std::size_t fits = blocks.size() < most_ ? blocks.size() : most_;
  for (std::size_t i = fits; i-- > 0;) {
    if (const auto found = known_.find(blocks[i]); found != known_.end()) {
      found->second.who |= std::uint64_t{1} << which;
      order_.splice(order_.begin(), order_, found->second.place);
      continue;
    }
    order_.push_front(blocks[i]);
    try {
      known_.emplace(blocks[i], block{std::uint64_t{1} << which, order_.begin()});
    } catch (...) {
      order_.pop_front();
      throw;
    }
    if (known_.size() > most_) drop_oldest();
  }
}

void prefix_map::drop_oldest() noexcept {
  known_.erase(order_.back());
  order_.pop_back();
}

void prefix_map::fit(std::size_t most) noexcept {
  most_ = most;
  while (known_.size() > most_) drop_oldest();
}

void prefix_map::forget(std::uint32_t which) noexcept {
  for (auto at = known_.begin(); at != known_.end();) {
    at->second.who &= ~(std::uint64_t{1} << which);
    if (at->second.who != 0) {
      ++at;
      continue;
    }
    order_.erase(at->second.place);
    at = known_.erase(at);
  }
}

}  // namespace hawser::actors
