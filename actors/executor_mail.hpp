/// What an executor is told, and what it tells the batcher and the supervisor.
#pragma once

#include "actors/step.hpp"
#include "runtime/address.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace hawser::actors {

/// Run `what`; it comes back with step_done, or step_lost says that it never will. At most two are on their
/// way.
struct run_step {
  step_ptr what;
};

struct step_done {
  step_ptr what;
};

/// The device does not answer: all steps on their way are lost, and what the seats held with them.
struct step_lost {
  std::string why;
};

/// Steps may come: after attach(), and when a lost device answered after all.
struct steps_welcome {};

using step_listener = runtime::address<step_done, step_lost, steps_welcome>;

/// Who gets the results from now on, beginning with steps_welcome. Steps of another one that wait are
/// dropped.
struct attach {
  step_listener batcher;
};

struct warm_up {};

/// Are you alive? Then call it: on your turn, so it may only post or tell.
struct pulse {
  std::function<void()> alive;
};

using executor_address = runtime::address<run_step, attach, warm_up>;

/// To the supervisor.
struct warmed {
  std::uint32_t replica = 0;
};
struct device_lost {
  std::uint32_t replica = 0;
  bool broken = false;  ///< it says so itself, and will not answer any more
  std::string why;
};
/// It answered after all.
struct device_back {
  std::uint32_t replica = 0;
};

using device_watcher = runtime::address<warmed, device_lost, device_back>;

}  // namespace hawser::actors
