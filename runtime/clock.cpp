#include "runtime/clock.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace hawser::runtime {
namespace {

class steady_pending final : public timer::pending, public std::enable_shared_from_this<steady_pending> {
 public:
  steady_pending(const boost::asio::any_io_executor& executor, time_point when, std::function<void()> what)
      : timer_(executor, when), what_(std::move(what)) {}

  void start() {
    boost::asio::post(timer_.get_executor(), [self = shared_from_this()] {
      self->timer_.async_wait([self](boost::system::error_code error) {
        if (!error && self->claim()) std::exchange(self->what_, nullptr)();
      });
    });
  }

  // The timer object itself is not thread-safe, so the cancel is posted to where it lives.
  void cancel() noexcept override {
    if (!claim()) return;
    boost::asio::post(timer_.get_executor(), [self = shared_from_this()] {
      self->what_ = nullptr;
      self->timer_.cancel();
    });
  }

 private:
  bool claim() noexcept { return !claimed_.exchange(true, std::memory_order_acq_rel); }

  boost::asio::steady_timer timer_;
  std::function<void()> what_;
  std::atomic<bool> claimed_{false};
};

}  // namespace

timer steady_time::call_at(time_point when, std::function<void()> what) {
  // A strand of its own: expiry and cancel may come from any thread of the executor.
  auto pending = std::make_shared<steady_pending>(boost::asio::make_strand(executor_), when, std::move(what));
  pending->start();
  return timer(std::move(pending));
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
