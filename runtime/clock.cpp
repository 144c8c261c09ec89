#include "runtime/clock.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace hawser::runtime {
namespace {

class ticking final : public timer::pending, public std::enable_shared_from_this<ticking> {
 public:
  ticking(clock& time, duration period, std::function<void()> what)
      : time_(time), period_(std::max(period, duration(1))), due_(time.now() + period_),
        what_(std::move(what)) {}

  void arm() {
    const std::lock_guard guard(lock_);
    arm_again();
  }

  void cancel() noexcept override {
    timer last;
    const std::lock_guard guard(lock_);
    over_ = true;
    last = std::move(next_);
  }

 private:
  void arm_again() {
    if (over_) return;
    next_ = time_.call_at(due_, [self = weak_from_this()] {
      if (const auto still = self.lock()) still->tick();
    });
  }

  void tick() {
    what_();
    const std::lock_guard guard(lock_);
    due_ += period_;
    if (const time_point now = time_.now(); due_ <= now) due_ = now + period_ - (now - due_) % period_;
    arm_again();
  }

  clock& time_;
  const duration period_;
  time_point due_;
  const std::function<void()> what_;
  std::mutex lock_;
  timer next_;
  bool over_ = false;
};

}  // namespace

timer clock::call_every(duration period, std::function<void()> what) {
  auto made = std::make_shared<ticking>(*this, period, std::move(what));
  made->arm();
  return timer(std::move(made));
}

struct manual_time::entry final : timer::pending {
  time_point when;
  std::uint64_t number = 0;
  std::function<void()> what;

  void cancel() noexcept override { what = nullptr; }
};

struct manual_time::earlier {
  // std heaps keep the largest on top, so "smaller" means later here.
  bool operator()(const std::shared_ptr<entry>& a, const std::shared_ptr<entry>& b) const noexcept {
    return std::pair(a->when, a->number) > std::pair(b->when, b->number);
  }
};

std::chrono::system_clock::time_point manual_time::wall() const noexcept {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(now_.time_since_epoch()));
}

timer manual_time::call_at(time_point when, std::function<void()> what) {
  auto made = std::make_shared<entry>();
  made->when = std::max(when, now_);
  made->number = made_++;
  made->what = std::move(what);
  heap_.push_back(made);
  std::push_heap(heap_.begin(), heap_.end(), earlier{});
  return timer(std::move(made));
}

void manual_time::drop_cancelled() const {
  while (!heap_.empty() && !heap_.front()->what) {
    std::pop_heap(heap_.begin(), heap_.end(), earlier{});
    heap_.pop_back();
  }
}

void manual_time::advance(duration by) {
  const time_point end = now_ + by;
  for (drop_cancelled(); !heap_.empty() && heap_.front()->when <= end; drop_cancelled()) {
    const std::shared_ptr<entry> due = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), earlier{});
    heap_.pop_back();
    now_ = due->when;
    std::exchange(due->what, nullptr)();
  }
  now_ = end;
}

std::size_t manual_time::pending() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(heap_, [](const auto& one) { return one->what != nullptr; }));
}

time_point manual_time::next_due() const noexcept {
  drop_cancelled();
  return heap_.empty() ? time_point::max() : heap_.front()->when;
}

}  // namespace hawser::runtime
