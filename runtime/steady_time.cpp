#include "runtime/clock.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace hawser::runtime {

/// All pending calls, and one Asio timer that is armed for the first of them or earlier. The timer object is
/// only touched under the lock.
class steady_time::shelf final : public std::enable_shared_from_this<shelf> {
 public:
  explicit shelf(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  class entry final : public timer::pending {
   public:
    entry(std::weak_ptr<shelf> on, time_point due, std::function<void()> call)
        : when(due), what(std::move(call)), on_(std::move(on)) {}

    void cancel() noexcept override {
      if (!claim()) return;
      const std::function<void()> dropped = std::move(what);  // destroyed when the lock is free again
      if (const auto on = on_.lock()) on->forget_one();
    }

    /// The one who claims it may call it or drop it.
    bool claim() noexcept { return !claimed_.exchange(true, std::memory_order_acq_rel); }
    [[nodiscard]] bool claimed() const noexcept { return claimed_.load(std::memory_order_acquire); }

    const time_point when;
    std::function<void()> what;

   private:
    const std::weak_ptr<shelf> on_;
    std::atomic<bool> claimed_{false};
  };

  using entry_ptr = std::shared_ptr<entry>;

  void put(entry_ptr what) {
    const std::lock_guard guard(lock_);
    ++live_;
    const time_point when = what->when;
    heap_.push_back(std::move(what));
    std::push_heap(heap_.begin(), heap_.end(), later);
    if (when < armed_) arm(when);
  }

  void close() {
    std::vector<entry_ptr> dropped;
    const std::lock_guard guard(lock_);
    closed_ = true;
    dropped.swap(heap_);
    timer_.cancel();
  }

 private:
  static bool later(const entry_ptr& a, const entry_ptr& b) noexcept { return a->when > b->when; }

  void arm(time_point when) {
    armed_ = when;
    timer_.expires_at(when);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->fire();
    });
  }

  void fire() {
    std::vector<entry_ptr> due;
    {
      const std::lock_guard guard(lock_);
      if (closed_) return;
      armed_ = time_point::max();
      const time_point now = std::chrono::steady_clock::now();
      while (!heap_.empty() && (heap_.front()->when <= now || heap_.front()->claimed())) {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        if (heap_.back()->claim()) {
          --live_;
          due.push_back(std::move(heap_.back()));
        }
        heap_.pop_back();
      }
      if (!heap_.empty()) arm(heap_.front()->when);
    }
    for (const entry_ptr& each : due) std::exchange(each->what, nullptr)();
  }

  void forget_one() noexcept {
    std::vector<entry_ptr> dropped;
    const std::lock_guard guard(lock_);
    --live_;
    if (closed_) return;
    if (live_ == 0) {
      dropped.swap(heap_);
      // An armed timer keeps an io_context running. Asks come one after the other, so it is disarmed a little
      // later, if nothing was put here meanwhile.
      if (!std::exchange(tidying_, true))
        boost::asio::defer(timer_.get_executor(), [self = shared_from_this()] { self->tidy(); });
    } else if (heap_.size() > 2 * live_ + 64) {
      std::erase_if(heap_, [](const entry_ptr& e) { return e->claimed(); });
      std::make_heap(heap_.begin(), heap_.end(), later);
    }
  }

  void tidy() {
    const std::lock_guard guard(lock_);
    tidying_ = false;
    if (closed_ || live_ > 0) return;
    armed_ = time_point::max();
    timer_.cancel();
  }

  std::mutex lock_;
  std::vector<entry_ptr> heap_;  // the earliest on top; cancelled ones leave later, in bulk
  std::size_t live_ = 0;
  boost::asio::steady_timer timer_;
  time_point armed_ = time_point::max();
  bool tidying_ = false;
  bool closed_ = false;
};

steady_time::steady_time(const boost::asio::any_io_executor& executor)
    : shelf_(std::make_shared<shelf>(executor)) {}

steady_time::~steady_time() {
  shelf_->close();
}

timer steady_time::call_at(time_point when, std::function<void()> what) {
  auto made = std::make_shared<shelf::entry>(shelf_, when, std::move(what));
  shelf_->put(made);
  return timer(std::move(made));
}

}  // namespace hawser::runtime
