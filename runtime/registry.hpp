/// All actors of the program, for those who look at it from outside. Actors are entered when they are made
/// and leave when their last address is dropped; between the two nothing is written here.
#pragma once

#include "runtime/scheduler.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::runtime {

enum class actor_state : std::uint8_t {
  running,
  vacant,  ///< between two lives: its supervisor will decide
  ended,
};

[[nodiscard]] std::string_view to_string(actor_state s) noexcept;

/// Counters of one actor. Any thread may read them; each is exact, together they are not a snapshot of one
/// moment.
struct actor_counters {
  std::uint64_t messages = 0;
  std::uint64_t slow = 0;  ///< handlers that ran longer than the limit
  std::chrono::nanoseconds busy{};
  std::uint32_t waiting = 0;          ///< letters that count against the bound
  std::chrono::nanoseconds oldest{};  ///< how long ago the oldest letter that is not yet done was sent
  std::uint32_t restarts = 0;
};

/// What an actor was at when it was looked at.
struct actor_view {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;  ///< the actor that made it, or its supervisor; 0: neither
  std::string name;
  actor_state state = actor_state::running;
  std::uint32_t worker = any_worker;  ///< to which it is pinned
  std::uint32_t bound = 0;
  actor_counters counters;
  std::string_view handling;  ///< the type of the message that is being handled; empty: none
  std::chrono::nanoseconds handling_for{};
};

/// The actor's own links. Written under the registry's lock.
struct registry_entry {
  std::uint64_t id = 0;
  cell* previous = nullptr;
  cell* next = nullptr;
};

class registry {
 public:
  static void enter(cell& who) noexcept;
  static void leave(cell& who) noexcept;

  /// Any thread. All actors, or those of one scheduler, by id. Costs a copy of each; they run on meanwhile.
  [[nodiscard]] static std::vector<actor_view> snapshot(const scheduler* of = nullptr);

  /// Any thread. The actor whose cell is at `where`, if there is (still) one.
  struct found {
    std::uint64_t id = 0;
    std::string name;
  };
  [[nodiscard]] static found find(const cell* where);
};

/// The snapshot as people draw a tree: one actor a line, children two spaces to the right of their parent.
[[nodiscard]] std::string draw(const std::vector<actor_view>& actors);

}  // namespace hawser::runtime
