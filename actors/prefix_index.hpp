/// Which prefixes are computed, as a forest of pages: a root for each world of prefixes, a node for each full
/// page.
#pragma once

#include "actors/page_hash.hpp"
#include "model/backend.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hawser::actors {

using node_id = std::uint32_t;
inline constexpr node_id no_node = 0xffffffffu;

/// A node for as long as it lives.
struct prefix_place {
  node_id node = no_node;
  std::uint32_t generation = 0;
};

/// A child is found by the keyed hash of its whole prefix, and then by its parent and its own tokens: by
/// induction that compares all tokens and the root's name, so that no collision can hand out another text's
/// pages. Nothing allocates after the constructor, except roots. What the pages mean is the owner's affair:
/// here they are numbers.
class prefix_index {
 public:
  prefix_index(std::uint32_t page_tokens, std::size_t most_nodes, const hash_key& key);

  /// The root of a world, or no_node.
  [[nodiscard]] node_id root(std::string_view world) const;
  /// The same, made if need be; no_node when the index is full.
  [[nodiscard]] node_id open_root(std::string_view world);
  /// The node of `tokens` (one page of them) below `parent`, or no_node.
  [[nodiscard]] node_id child(node_id parent, std::span<const model::token_id> tokens) const noexcept;
  /// Finds or makes it; no_node when the index is full.
  [[nodiscard]] node_id insert(node_id parent, std::span<const model::token_id> tokens) noexcept;
  /// Only a node without children.
  void remove(node_id leaf) noexcept;

  [[nodiscard]] prefix_place place(node_id node) const noexcept {
    return {node, node == no_node ? 0 : nodes_[node].generation};
  }
  [[nodiscard]] bool alive(const prefix_place& at) const noexcept {
    return at.node != no_node && nodes_[at.node].generation == at.generation;
  }
  [[nodiscard]] model::page_id& page(node_id node, std::size_t group) noexcept {
    return nodes_[node].pages[group];
  }
  [[nodiscard]] model::page_id page(node_id node, std::size_t group) const noexcept {
    return nodes_[node].pages[group];
  }
  [[nodiscard]] node_id parent(node_id node) const noexcept { return nodes_[node].parent; }
  [[nodiscard]] node_id first_child(node_id node) const noexcept { return nodes_[node].child; }
  /// Pages from the beginning; of a root 0.
  [[nodiscard]] std::uint32_t depth(node_id node) const noexcept { return nodes_[node].depth; }
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size() - free_count_; }
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct page_node {
    page_hash hash;
    node_id parent = no_node;
    node_id child = no_node;   // the first
    node_id before = no_node;  // siblings
    node_id after = no_node;
    node_id in_bucket = no_node;  // the next one there; of a free node the next free one
    std::uint32_t depth = 0;
    std::uint32_t generation = 0;
    std::array<model::page_id, model::max_page_groups> pages{};
  };

  [[nodiscard]] node_id make(node_id parent, const page_hash& hash) noexcept;
  [[nodiscard]] node_id find(node_id parent, const page_hash& hash,
                             std::span<const model::token_id> tokens) const noexcept;
  [[nodiscard]] node_id& bucket(const page_hash& hash) noexcept {
    return buckets_[hash.low & (buckets_.size() - 1)];
  }
  [[nodiscard]] std::span<model::token_id> tokens_of(node_id node) noexcept {
    return std::span(tokens_).subspan(std::size_t{node} * page_tokens_, page_tokens_);
  }

  std::uint32_t page_tokens_;
  std::size_t most_nodes_;
  hash_key key_;
  std::vector<page_node> nodes_;         // made once, for most_nodes
  std::vector<model::token_id> tokens_;  // [nodes][page_tokens]
  std::vector<node_id> buckets_;         // a power of two of them
  node_id free_ = no_node;
  std::size_t free_count_ = 0;
  std::unordered_map<node_id, std::string> names_;  // of the roots
};

}  // namespace hawser::actors
