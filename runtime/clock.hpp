/// Where all time comes from. Production hands out steady_time; tests and the simulation a clock that they
/// move.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace hawser::runtime {

using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// A pending call. Dropping the handle cancels it; cancelling after it fired does nothing. Thread-safe.
class timer {
 public:
  class pending {
   public:
    virtual ~pending() = default;
    virtual void cancel() noexcept = 0;
  };

  timer() = default;

  explicit timer(std::shared_ptr<pending> what) : what_(std::move(what)) {}

  timer(timer&& other) noexcept = default;

  timer& operator=(timer&& other) noexcept {
    if (this != &other) {
      cancel();
      what_ = std::move(other.what_);
    }
    return *this;
  }

  ~timer() { cancel(); }

  void cancel() noexcept {
    if (what_) what_->cancel();
    what_.reset();
  }

  explicit operator bool() const noexcept { return what_ != nullptr; }

 private:
  std::shared_ptr<pending> what_;
};

class clock {
 public:
  virtual ~clock() = default;

  [[nodiscard]] virtual time_point now() const noexcept = 0;
  /// For people and log lines only; never for measuring.
  [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const noexcept = 0;
  /// Calls `what` once, at `when` or soon after, from an unspecified thread: it may only post or tell.
  [[nodiscard]] virtual timer call_at(time_point when, std::function<void()> what) = 0;

  [[nodiscard]] timer call_after(duration wait, std::function<void()> what) {
    return call_at(now() + wait, std::move(what));
  }

  /// Calls `what` each `period` from now on, the first time after one, until the handle is dropped; periods
  /// that were missed are left out. The clock must outlive the handle.
  [[nodiscard]] timer call_every(duration period, std::function<void()> what);
};

/// The machine's steady clock; calls are made on `executor`. Timers that are cancelled before they fire cost
/// no trip through the executor. What is still pending when this goes is never called.
class steady_time final : public clock {
 public:
  explicit steady_time(const boost::asio::any_io_executor& executor);
  ~steady_time() override;

  [[nodiscard]] time_point now() const noexcept override { return std::chrono::steady_clock::now(); }

  [[nodiscard]] std::chrono::system_clock::time_point wall() const noexcept override {
    return std::chrono::system_clock::now();
  }

  [[nodiscard]] timer call_at(time_point when, std::function<void()> what) override;

 private:
  class shelf;

  std::shared_ptr<shelf> shelf_;
};

/// Stands still until it is moved; single-threaded. Calls due at the same moment fire in the order they were
/// made.
class manual_time final : public clock {
 public:
  explicit manual_time(time_point start = time_point{} + std::chrono::hours(1)) : now_(start) {}

  [[nodiscard]] time_point now() const noexcept override { return now_; }

  [[nodiscard]] std::chrono::system_clock::time_point wall() const noexcept override;
  [[nodiscard]] timer call_at(time_point when, std::function<void()> what) override;

  /// Moves the time, firing what falls due on the way, in order.
  void advance(duration by);
  /// The next due time, or time_point::max() when nothing is pending.
  [[nodiscard]] time_point next_due() const noexcept;
  /// Calls that are due some day: neither fired nor cancelled. O(all that were made and are not past).
  [[nodiscard]] std::size_t pending() const noexcept;

 private:
  struct entry;
  struct earlier;
  void drop_cancelled() const;

  time_point now_;
  std::uint64_t made_ = 0;
  mutable std::vector<std::shared_ptr<entry>> heap_;
};

}  // namespace hawser::runtime
