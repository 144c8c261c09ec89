#include "runtime/asio_scheduler.hpp"

#include "runtime/cell.hpp"
#include "runtime/ready_list.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace hawser::runtime {

/// One visit of a thread to ready actors.
class asio_scheduler::round {
 public:
  round(asio_scheduler& of, ready_list actors, std::uint32_t worker) noexcept
      : of_(of), outer_(std::exchange(current, this)), list_(std::move(actors)), worker_(worker) {}
  round(const round&) = delete;
  round& operator=(const round&) = delete;
  ~round() { current = outer_; }

  /// What is left when the quota is used up.
  ready_list run() {
    const std::uint64_t begin = ticks::now();
    std::uint64_t now = begin;
    for (std::uint32_t turns = 1;; ++turns) {
      cell_ptr actor = list_.pop();
      if (!actor) break;
      if (actor->turn(budget, now)) list_.push(std::move(actor));
      now = this_page.since.load(std::memory_order_relaxed);
      if (turns >= quota && now - begin > of_.patience_) break;
    }
    return std::move(list_);
  }

  void push(cell_ptr actor) {
    list_.push(std::move(actor));
    if (list_.size() < spill_at_ || worker_ != any_worker || !of_.has_idle_thread()) return;
    of_.post(list_.take(list_.size() / 2), any_worker);
    // A list that grows again at once is one of many short turns: fewer, larger shares.
    spill_at_ = std::min(2 * spill_at_, spill_most);
  }

  [[nodiscard]] bool takes(const asio_scheduler& which, std::uint32_t worker) const noexcept {
    return &of_ == &which && (worker == any_worker || worker == worker_);
  }

  static thread_local constinit round* current;

 private:
  asio_scheduler& of_;
  round* const outer_;
  ready_list list_;
  const std::uint32_t worker_;
  std::uint32_t spill_at_ = spill_above;
};

thread_local constinit asio_scheduler::round* asio_scheduler::round::current = nullptr;

/// A round on its way to a thread.
struct asio_scheduler::visit {
  asio_scheduler* of;
  ready_list actors;
  std::uint32_t worker;

  void operator()() {
    ready_list left = round(*of, std::move(actors), worker).run();
    if (left.size() == 0) {
      if (worker == any_worker) of->busy_.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
    // As the continuation of this one, it waits behind the I/O that is ready but wakes no other thread.
    boost::asio::defer(of->executor_of(worker), visit{of, std::move(left), worker});
  }
};

asio_scheduler::asio_scheduler(boost::asio::any_io_executor on, std::uint32_t threads,
                               std::vector<boost::asio::any_io_executor> workers)
    : on_(std::move(on)), workers_(std::move(workers)), time_(on_), threads_(threads),
      patience_(ticks::from_time(patience)) {}

std::uint32_t asio_scheduler::place_of(const cell& actor) const noexcept {
  return actor.worker() < workers_.size() ? actor.worker() : any_worker;
}

const boost::asio::any_io_executor& asio_scheduler::executor_of(std::uint32_t worker) const noexcept {
  return worker == any_worker ? on_ : workers_[worker];
}

void asio_scheduler::ready(cell_ptr actor) {
  const std::uint32_t worker = place_of(*actor);
  round* const here = round::current;
  if (here != nullptr && here->takes(*this, worker)) return here->push(std::move(actor));
  post(ready_list(std::move(actor)), worker);
}

void asio_scheduler::post(ready_list actors, std::uint32_t worker) {
  if (worker == any_worker) busy_.fetch_add(1, std::memory_order_relaxed);
  boost::asio::post(executor_of(worker), visit{this, std::move(actors), worker});
}

}  // namespace hawser::runtime
