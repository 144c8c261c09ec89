/// The threads of the process: an event loop, and a pool for work that grows with a request.
#pragma once

#include "runtime/asio_scheduler.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace hawser::embed {

/// Runs from its making to stop(). What runs on it must be gone before it is destroyed.
class event_loops {
 public:
  event_loops(std::uint32_t loop_threads, std::uint32_t pool_threads);
  event_loops(const event_loops&) = delete;
  event_loops& operator=(const event_loops&) = delete;
  ~event_loops();

  [[nodiscard]] boost::asio::io_context& io() noexcept { return loop_; }
  [[nodiscard]] boost::asio::io_context& pool() noexcept { return pool_; }
  [[nodiscard]] runtime::scheduler& by_loop() noexcept { return by_loop_; }
  [[nodiscard]] runtime::scheduler& by_pool() noexcept { return by_pool_; }

  /// `all_here` is called once, on one of them, when each thread of the event loop has run something since;
  /// if one does not within `within`, never.
  void call_roll(std::chrono::milliseconds within, std::function<void()> all_here);

  /// Drops what is queued and joins the threads. Not from one of them.
  void stop();

 private:
  using guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  boost::asio::io_context loop_;
  boost::asio::io_context pool_;
  guard keep_loop_;
  guard keep_pool_;
  runtime::asio_scheduler by_loop_;
  runtime::asio_scheduler by_pool_;
  std::uint32_t loop_threads_;
  std::vector<std::thread> threads_;
};

}  // namespace hawser::embed
