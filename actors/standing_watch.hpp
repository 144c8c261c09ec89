/// Whether a queue stands, or only holds a burst that it works off (CoDel: Nichols and Jacobson, 2012). Pure.
#pragma once

#include "runtime/clock.hpp"

#include <optional>

namespace hawser::actors {

/// A queue stands when nobody who left it in a whole interval had waited less than the target: then more
/// comes in than goes out, and order stops being fair, because everybody is late.
class standing_watch {
 public:
  /// `target` 0: never standing.
  explicit standing_watch(runtime::duration target,
                          runtime::duration interval = std::chrono::milliseconds(100)) noexcept
      : target_(target), interval_(interval) {}

  /// Somebody's turn came after `waited`.
  void served(runtime::duration waited, runtime::time_point now) noexcept;
  /// At any time: `oldest` is how long the one has waited that waits longest; nothing when nobody waits.
  void look(std::optional<runtime::duration> oldest, runtime::time_point now) noexcept;

  [[nodiscard]] bool standing() const noexcept { return standing_; }

 private:
  void roll(runtime::time_point now) noexcept;

  runtime::duration target_;
  runtime::duration interval_;
  runtime::time_point begun_{};
  std::optional<runtime::duration> least_;  // in this interval
  bool waiting_ = false;                    // somebody waits for longer than the target
  bool standing_ = false;
};

}  // namespace hawser::actors
