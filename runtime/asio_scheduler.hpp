/// Actors on the threads of an Asio executor.
#pragma once

#include "runtime/scheduler.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

namespace hawser::runtime {

class ready_list;

/// A ready actor gets turns of at most `budget` letters.
///
/// An actor that becomes ready on a thread of this scheduler waits in that thread's own list, so a request's
/// path stays on one thread and a message between two actors there costs no trip through Asio. Half of the
/// list is given to the other threads when it grows while one of them is idle; after `quota` turns and
/// `patience` the list goes through Asio, so that I/O gets its turn too.
///
/// A worker is an executor with one thread. An actor pinned to one (spawn_options::worker) runs there alone,
/// and so do the unpinned ones that it wakes, until someone else wakes them.
class asio_scheduler final : public scheduler {
 public:
  /// `threads` is how many threads run `io`.
  explicit asio_scheduler(boost::asio::io_context& io, std::uint32_t threads = 1)
      : asio_scheduler(io.get_executor(), threads) {}
  /// `on`: any executor, with so many threads. `workers`: by the number that actors are pinned to; a number
  /// beyond them means any thread.
  asio_scheduler(boost::asio::any_io_executor on, std::uint32_t threads,
                 std::vector<boost::asio::any_io_executor> workers = {});

  void ready(cell_ptr actor) override;
  [[nodiscard]] clock& time() noexcept override { return time_; }
  [[nodiscard]] boost::asio::execution_context& context() noexcept override {
    return boost::asio::query(on_, boost::asio::execution::context);
  }

 private:
  static constexpr std::uint32_t budget = 64;
  static constexpr std::uint32_t quota = 256;
  static constexpr std::uint32_t spill_above = 8;
  static constexpr std::uint32_t spill_most = 512;
  static constexpr std::chrono::microseconds patience{50};

  class round;
  struct visit;

  [[nodiscard]] std::uint32_t place_of(const cell& actor) const noexcept;
  [[nodiscard]] const boost::asio::any_io_executor& executor_of(std::uint32_t worker) const noexcept;
  [[nodiscard]] bool has_idle_thread() const noexcept {
    return busy_.load(std::memory_order_relaxed) < threads_;
  }
  void post(ready_list actors, std::uint32_t worker);

  boost::asio::any_io_executor on_;
  std::vector<boost::asio::any_io_executor> workers_;
  steady_time time_;
  const std::uint32_t threads_;
  const std::uint64_t patience_;                    // ticks
  alignas(64) std::atomic<std::uint32_t> busy_{0};  // threads in a round, and rounds on their way to one
};

}  // namespace hawser::runtime
