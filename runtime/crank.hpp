/// A scheduler that is turned by hand, with a clock that is moved by hand: for tests of actors.
#pragma once

#include "runtime/clock.hpp"
#include "runtime/scheduler.hpp"

#include <boost/asio/io_context.hpp>

#include <deque>

namespace hawser::runtime {

/// Single-threaded. "Three letters waiting, turn once, advance 50 ms."
class crank final : public scheduler {
 public:
  void ready(cell_ptr actor) override { ready_.push_back(std::move(actor)); }

  [[nodiscard]] manual_time& time() noexcept override { return time_; }

  [[nodiscard]] boost::asio::execution_context& context() noexcept override { return io_; }

  /// One letter of the actor that has been ready longest. False: nobody is ready.
  bool turn();
  /// Turns until nobody is ready; throws std::runtime_error after `most` letters (a livelock). Returns the
  /// letters handled.
  std::size_t run(std::size_t most = 1'000'000);

  /// Moves the clock, then runs.
  void advance(duration by) {
    time_.advance(by);
    run();
  }

 private:
  std::deque<cell_ptr> ready_;
  manual_time time_;
  boost::asio::io_context io_;
};

}  // namespace hawser::runtime
