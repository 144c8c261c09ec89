/// Which of several replicas has probably computed how a prompt begins. Pure.
#pragma once

#include "actors/page_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hawser::actors {

inline constexpr std::uint32_t most_replicas = 64;

/// Remembers blocks of prompts by the keyed hash of all that comes before them, the least used ones go first.
/// It is a guess: what a replica has given up meanwhile it does not know, and a wrong guess costs time only.
class prefix_map {
 public:
  /// `tokens`: of a block.
  prefix_map(std::uint32_t tokens, const hash_key& key) : block_(tokens), key_(key) {}

  /// Blocks that are remembered, of all replicas together.
  void fit(std::size_t most) noexcept;

  /// The names of the prompt's full blocks; `world` parts those who may not share.
  [[nodiscard]] std::vector<page_hash> blocks_of(std::string_view world,
                                                 std::span<const model::token_id> prompt) const;
  /// Tokens that replica `which` has of a prompt with these blocks.
  [[nodiscard]] std::uint32_t held(std::span<const page_hash> blocks, std::uint32_t which) const noexcept;
  /// It computes them now. May throw std::bad_alloc, and is as it was then, but for some blocks.
  void note(std::span<const page_hash> blocks, std::uint32_t which);
  /// It has lost everything.
  void forget(std::uint32_t which) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }

 private:
  struct by_low {
    std::size_t operator()(const page_hash& h) const noexcept { return h.low; }
  };
  struct block {
    std::uint64_t who = 0;  // a bit each
    std::list<page_hash>::iterator place;
  };

  void drop_oldest() noexcept;

  std::uint32_t block_;
  std::size_t most_ = 0;
  hash_key key_;
  std::unordered_map<page_hash, block, by_low> known_;
  std::list<page_hash> order_;  // last used first
};

}  // namespace hawser::actors
