/// Actors on the threads of an Asio io_context.
#pragma once

#include "runtime/scheduler.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>

namespace hawser::runtime {

/// Each ready actor gets one turn of at most `budget` letters, then goes to the back of the queue.
class asio_scheduler final : public scheduler {
 public:
  explicit asio_scheduler(boost::asio::io_context& io, std::uint32_t budget = 64)
      : io_(io), time_(io.get_executor()), budget_(budget) {}

  void ready(cell_ptr actor) override;

  [[nodiscard]] clock& time() noexcept override { return time_; }

  [[nodiscard]] boost::asio::execution_context& context() noexcept override { return io_; }

 private:
  boost::asio::io_context& io_;
  steady_time time_;
  std::uint32_t budget_;
};

}  // namespace hawser::runtime
