#include "gpu/stand_in/stand_in_stream.hpp"

#include <algorithm>
#include <utility>

namespace hawser::gpu::stand_in {

work_queue::work_queue() : thread_([this] { serve(); }) {}

work_queue::~work_queue() {
  {
    const std::lock_guard lock(guard_);
    stop_ = true;
    held_ = false;
  }
  changed_.notify_all();
  thread_.join();
}

void work_queue::push(operation work) {
  {
    const std::lock_guard lock(guard_);
    waiting_.push_back(std::move(work));
  }
  changed_.notify_all();
}

void work_queue::hold() {
  const std::lock_guard lock(guard_);
  held_ = true;
  credits_ = 0;
}

void work_queue::step(int n) {
  {
    const std::lock_guard lock(guard_);
    credits_ += n;
  }
  changed_.notify_all();
}

void work_queue::release() {
  {
    const std::lock_guard lock(guard_);
    held_ = false;
  }
  changed_.notify_all();
}

bool work_queue::idle() const {
  const std::lock_guard lock(guard_);
  return waiting_.empty() && !busy_;
}

void work_queue::serve() {
  std::unique_lock lock(guard_);
  for (;;) {
    changed_.wait(lock, [this] { return waiting_.empty() ? stop_ : (!held_ || credits_ > 0); });
    if (waiting_.empty()) return;
    if (held_) --credits_;
    operation next = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    next();
    next = nullptr;
    lock.lock();
    busy_ = false;
  }
}

std::uint64_t event_state::record() {
  const std::lock_guard lock(guard_);
  return ++recorded_;
}

void event_state::reach(std::uint64_t recording) {
  {
    const std::lock_guard lock(guard_);
    reached_ = std::max(reached_, recording);
  }
  changed_.notify_all();
}

bool event_state::over() const {
  const std::lock_guard lock(guard_);
  return reached_ >= recorded_;
}

std::uint64_t event_state::recorded() const {
  const std::lock_guard lock(guard_);
  return recorded_;
}

void event_state::wait_for(std::uint64_t recording) const {
  std::unique_lock lock(guard_);
  changed_.wait(lock, [&] { return reached_ >= recording; });
}

}  // namespace hawser::gpu::stand_in
