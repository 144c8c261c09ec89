#include "embed/circuit_breaker.hpp"

#include <algorithm>

namespace hawser::embed {

bool circuit_breaker::may_try(runtime::time_point now) noexcept {
  if (!is_open()) return true;
  if (trying_ || now < again_) return false;
  trying_ = true;
  return true;
}

void circuit_breaker::succeeded() noexcept {
  failures_ = 0;
  trying_ = false;
  pause_ = limits_.first_pause;
}

void circuit_breaker::failed(runtime::time_point now) noexcept {
  const bool tried = trying_;
  trying_ = false;
  if (is_open() && !tried) return;  // one that began before it was open
  if (failures_ < limits_.failures) ++failures_;
  if (!is_open()) return;
  again_ = now + pause_;
  pause_ = std::min(2 * pause_, limits_.longest_pause);
}

}  // namespace hawser::embed
