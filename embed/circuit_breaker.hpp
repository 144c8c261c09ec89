/// Whether something that fails now and then is to be tried again yet. Pure: time is handed in.
#pragma once

#include "runtime/clock.hpp"

#include <cstdint>

namespace hawser::embed {

struct breaker_limits {
  std::uint32_t failures = 5;  ///< in a row, then it is open
  runtime::duration first_pause = std::chrono::seconds(1);
  runtime::duration longest_pause = std::chrono::minutes(1);
};

/// Closed: all may try. Open: nobody, for a pause that doubles each time. Then one may try: if that succeeds
/// it is closed, otherwise open again.
class circuit_breaker {
 public:
  explicit circuit_breaker(breaker_limits limits) noexcept : limits_(limits), pause_(limits.first_pause) {}

  /// Asked before each try, of which succeeded() or failed() tells the end.
  [[nodiscard]] bool may_try(runtime::time_point now) noexcept;
  void succeeded() noexcept;
  void failed(runtime::time_point now) noexcept;

  [[nodiscard]] bool is_open() const noexcept { return failures_ >= limits_.failures; }

 private:
  breaker_limits limits_;
  std::uint32_t failures_ = 0;
  bool trying_ = false;  // the one that may
  runtime::time_point again_{};
  runtime::duration pause_;
};

}  // namespace hawser::embed
