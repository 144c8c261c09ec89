/// What a supervisor decides: whom to start, take down and start again, and when to give up. Pure.
#pragma once

#include "runtime/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hawser::runtime {

/// Which children go down and come up again with the one that ended.
enum class strategy : std::uint8_t {
  one_for_one,   ///< none
  one_for_all,   ///< all
  rest_for_one,  ///< those that were started after it
};

/// When a child that ended by itself is started again.
enum class restart : std::uint8_t {
  permanent,  ///< always
  transient,  ///< when it failed
  temporary,  ///< never
};

struct restart_limits {
  strategy how = strategy::one_for_one;
  std::uint32_t restarts = 3;  ///< more within `within` escalate
  duration within = std::chrono::seconds(5);
};

struct supervision_order {
  enum class what : std::uint8_t {
    start,     ///< make the child's actor, now; when that fails, say fell()
    retire,    ///< take it down to start it again; when it is gone, say fell()
    stop,      ///< ask it to stop, and say late() if it takes too long; when it is gone, say fell()
    kill,      ///< as stop, but it is not asked
    finish,    ///< all are gone: stop oneself
    leave,     ///< all are gone: oneself is to be started again by one's own supervisor
    escalate,  ///< all are gone, because too many failed: fail oneself
  };

  what to_do{};
  std::size_t child = 0;

  friend bool operator==(const supervision_order&, const supervision_order&) = default;
};

/// Ask next() after every event until it has nothing more. Children are numbered in the order in which they
/// are started; they are stopped in reverse.
class supervision_plan {
 public:
  /// What becomes of the address of a child that fell.
  enum class fate : std::uint8_t {
    kept,     ///< the child will be started again there, by this supervisor or by its own next life
    ended,    ///< for good
    stopped,  ///< for good if the supervisor stops for good
  };

  supervision_plan(restart_limits limits, std::vector<restart> children);

  /// Before the first next(): this child is still up from an earlier life of the supervisor.
  void is_up(std::size_t child) { children_[child] = {children_[child].again, place::up, true, false}; }
  /// Before the first next(): this child ended in an earlier life of the supervisor.
  void is_gone(std::size_t child) { children_[child].at = place::gone; }

  /// A child ended, however it came to that, or could not be started. `failed`: not in an orderly way.
  [[nodiscard]] fate fell(std::size_t child, bool failed, time_point now);
  /// A child did not stop or die in time.
  void late(std::size_t child);
  /// The supervisor is to stop.
  void stop() noexcept;
  /// The supervisor is to go down and will be started again.
  void retire() noexcept;

  [[nodiscard]] std::optional<supervision_order> next();

 private:
  enum class place : std::uint8_t {
    down,  // to be started
    up,
    leaving,  // asked to go
    killed,   // told to go
    gone,     // not to be started again
  };
  enum class mode : std::uint8_t { running, stopping, retiring, escalating, over };

  struct one {
    restart again{};
    place at = place::down;
    bool cycle = false;  // to be taken down and started again
    bool kill = false;   // was late
  };

  [[nodiscard]] bool may_restart(time_point now);
  void take_along(std::size_t child);
  [[nodiscard]] std::optional<supervision_order> next_running();
  [[nodiscard]] std::optional<supervision_order> next_leaving();
  [[nodiscard]] std::optional<std::size_t> one_that_leaves() const;

  restart_limits limits_;
  std::vector<one> children_;
  std::deque<time_point> restarts_;
  mode mode_ = mode::running;
};

}  // namespace hawser::runtime
