/// The deadlines of one connection, behind one timer. Pure: time is passed in.
#pragma once

#include "runtime/clock.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hawser::net {

enum class alarm : std::uint8_t {
  header,   ///< the header has taken too long
  body,     ///< the body has taken too long
  rate,     ///< time to look at the body's rate
  idle,     ///< nothing was asked for too long
  unread,   ///< the output has been full for too long
  stalled,  ///< nothing of the output was read for too long
  ping,     ///< the stream has been silent
  request,  ///< the answer has taken too long
  linger,   ///< the client had time to read the last answer
  talk,     ///< a WebSocket has something to do
};

class alarms {
 public:
  alarms() noexcept { times_.fill(runtime::time_point::max()); }

  void set(alarm which, runtime::time_point when) noexcept { at(which) = when; }
  void clear(alarm which) noexcept { at(which) = runtime::time_point::max(); }
  void clear_all() noexcept { times_.fill(runtime::time_point::max()); }
  [[nodiscard]] bool is_set(alarm which) const noexcept {
    return times_[static_cast<std::size_t>(which)] != runtime::time_point::max();
  }
  /// time_point::max() when none is set.
  [[nodiscard]] runtime::time_point earliest() const noexcept { return *std::ranges::min_element(times_); }
  /// One that is due at `now`, the earliest first, and clears it.
  [[nodiscard]] std::optional<alarm> take_due(runtime::time_point now) noexcept {
    const auto first = std::ranges::min_element(times_);
    if (*first == runtime::time_point::max() || *first > now) return std::nullopt;
    *first = runtime::time_point::max();
    return static_cast<alarm>(first - times_.begin());
  }

 private:
  [[nodiscard]] runtime::time_point& at(alarm which) noexcept {
    return times_[static_cast<std::size_t>(which)];
  }

  std::array<runtime::time_point, 10> times_;
};

}  // namespace hawser::net
