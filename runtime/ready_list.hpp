/// Ready actors in the order in which they became ready; links through the cells themselves.
#pragma once

#include "runtime/cell.hpp"

#include <cstdint>
#include <utility>

namespace hawser::runtime {

/// Owns what is in it. Not thread-safe.
class ready_list {
 public:
  ready_list() = default;
  explicit ready_list(cell_ptr only) noexcept { push(std::move(only)); }
  ready_list(ready_list&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  ready_list& operator=(ready_list&&) = delete;
  ~ready_list() {
    while (pop()) {
    }
  }

  void push(cell_ptr actor) noexcept {
    cell* const last = actor.detach();
    last->set_next_ready(nullptr);
    if (last_ != nullptr) {
      last_->set_next_ready(last);
    } else {
      first_ = last;
    }
    last_ = last;
    ++size_;
  }

  /// Null: it is empty.
  [[nodiscard]] cell_ptr pop() noexcept {
    if (first_ == nullptr) return {};
    cell_ptr taken(first_, false);
    first_ = taken->next_ready();
    if (first_ == nullptr) last_ = nullptr;
    --size_;
    return taken;
  }

  /// Moves the first `count` out.
  [[nodiscard]] ready_list take(std::uint32_t count) noexcept {
    ready_list taken;
    for (; count > 0 && size_ > 0; --count) taken.push(pop());
    return taken;
  }

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

 private:
  cell* first_ = nullptr;
  cell* last_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace hawser::runtime
