/// Who gives actors their turns. Production: threads of an Asio executor. Tests: a crank turned by hand.
#pragma once

#include "runtime/clock.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/intrusive_ptr.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace hawser::runtime {

class cell;
using cell_ptr = boost::intrusive_ptr<cell>;

/// Not pinned to a worker of its scheduler.
constexpr std::uint32_t any_worker = 0xffff'ffff;

/// A handler that ran, or still runs, longer than its actor may.
struct slow_handler {
  std::string_view actor;
  std::string_view message;  ///< the type
  std::uint64_t trace = 0;   ///< the trace id that it ran under
  std::chrono::nanoseconds took{};
  bool runs = false;  ///< it had not ended when it was seen
};

using slow_listener = std::function<void(const slow_handler&)>;

class scheduler {
 public:
  virtual ~scheduler() = default;

  /// Any thread. `actor` has become ready: give it a turn() soon, and again for as long as turn() asks for
  /// more.
  virtual void ready(cell_ptr actor) = 0;
  [[nodiscard]] virtual clock& time() noexcept = 0;
  /// The context that the actors' own I/O objects belong to.
  [[nodiscard]] virtual boost::asio::execution_context& context() noexcept = 0;

  /// Before the first turn. `to` hears of every handler that was slow, after it, on its thread: it may only
  /// post or tell, and must not throw.
  void report_slow(slow_listener to) { slow_ = std::move(to); }
  [[nodiscard]] const slow_listener& slow() const noexcept { return slow_; }

 private:
  slow_listener slow_;
};

}  // namespace hawser::runtime
