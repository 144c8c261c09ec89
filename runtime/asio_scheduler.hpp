/// Actors on the threads of an Asio io_context.
#pragma once

#include "runtime/scheduler.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstdint>

namespace hawser::runtime {

/// A ready actor gets turns of at most `budget` letters.
///
/// An actor that becomes ready on a thread of this scheduler waits in that thread's own list, so a request's
/// path stays on one thread and a message between two actors there costs no trip through Asio. The list is
/// given up to the other threads when it grows while one of them is idle, and after `quota` turns, so that
/// I/O gets its turn too.
class asio_scheduler final : public scheduler {
 public:
  /// `threads` is how many threads run `io`.
  explicit asio_scheduler(boost::asio::io_context& io, std::uint32_t threads = 1)
      : io_(io), time_(io.get_executor()), threads_(threads) {}

  void ready(cell_ptr actor) override;
  [[nodiscard]] clock& time() noexcept override { return time_; }
  [[nodiscard]] boost::asio::execution_context& context() noexcept override { return io_; }

 private:
  static constexpr std::uint32_t budget = 64;
  static constexpr std::uint32_t quota = 256;
  static constexpr std::uint32_t spill_above = 8;

  class round;

  void post(cell_ptr actor);

  boost::asio::io_context& io_;
  steady_time time_;
  const std::uint32_t threads_;
  alignas(64) std::atomic<std::uint32_t> busy_{0};  // threads in a round, and rounds on their way to one
};

}  // namespace hawser::runtime
