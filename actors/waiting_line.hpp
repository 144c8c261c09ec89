/// Sequences that have no seat: classes in order, fair between the keys of a class, and who waits long rises.
#pragma once

#include "actors/fair_line.hpp"
#include "actors/sequence.hpp"

#include <array>
#include <cstdint>

namespace hawser::actors {

/// Invariants: front() has the lowest level; on one level those who have risen to it come first, the one that
/// has waited longest before the others; then the key that has used least, its earliest arrival first (in a
/// class that serves its newest first: its latest). A sequence that comes back keeps its place. A key rises
/// by its first in line, and begins anew when that has a seat: a key that floods a class cannot lift all of
/// its requests above the others'.
class waiting_line {
 public:
  explicit waiting_line(runtime::duration ageing) noexcept : ageing_(ageing) {}

  void push(sequence_ptr who) { line_of(*who).push(std::move(who)); }

  struct choice {
    sequence_ptr who;
    std::uint32_t level = 0;
  };
  /// The next to be seated, or null.
  [[nodiscard]] choice front(runtime::time_point now) const noexcept;
  /// It leaves the line, because it is over.
  void remove(const sequence& who) { line_of(who).remove(who); }
  /// It leaves the line for a seat.
  void seat(const sequence& who, runtime::time_point now);
  /// Tokens that it costs its key, by weight.
  void charge(const sequence& who, double tokens) { line_of(who).charge(who, tokens); }

  void serve_newest(priority rank, bool newest) noexcept { newest_[static_cast<std::size_t>(rank)] = newest; }

  /// 0 is served first. A class further down, less one for each `ageing` since it arrived.
  [[nodiscard]] std::uint32_t level(const sequence& who, runtime::time_point now) const noexcept {
    return risen(who.spec.rank, now - who.arrived);
  }

  template <class Function>
  void for_each(Function what) const {
    for (const fair_line& in : lines_) in.for_each(what);
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return lines_[0].size() + lines_[1].size() + lines_[2].size();
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::size_t size(priority rank) const noexcept {
    return lines_[static_cast<std::size_t>(rank)].size();
  }

 private:
  [[nodiscard]] fair_line& line_of(const sequence& who) noexcept {
    return lines_[static_cast<std::size_t>(who.spec.rank)];
  }
  [[nodiscard]] std::uint32_t risen(priority rank, runtime::duration waited) const noexcept;

  runtime::duration ageing_;
  std::array<fair_line, 3> lines_;
  std::array<bool, 3> newest_{};
};

}  // namespace hawser::actors
