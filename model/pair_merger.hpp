/// The inner loop of byte-pair encoding: neighbours are joined, the best pair first, until no pair can be.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace hawser::model {

/// A row of units, merged in O(n log n). Reused from row to row, it allocates only for a row longer than
/// those before. Units are numbered by their place in the row; a unit that merged away is skipped by
/// next_of().
class pair_merger {
 public:
  using place = std::uint32_t;
  using priority = std::uint32_t;  ///< smaller is merged first; of equals the leftmost
  static constexpr priority never = UINT32_MAX;
  static constexpr place none = UINT32_MAX;

  /// `price(left, right)` is the priority of joining two neighbours, or `never`;
  /// `join(left, right)` makes `left` stand for both.
  template <class Price, class Join>
  void merge(std::size_t units, const Price& price, const Join& join) {
    start(units);
    for (place at = 0; at + 1 < units; ++at) prices_[at] = price(at, at + 1);
    if (units <= scanned_at_most) {
      merge_by_scan(price, join);
    } else {
      merge_by_heap(price, join);
    }
  }

  [[nodiscard]] place next_of(place at) const noexcept { return next_[at]; }  ///< `none` after the last

 private:
  static constexpr std::size_t scanned_at_most = 24;  // measured: below this a scan beats the heap

  void start(std::size_t units) {
    next_.resize(units);
    previous_.resize(units);
    prices_.assign(units, never);
    for (place at = 0; at < units; ++at) {
      next_[at] = at + 1 < units ? at + 1 : none;
      previous_[at] = at - 1;  // the first has none, which is UINT32_MAX
    }
  }

  /// Joins the pair at `left` and prices the two pairs that change; `on_price` hears of each.
  template <class Price, class Join, class OnPrice>
  void join_at(place left, const Price& price, const Join& join, const OnPrice& on_price) {
    const place right = next_[left];
    join(left, right);
    const place after = next_[right];
    next_[left] = after;
    prices_[right] = never;
    prices_[left] = never;
    if (after != none) {
      previous_[after] = left;
      prices_[left] = price(left, after);
      on_price(left);
    }
    if (const place before = previous_[left]; before != none) {
      prices_[before] = price(before, left);
      on_price(before);
    }
  }

  template <class Price, class Join>
  void merge_by_scan(const Price& price, const Join& join) {
    for (;;) {
      place best = none;
      priority best_price = never;
      for (place at = 0; at < prices_.size(); ++at) {
        if (prices_[at] < best_price) {
          best_price = prices_[at];
          best = at;
        }
      }
      if (best == none) return;
      join_at(best, price, join, [](place) {});
    }
  }

  template <class Price, class Join>
  void merge_by_heap(const Price& price, const Join& join) {
    const auto entry = [this](place at) { return std::uint64_t{prices_[at]} << 32 | at; };
    heap_.clear();
    for (place at = 0; at < prices_.size(); ++at) {
      if (prices_[at] != never) heap_.push_back(entry(at));
    }
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>{});
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
      const std::uint64_t top = heap_.back();
      heap_.pop_back();
      const auto at = static_cast<place>(top);
      // A pair that changed since has another price; one that has the same price is as good.
      if (prices_[at] != top >> 32) continue;
      join_at(at, price, join, [&](place changed) {
        if (prices_[changed] == never) return;
        heap_.push_back(entry(changed));
        std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
      });
    }
  }

  std::vector<place> next_;
  std::vector<place> previous_;
  std::vector<priority> prices_;
  std::vector<std::uint64_t> heap_;
};

}  // namespace hawser::model
