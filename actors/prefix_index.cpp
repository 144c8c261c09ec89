#include "actors/prefix_index.hpp"

#include <algorithm>
#include <bit>
#include <new>

namespace hawser::actors {

prefix_index::prefix_index(std::uint32_t page_tokens, std::size_t most_nodes, const hash_key& key)
    : page_tokens_(page_tokens), most_nodes_(most_nodes), key_(key),
      buckets_(std::bit_ceil(std::max<std::size_t>(1, most_nodes)), no_node) {
  // The system backs what is touched, so a large pool that stays empty costs nothing.
  nodes_.reserve(most_nodes);
  tokens_.reserve(most_nodes * page_tokens);
}

node_id prefix_index::root(std::string_view world) const {
  const page_hash hash = hash_bytes(key_, world);
  for (node_id at = buckets_[hash.low & (buckets_.size() - 1)]; at != no_node; at = nodes_[at].in_bucket) {
    const page_node& n = nodes_[at];
    if (n.depth == 0 && n.hash == hash && names_.at(at) == world) return at;
  }
  return no_node;
}

node_id prefix_index::open_root(std::string_view world) {
  const node_id found = root(world);
  if (found != no_node) return found;
  const node_id made = make(no_node, hash_bytes(key_, world));
  if (made == no_node) return no_node;
  try {
    names_.emplace(made, world);
  } catch (const std::bad_alloc&) {
    remove(made);
    return no_node;
  }
  return made;
}

node_id prefix_index::child(node_id parent, std::span<const model::token_id> tokens) const noexcept {
  return find(parent, hash_page(key_, nodes_[parent].hash, tokens), tokens);
}

node_id prefix_index::find(node_id parent, const page_hash& hash,
                           std::span<const model::token_id> tokens) const noexcept {
  for (node_id at = buckets_[hash.low & (buckets_.size() - 1)]; at != no_node; at = nodes_[at].in_bucket) {
    const page_node& n = nodes_[at];
    if (n.parent != parent || n.hash != hash) continue;
    if (std::equal(tokens.begin(), tokens.end(),
                   tokens_.begin() + static_cast<std::ptrdiff_t>(std::size_t{at} * page_tokens_))) {
      return at;
    }
  }
  return no_node;
}

node_id prefix_index::insert(node_id parent, std::span<const model::token_id> tokens) noexcept {
  const page_hash hash = hash_page(key_, nodes_[parent].hash, tokens);
  const node_id found = find(parent, hash, tokens);
  if (found != no_node) return found;
  const node_id made = make(parent, hash);
  if (made == no_node) return no_node;
  std::copy(tokens.begin(), tokens.end(), tokens_of(made).begin());
  page_node& n = nodes_[made];
  n.depth = nodes_[parent].depth + 1;
  n.after = nodes_[parent].child;
  if (n.after != no_node) nodes_[n.after].before = made;
  nodes_[parent].child = made;
  return made;
}

node_id prefix_index::make(node_id parent, const page_hash& hash) noexcept {
  node_id made = free_;
  if (made != no_node) {
    free_ = nodes_[made].in_bucket;
    --free_count_;
  } else {
    if (nodes_.size() == most_nodes_) return no_node;
    made = static_cast<node_id>(nodes_.size());
    nodes_.emplace_back();
    tokens_.resize(tokens_.size() + page_tokens_);
  }
  page_node& n = nodes_[made];
  const std::uint32_t generation = n.generation;
  n = {};
  n.generation = generation;
  n.hash = hash;
  n.parent = parent;
  n.pages.fill(model::no_page);
  n.in_bucket = bucket(hash);
  bucket(hash) = made;
  return made;
}

void prefix_index::remove(node_id leaf) noexcept {
  page_node& n = nodes_[leaf];
  node_id* at = &bucket(n.hash);
  while (*at != leaf) at = &nodes_[*at].in_bucket;
  *at = n.in_bucket;
  if (n.parent == no_node) {
    names_.erase(leaf);
  } else if (n.before != no_node) {
    nodes_[n.before].after = n.after;
  } else {
    nodes_[n.parent].child = n.after;
  }
  if (n.after != no_node) nodes_[n.after].before = n.before;
  ++n.generation;
  n.in_bucket = free_;
  free_ = leaf;
  ++free_count_;
}

std::size_t prefix_index::bytes() const noexcept {
  return nodes_.size() * (sizeof(page_node) + page_tokens_ * sizeof(model::token_id)) +
         buckets_.size() * sizeof(node_id);
}

}  // namespace hawser::actors
