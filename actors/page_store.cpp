#include "actors/page_store.hpp"

#include <algorithm>
#include <cmath>

namespace hawser::actors {
namespace {

// A node has at least one page where a group sees everything; where none does, those before a window have
// none.
std::size_t most_nodes(const model::backend_capacity& capacity, bool remember) noexcept {
  if (!remember) return 0;
  std::size_t pages = 0;
  for (const model::page_group& group : capacity.groups) {
    if (group.window == 0) return group.pages + group.pages / 8 + 16;  // and roots
    pages = std::max<std::size_t>(pages, group.pages);
  }
  return 4 * pages + 16;
}

}  // namespace

page_store::page_store(const model::backend_capacity& capacity, const hash_key& key, double idle_share)
    : page_tokens_(capacity.page_tokens), remember_(idle_share > 0),
      index_(capacity.page_tokens, most_nodes(capacity, remember_), key) {
  pools_.reserve(capacity.groups.size());
  for (std::size_t g = 0; g < capacity.groups.size(); ++g) {
    const model::page_group& group = capacity.groups[g];
    shapes_[g] = {page_tokens_, group.window};
    has_whole_ = has_whole_ || group.window == 0;
    pools_.emplace_back(group.pages);
    most_idle_.push_back(static_cast<std::uint32_t>(idle_share * group.pages));
    page_bytes_.push_back(group.page_bytes);
    node_of_.emplace_back(remember_ ? group.pages : 0, no_node);
  }
}

prefix_hit page_store::look_up(std::string_view world, std::span<const model::token_id> tokens,
                               std::uint32_t most) const {
  prefix_hit found;
  if (!remember_) return found;
  node_id at = index_.root(world);
  if (at == no_node) return found;
  found.tip = index_.place(at);
  // The first page of the unbroken run of pages that ends here, in each group.
  std::array<std::uint32_t, model::max_page_groups> run{};
  for (std::uint32_t k = 1; k <= most; ++k) {
    at = index_.child(at, tokens.subspan(std::size_t{k - 1} * page_tokens_, page_tokens_));
    if (at == no_node) break;
    bool whole = true;
    bool usable = true;
    for (std::size_t g = 0; g < pools_.size(); ++g) {
      if (index_.page(at, g) == model::no_page) run[g] = k;
      if (shapes_[g].window == 0) {
        whole = whole && run[g] == 0;
      } else {
        usable = usable && run[g] <= shapes_[g].first_seen(k * page_tokens_);
      }
    }
    if (!whole) break;
    found.matched = k;
    if (!usable) continue;
    found.pages = k;
    found.tip = index_.place(at);
  }
  return found;
}

bool page_store::continues(std::string_view world, const prefix_chain& chain,
                           std::span<const model::token_id> page) const {
  if (!remember_) return false;
  const node_id at = index_.alive(chain.tip) ? chain.tip.node : index_.root(world);
  return at != no_node && index_.depth(at) == chain.pages && index_.child(at, page) != no_node;
}

std::uint32_t page_store::in_use(const prefix_hit& hit, std::size_t group) const noexcept {
  std::uint32_t count = 0;
  if (!index_.alive(hit.tip)) return 0;
  const std::uint32_t first = shapes_[group].first_seen(hit.pages * page_tokens_);
  for (node_id at = hit.tip.node; index_.depth(at) > first; at = index_.parent(at)) {
    const model::page_id page = index_.page(at, group);
    if (page != model::no_page && !pools_[group].is_idle(page)) ++count;
  }
  return count;
}

void page_store::take_over(const prefix_hit& hit, page_tables& tables) noexcept {
  if (hit.pages == 0) return;
  std::uint32_t furthest = hit.pages;
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    const std::uint32_t first = shapes_[g].first_seen(hit.pages * page_tokens_);
    tables[g].begin_with(first, hit.pages);
    furthest = std::min(furthest, first);
  }
  for (node_id at = hit.tip.node; index_.depth(at) > furthest; at = index_.parent(at)) {
    const std::uint32_t index = index_.depth(at) - 1;
    for (std::size_t g = 0; g < pools_.size(); ++g) {
      if (!tables[g].holds(index)) continue;
      const model::page_id page = index_.page(at, g);
      pools_[g].share(page);
      if (shapes_[g].window != 0) pools_[g].treasure(page);
      tables[g].place(index, page);
    }
  }
}

