/// What happened in a run: a hash of all of it and, when asked for, the last lines.
#pragma once

#include "runtime/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace hawser::simulation {

/// The hash does not depend on how many lines are kept, so a replay with lines is the same run.
class trace {
 public:
  /// `keep`: lines at most; 0: only the hash.
  trace(const runtime::clock& time, std::size_t keep) : time_(&time), keep_(keep) {}

  /// A turn of actor `number`.
  void turn(std::uint32_t number, std::string_view name);
  /// Something that a part of the world did: "http", 3, "asks POST /predict".
  void say(std::string_view who, std::uint64_t number, std::string_view what);

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  [[nodiscard]] const std::deque<std::string>& lines() const noexcept { return lines_; }
  /// Lines that were dropped because there were more than are kept.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  void mix(std::uint64_t value) noexcept;
  void add_line(std::string_view who, std::uint64_t number, std::string_view what);

  const runtime::clock* time_;
  std::size_t keep_;
  std::uint64_t hash_ = 0xcbf29ce484222325u;
  std::uint64_t dropped_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace hawser::simulation
