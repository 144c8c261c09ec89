/// Which pages of one page group are taken, as numbers; the memory behind them is the backend's.
#pragma once

#include "model/backend.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace hawser::actors {

/// Pages carry a count of owners, so that several sequences may read one page. The prefix index may be one of
/// a page's owners; when it is the only one the page is idle: nobody reads it now, and it can be had back.
/// Nothing here allocates after the constructor. Invariants:
///   warm() + cold() + idle() + used() == total(), where used() are the pages that a sequence owns
///   a cold page is backed by no memory yet, or not any more; at most most() pages are backed, except those
///   that were when it was lowered the idle pages stand in the order in which they became idle; those marked
///   as worth keeping after all others
class kv_pool {
 public:
  explicit kv_pool(std::uint32_t pages);

  /// A free page, now with one owner; model::no_page when there is none. Warm ones first.
  [[nodiscard]] model::page_id take() noexcept;
  /// One more owner of a taken or idle page.
  void share(model::page_id page) noexcept;
  /// One owner less; without any the page is free again, with only the index it is idle.
  void give(model::page_id page) noexcept;

  /// The index becomes an owner of a taken page that it does not own yet.
  void keep(model::page_id page) noexcept;
  /// The index gives its share up.
  void drop(model::page_id page) noexcept;
  /// Among the idle ones it goes last: it is worth more than the others.
  void treasure(model::page_id page) noexcept;
  /// The one to drop first; model::no_page when none is idle.
  [[nodiscard]] model::page_id oldest_idle() const noexcept;

  [[nodiscard]] bool kept(model::page_id page) const noexcept { return (marks_[page] & kept_mark) != 0; }
  [[nodiscard]] bool is_idle(model::page_id page) const noexcept { return kept(page) && owners_[page] == 1; }
  [[nodiscard]] std::uint32_t owners(model::page_id page) const noexcept { return owners_[page]; }
  [[nodiscard]] std::uint32_t total() const noexcept { return static_cast<std::uint32_t>(owners_.size()); }
  /// Pages that can be had at once.
  [[nodiscard]] std::uint32_t free() const noexcept {
    return warm() + std::min(cold(), most_ - std::min(most_, backed()));
  }
  [[nodiscard]] std::uint32_t idle() const noexcept { return idle_; }
  /// Pages that can be had, of the idle ones too.
  [[nodiscard]] std::uint32_t available() const noexcept { return free() + idle_; }
  [[nodiscard]] std::uint32_t used() const noexcept { return backed() - warm() - idle_; }

  /// Free pages that are backed by memory.
  [[nodiscard]] std::uint32_t warm() const noexcept { return static_cast<std::uint32_t>(warm_.size()); }
  [[nodiscard]] std::uint32_t cold() const noexcept { return static_cast<std::uint32_t>(cold_.size()); }
  [[nodiscard]] std::uint32_t backed() const noexcept { return total() - cold(); }
  [[nodiscard]] std::uint32_t most() const noexcept { return most_; }
  /// At most so many pages may be backed from now on (all, at most).
  void allow(std::uint32_t most) noexcept { most_ = std::min(most, total()); }
  /// So many can be had, whatever was allowed, as far as there are so many. True: it allowed more.
  bool stretch(std::uint32_t pages) noexcept;
  /// A warm page becomes cold: its memory may go; model::no_page when there is none.
  [[nodiscard]] model::page_id cool() noexcept;

 private:
  static constexpr std::uint8_t kept_mark = 1;
  static constexpr std::uint8_t treasured_mark = 2;

  struct link {
    model::page_id before = model::no_page;
    model::page_id after = model::no_page;
  };
  struct row {
    model::page_id first = model::no_page;
    model::page_id last = model::no_page;
  };

  [[nodiscard]] row& row_of(model::page_id page) noexcept { return rows_[marks_[page] / treasured_mark]; }
  void enlist(model::page_id page) noexcept;
  void delist(model::page_id page) noexcept;

  std::vector<std::uint32_t> owners_;  // [pages], the index included
  std::vector<std::uint8_t> marks_;    // [pages]
  std::vector<link> links_;            // [pages], of the idle ones
  std::vector<model::page_id> warm_;   // a stack: the page given back last is in the caches still
  std::vector<model::page_id> cold_;   // a stack
  std::uint32_t most_;
  std::array<row, 2> rows_{};  // idle: plain, treasured
  std::uint32_t idle_ = 0;
};

}  // namespace hawser::actors
