/// The pages of one sequence in one page group.
#pragma once

#include "actors/kv_pool.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace hawser::actors {

/// The shape that all page tables of a group share.
struct page_shape {
  std::uint32_t page_tokens = 1;
  std::uint32_t window = 0;  ///< 0: every position is seen

  /// Pages that hold positions [0, end).
  [[nodiscard]] std::uint32_t pages(std::uint32_t end) const noexcept {
    return end / page_tokens + (end % page_tokens != 0 ? 1 : 0);
  }
  /// The first page that a token at `position` or a later one can see.
  [[nodiscard]] std::uint32_t first_seen(std::uint32_t position) const noexcept {
    return window == 0 || position < window ? 0 : (position + 1 - window) / page_tokens;
  }
  /// The most pages held at once by a sequence of `length` positions that is run in chunks of at most
  /// `chunk`.
  [[nodiscard]] std::uint32_t most_held(std::uint32_t length, std::uint32_t chunk) const noexcept;
};

/// Entries live in one array made for the sequence's final length, so that spans of it stay valid while a
/// step reads them. A page that left the window goes back; its stale entry is never read again, because no
/// later token can see it.
class page_table {
 public:
  page_table() = default;
  page_table(page_shape shape, std::uint32_t final_length);

  /// Pages still missing to hold positions [0, end).
  [[nodiscard]] std::uint32_t missing(std::uint32_t end) const noexcept;
  /// Takes what is missing; false, and nothing changed, when the pool has not enough.
  [[nodiscard]] bool grow(std::uint32_t end, kv_pool& from) noexcept;
  /// An empty table begins with pages [first, end), set by place(): others have computed them.
  void begin_with(std::uint32_t first, std::uint32_t end) noexcept {
    first_ = first;
    end_ = end;
  }
  void place(std::uint32_t index, model::page_id page) noexcept { entries_[index] = page; }
  /// Gives back what no token at `position` or later can see.
  void slide(std::uint32_t position, kv_pool& to) noexcept;
  /// Gives everything back, the last page first: among idle pages the end of a prefix goes before its
  /// beginning.
  void release(kv_pool& to) noexcept;

  [[nodiscard]] std::uint32_t held() const noexcept { return end_ - first_; }
  [[nodiscard]] std::uint32_t first() const noexcept { return first_; }
  [[nodiscard]] bool holds(std::uint32_t index) const noexcept { return index >= first_ && index < end_; }
  [[nodiscard]] std::span<const model::page_id> entries() const noexcept { return {entries_.data(), end_}; }
  [[nodiscard]] const page_shape& shape() const noexcept { return shape_; }

 private:
  page_shape shape_;
  std::vector<model::page_id> entries_;  // [pages of the final length]
  std::uint32_t first_ = 0;              // entries [first_, end_) are owned
  std::uint32_t end_ = 0;
};

}  // namespace hawser::actors
