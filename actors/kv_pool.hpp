/// Which pages of one page group are taken, as numbers; the memory behind them is the backend's.
#pragma once

#include "model/backend.hpp"

#include <cstdint>
#include <vector>

namespace hawser::actors {

/// Pages carry a count of owners, so that several sequences may read one page. Nothing here allocates after
/// the constructor. Invariant: free() + the pages with an owner == total().
class kv_pool {
 public:
  explicit kv_pool(std::uint32_t pages);

  /// A free page, now with one owner; model::no_page when there is none.
  [[nodiscard]] model::page_id take() noexcept;
  /// One more owner of a taken page.
  void share(model::page_id page) noexcept { ++owners_[page]; }
  /// One owner less; the last one's page is free again.
  void give(model::page_id page) noexcept;

  [[nodiscard]] std::uint32_t owners(model::page_id page) const noexcept { return owners_[page]; }
  [[nodiscard]] std::uint32_t total() const noexcept { return static_cast<std::uint32_t>(owners_.size()); }
  [[nodiscard]] std::uint32_t free() const noexcept { return static_cast<std::uint32_t>(free_.size()); }
  [[nodiscard]] std::uint32_t used() const noexcept { return total() - free(); }

 private:
  std::vector<std::uint32_t> owners_;  // [pages]
  std::vector<model::page_id> free_;   // a stack: the page given back last is still warm
};

}  // namespace hawser::actors
