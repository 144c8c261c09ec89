/// What gives way when the memory of all owners together comes near its limit. Pure: sizes and time are
/// handed in. docs/memory.md is the long form.
#pragma once

#include "actors/memory_board.hpp"
#include "runtime/clock.hpp"

#include <cstdint>
#include <optional>

namespace hawser::actors {

struct ledger_limits {
  std::uint64_t results = 0;  ///< most that remembered answers may ever hold
  runtime::duration gc_interval = std::chrono::seconds(1);
  double relief_from =
      0.94;  ///< of the limit: from here on things give way, so that nobody has to wait for it
};

/// What holds from now on, in bytes.
struct memory_orders {
  std::uint64_t results = 0;     ///< remembered and shared answers may hold so much
  std::uint64_t kv = 0;          ///< pages that are backed may hold so much
  bool give_back = false;        ///< what is free goes back to the system, now
  bool short_of_memory = false;  ///< newcomers are refused until it is better

  friend bool operator==(const memory_orders&, const memory_orders&) = default;
};

/// In this order, as far as each is needed:
///   1. remembered answers go;
///   2. pages that are kept for their prefix go;
///   3. what is free is returned to the system, at most every gc_interval;
///   4. sequences lose their pages, the lowest class first (the batch plan's affair: it has fewer pages);
///   5. newcomers are refused.
/// The first four begin at relief_from of the limit, the last where the limit itself is reached in spite of
/// them.
class memory_ledger {
 public:
  explicit memory_ledger(ledger_limits limits) noexcept : limits_(limits) {}

  [[nodiscard]] memory_orders weigh(const memory_facts& now, runtime::time_point at) noexcept;

 private:
  ledger_limits limits_;
  std::optional<runtime::time_point> gave_back_;
  bool short_ = false;
};

}  // namespace hawser::actors