bool page_store::fork(const page_tables& from, std::uint32_t position, page_tables& into,
                      std::vector<model::page_copy>& copies) {
  const std::uint32_t last = position / page_tokens_;
  const bool begun = position % page_tokens_ != 0;
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    if (from[g].entries().size() < last + (begun ? 1 : 0) ||
        from[g].first() > shapes_[g].first_seen(position))
      return false;
    if (!begun) continue;
    make_room(g, 1);
    if (pools_[g].free() == 0) return false;
  }
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    const std::uint32_t first = shapes_[g].first_seen(position);
    into[g].begin_with(first, last);
    for (std::uint32_t i = first; i < last; ++i) {
      pools_[g].share(from[g].entries()[i]);
      into[g].place(i, from[g].entries()[i]);
    }
    if (begun && into[g].grow(position, pools_[g]))
      copies.push_back({static_cast<std::uint32_t>(g), from[g].entries()[last], into[g].entries()[last]});
  }
  return true;
}

void page_store::remember(std::string_view world, prefix_chain& chain, const page_tables& tables,
                          std::span<const model::token_id> tokens, std::uint32_t computed) {
  if (!remember_ || chain.closed || chain.pages >= computed / page_tokens_) return;
  if (!index_.alive(chain.tip)) {
    // Its beginning was forgotten, or never known.
    const node_id root = index_.open_root(world);
    chain.tip = index_.place(root);
    chain.pages = 0;
  }
  while (!chain.closed && chain.pages < computed / page_tokens_) {
    const node_id node =
        chain.tip.node == no_node
            ? no_node
            : index_.insert(chain.tip.node,
                            tokens.subspan(std::size_t{chain.pages} * page_tokens_, page_tokens_));
    chain.closed = node == no_node || !attach(node, chain, tables, chain.pages);
    if (chain.closed) prune(node != no_node ? node : chain.tip.node);
    if (chain.closed) return;
    chain.tip = index_.place(node);
    ++chain.pages;
  }
}

// False: the node would stand there without the pages that carry it.
bool page_store::attach(node_id node, const prefix_chain& chain, const page_tables& tables,
                        std::uint32_t page) noexcept {
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    if (!tables[g].holds(page)) continue;
    const model::page_id ours = tables[g].entries()[page];
    const model::page_id known = index_.page(node, g);
    if (known == ours) continue;
    if (known == model::no_page) {
      if (!pools_[g].kept(ours)) put(node, g, ours);
    } else if (pools_[g].is_idle(known) && !pools_[g].kept(ours)) {
      // The same text twice: the page that nobody reads is spared.
      pools_[g].drop(known);
      put(node, g, ours);
    }
    if (shapes_[g].window != 0 && index_.page(node, g) != model::no_page && worth_keeping(chain, g, page))
      pools_[g].treasure(index_.page(node, g));
  }
  return !empty(node);
}

void page_store::put(node_id node, std::size_t group, model::page_id page) noexcept {
  index_.page(node, group) = page;
  node_of_[group][page] = node;
  pools_[group].keep(page);
}

bool page_store::worth_keeping(const prefix_chain& chain, std::size_t group,
                               std::uint32_t page) const noexcept {
  const std::uint32_t window = (shapes_[group].window + page_tokens_ - 1) / page_tokens_ + 1;
  const auto before = [&](std::uint64_t end, std::uint64_t reach) {
    return page < end && page + reach >= end;
  };
  // The end of a prompt may be cut differently by the next one, so twice as much of it.
  if (before(chain.prompt, 2 * window) || before(chain.branch, window)) return true;
  for (std::uint64_t end = std::uint64_t{4} * (window - 1); end <= std::uint64_t{page} + window; end *= 2) {
    if (before(end, window)) return true;
  }
  return false;
}

bool page_store::empty(node_id node) const noexcept {
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    if (has_whole_ && shapes_[g].window != 0) continue;
    if (index_.page(node, g) != model::no_page) return false;
  }
  return true;
}

void page_store::forget(const prefix_chain& chain) noexcept {
  if (!index_.alive(chain.tip) || index_.depth(chain.tip.node) == 0) return;
  node_id top = chain.tip.node;
  while (index_.depth(top) > 1) top = index_.parent(top);
  remove_below(top);
}

