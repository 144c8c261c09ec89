/// Sequences that have no seat: first come first served in a class, and who waits long rises.
#pragma once

#include "actors/sequence.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <unordered_map>

namespace hawser::actors {

/// Invariants: front() has the lowest level, among equals the earliest arrival (in a class that serves its
/// newest first: the latest); a sequence that comes back keeps its place.
class waiting_line {
 public:
  explicit waiting_line(runtime::duration ageing) noexcept : ageing_(ageing) {}

  /// O(1) for newcomers; for one that comes back O(those of its class that arrived earlier and wait).
  void push(sequence_ptr who);
  /// The next to be seated, or null.
  [[nodiscard]] const sequence_ptr* front(runtime::time_point now) const noexcept;
  /// O(1). False: it was not here.
  bool remove(const sequence& who);

  void serve_newest(priority rank, bool newest) noexcept { newest_[static_cast<std::size_t>(rank)] = newest; }

  /// 0 is served first. A class further down, less one for each `ageing` waited.
  [[nodiscard]] std::uint32_t level(const sequence& who, runtime::time_point now) const noexcept;

  template <class Function>
  void for_each(Function what) const {
    for (const line& in : lines_) {
      for (const sequence_ptr& who : in) what(who);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] bool empty() const noexcept { return places_.empty(); }
  [[nodiscard]] std::size_t size(priority rank) const noexcept {
    return lines_[static_cast<std::size_t>(rank)].size();
  }

 private:
  using line = std::list<sequence_ptr>;

  runtime::duration ageing_;
  std::array<line, 3> lines_;
  std::array<bool, 3> newest_{};
  std::unordered_map<const sequence*, line::iterator> places_;
};

}  // namespace hawser::actors
