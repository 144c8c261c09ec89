/// The pages of all groups, and what is remembered in them: docs/prefix-cache.md.
#pragma once

#include "actors/kv_pool.hpp"
#include "actors/page_table.hpp"
#include "actors/prefix_index.hpp"
#include "model/backend.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hawser::actors {

using page_tables = std::array<page_table, model::max_page_groups>;

/// The longest prefix that need not be computed.
struct prefix_hit {
  prefix_place tip;  ///< of its last page; of the root when there is none; no_node: the world is unknown
  std::uint32_t pages = 0;    ///< that can be taken over
  std::uint32_t matched = 0;  ///< >= pages: so far the texts agree, but pages of a window are missing there
};

/// How far a sequence stands in the index.
struct prefix_chain {
  prefix_place tip;
  std::uint32_t pages = 0;  ///< remembered, or found
  std::uint32_t branch =
      0;  ///< where its text left those that the index knows: a place worth a window's pages
  std::uint32_t prompt = 0;  ///< pages of the whole prompt: another such place
  bool closed = false;       ///< nothing more of it is remembered
};

/// Rules:
///   - A page is remembered when it is full and computed; from then on it never changes. It is the index's
///   and the
///     sequence's; when no sequence owns it, it is idle and can be had back.
///   - A page of a group that sees everything carries its node: when it goes, the node goes, and all below
///   it.
///   - A page of a window is worth having only where a prefix is likely to be taken over: before a branch,
///   the end of a
///     prompt or of an answer, and before the positions 4, 8, 16, ... windows. Those go last.
///   - A prefix of k pages can be taken over when every group that sees everything has pages [0, k), and
///   every window has
///     those that a token at position k * page_tokens sees.
class page_store {
 public:
  /// `idle_share` of each group's pages may be idle before new text takes the oldest of them instead of pages
  /// that nobody has touched yet; 0: nothing is remembered.
  page_store(const model::backend_capacity& capacity, const hash_key& key, double idle_share);

  [[nodiscard]] std::size_t groups() const noexcept { return pools_.size(); }
  [[nodiscard]] std::uint32_t page_tokens() const noexcept { return page_tokens_; }
  [[nodiscard]] const page_shape& shape(std::size_t group) const noexcept { return shapes_[group]; }
  [[nodiscard]] kv_pool& pool(std::size_t group) noexcept { return pools_[group]; }
  [[nodiscard]] const kv_pool& pool(std::size_t group) const noexcept { return pools_[group]; }
  [[nodiscard]] const prefix_index& index() const noexcept { return index_; }
  [[nodiscard]] bool remembers() const noexcept { return remember_; }

  /// At most `most` pages. Takes time with the length of what is found.
  [[nodiscard]] prefix_hit look_up(std::string_view world, std::span<const model::token_id> tokens,
                                   std::uint32_t most) const;
  /// The next page of tokens is known behind `chain`.
  [[nodiscard]] bool continues(std::string_view world, const prefix_chain& chain,
                               std::span<const model::token_id> page) const;
  /// Pages of a hit that sequences own anyway.
  [[nodiscard]] std::uint32_t in_use(const prefix_hit& hit, std::size_t group) const noexcept;
  /// Empty tables begin with the hit's pages. Only with a hit that was looked up just now.
  void take_over(const prefix_hit& hit, page_tables& tables) noexcept;

  /// Empty tables begin like those of another, for one that goes on at `position`: they share the full pages
  /// before it, and a page that is begun there is to be copied. False, and nothing taken, when the other
  /// has given some of them back or no page is to be had.
  [[nodiscard]] bool fork(const page_tables& from, std::uint32_t position, page_tables& into,
                          std::vector<model::page_copy>& copies);

  /// Remembers what lies between chain.pages and the page of position `computed`.
  void remember(std::string_view world, prefix_chain& chain, const page_tables& tables,
                std::span<const model::token_id> tokens, std::uint32_t computed);
  /// Nothing of this text is to be trusted.
  void forget(const prefix_chain& chain) noexcept;

  /// Before `pages` are taken: idle pages go back until so many are free, or none is idle, and until no more
  /// are idle than may be.
  void make_room(std::size_t group, std::uint32_t pages) noexcept;
  /// Bytes that sequences own, that are kept for their prefix, and that are free but backed.
  struct kv_bytes {
    std::uint64_t used = 0;
    std::uint64_t idle = 0;
    std::uint64_t spare = 0;
  };
  [[nodiscard]] kv_bytes bytes() const noexcept;
  /// All groups together may be backed by so many bytes; what is too much is taken from each by its part.
  void allow(std::uint64_t bytes) noexcept;
  /// Sequences own more than is allowed.
  [[nodiscard]] bool overdrawn() const noexcept;
  /// What is backed beyond what is allowed goes, as far as no sequence owns it: free pages first, then idle
  /// ones. Their places are added to `gone`.
  void cool(std::vector<model::page_place>& gone);
  /// A sequence gives all back.
  void release(page_tables& tables) noexcept;

 private:
  [[nodiscard]] bool worth_keeping(const prefix_chain& chain, std::size_t group,
                                   std::uint32_t page) const noexcept;
  [[nodiscard]] bool attach(node_id node, const prefix_chain& chain, const page_tables& tables,
                            std::uint32_t page) noexcept;
  void put(node_id node, std::size_t group, model::page_id page) noexcept;
  void take_back(std::size_t group, model::page_id page) noexcept;
  void remove_below(node_id top) noexcept;
  void prune(node_id at) noexcept;
  [[nodiscard]] bool empty(node_id node) const noexcept;

  std::uint32_t page_tokens_;
  bool remember_;
  bool has_whole_ = false;  // a group that sees everything
  std::array<page_shape, model::max_page_groups> shapes_{};
  std::vector<kv_pool> pools_;                 // [groups]
  std::vector<std::uint32_t> most_idle_;       // [groups]
  std::vector<std::size_t> page_bytes_;        // [groups]
  std::vector<std::vector<node_id>> node_of_;  // [groups][pages], of the remembered ones
  prefix_index index_;
};

}  // namespace hawser::actors