void page_store::make_room(std::size_t group, std::uint32_t pages) noexcept {
  kv_pool& pool = pools_[group];
  if (pages == 0) return;
  while (pool.idle() > 0 && (pool.free() < pages || pool.idle() > most_idle_[group]))
    take_back(group, pool.oldest_idle());
}

page_store::kv_bytes page_store::bytes() const noexcept {
  kv_bytes sum;
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    sum.used += std::uint64_t{pools_[g].used()} * page_bytes_[g];
    sum.idle += std::uint64_t{pools_[g].idle()} * page_bytes_[g];
    sum.spare += std::uint64_t{pools_[g].warm()} * page_bytes_[g];
  }
  return sum;
}

void page_store::allow(std::uint64_t bytes) noexcept {
  std::uint64_t backed = 0;
  for (std::size_t g = 0; g < pools_.size(); ++g)
    backed += std::uint64_t{pools_[g].backed()} * page_bytes_[g];
  const std::uint64_t more = bytes - std::min(bytes, backed);
  const double less =
      backed > bytes ? static_cast<double>(backed - bytes) / static_cast<double>(backed) : 0.0;
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    constexpr double rounding = 1e-6;
    const auto gone = static_cast<std::uint64_t>(std::ceil(less * pools_[g].backed() - rounding));
    const std::uint64_t pages = pools_[g].backed() - std::min<std::uint64_t>(gone, pools_[g].backed()) +
                                more / std::max<std::size_t>(1, page_bytes_[g]);
    pools_[g].allow(static_cast<std::uint32_t>(std::min<std::uint64_t>(pages, pools_[g].total())));
  }
}

bool page_store::overdrawn() const noexcept {
  return std::any_of(pools_.begin(), pools_.end(), [](const kv_pool& p) { return p.used() > p.most(); });
}

void page_store::cool(std::vector<model::page_place>& gone) {
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    kv_pool& pool = pools_[g];
    while (pool.backed() > pool.most() && pool.warm() + pool.idle() > 0) {
      if (pool.warm() == 0) take_back(g, pool.oldest_idle());
      // A page that was taken back may still be somebody's.
      if (const model::page_id page = pool.cool(); page != model::no_page)
        gone.push_back({static_cast<std::uint32_t>(g), page});
    }
  }
}

void page_store::take_back(std::size_t group, model::page_id page) noexcept {
  const node_id node = node_of_[group][page];
  if (shapes_[group].window == 0) return remove_below(node);
  index_.page(node, group) = model::no_page;
  pools_[group].drop(page);
  prune(node);
}

// Deepest first; who still owns such a page keeps it.
void page_store::remove_below(node_id top) noexcept {
  const node_id above = index_.parent(top);
  for (node_id at = top;;) {
    while (index_.first_child(at) != no_node) at = index_.first_child(at);
    for (std::size_t g = 0; g < pools_.size(); ++g) {
      const model::page_id page = index_.page(at, g);
      if (page != model::no_page) pools_[g].drop(page);
    }
    const node_id next = index_.parent(at);
    index_.remove(at);
    if (at == top) break;
    at = next;
  }
  prune(above);
}

// Nodes that nothing hangs on any more, upwards.
void page_store::prune(node_id at) noexcept {
  while (at != no_node && index_.first_child(at) == no_node && empty(at)) {
    for (std::size_t g = 0; g < pools_.size(); ++g) {
      const model::page_id page = index_.page(at, g);
      if (page != model::no_page) pools_[g].drop(page);
    }
    const node_id above = index_.parent(at);
    index_.remove(at);
    at = above;
  }
}

void page_store::release(page_tables& tables) noexcept {
  for (std::size_t g = 0; g < pools_.size(); ++g) {
    page_table& table = tables[g];
    if (shapes_[g].window != 0) {
      // Where a text ends, another is likely to go on.
      for (std::uint32_t i = table.first(); table.holds(i); ++i) {
        if (pools_[g].kept(table.entries()[i])) pools_[g].treasure(table.entries()[i]);
      }
    }
    table.release(pools_[g]);
  }
}

}  // namespace hawser::actors
