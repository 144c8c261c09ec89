#include "cli/claims/static_gate.hpp"

#include <algorithm>

namespace hawser::cli {

std::vector<std::uint64_t> static_gate::release(std::chrono::nanoseconds now) {
  std::vector<std::uint64_t> go;
  if (running_ > 0 || waiting_.empty()) return go;
  if (waiting_.size() < size_ && now < waiting_.front().since + wait_) return go;
  running_ = std::min(size_, waiting_.size());
  for (std::size_t i = 0; i < running_; ++i) {
    go.push_back(waiting_.front().who);
    waiting_.pop_front();
  }
  return go;
}

std::optional<std::chrono::nanoseconds> static_gate::due() const noexcept {
  if (running_ > 0 || waiting_.empty()) return std::nullopt;
  return waiting_.front().since + wait_;
}

}  // namespace hawser::cli
