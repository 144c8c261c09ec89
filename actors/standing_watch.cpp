#include "actors/standing_watch.hpp"

#include <algorithm>

namespace hawser::actors {

void standing_watch::served(runtime::duration waited, runtime::time_point now) noexcept {
  if (target_ <= runtime::duration::zero()) return;
  // One quick turn is enough to know that the queue empties.
  if (waited <= target_) standing_ = false;
  least_ = least_ ? std::min(*least_, waited) : waited;
  roll(now);
}

void standing_watch::look(std::optional<runtime::duration> oldest, runtime::time_point now) noexcept {
  if (target_ <= runtime::duration::zero()) return;
  if (!oldest) {
    standing_ = false;
    least_.reset();
    begun_ = now;
    return;
  }
  waiting_ = *oldest > target_;
  roll(now);
}

void standing_watch::roll(runtime::time_point now) noexcept {
  if (now - begun_ < interval_) return;
  // Nobody looked for long, because nobody waited: this interval begins now.
  const bool fresh = now - begun_ > 10 * interval_;
  if (!fresh) standing_ = least_ ? *least_ > target_ : waiting_;
  least_.reset();
  begun_ = now;
}

}  // namespace hawser::actors
