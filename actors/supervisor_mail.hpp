/// What the supervisor hears.
#pragma once

#include "actors/core_options.hpp"
#include "actors/executor_mail.hpp"
#include "actors/ingress_mail.hpp"
#include "actors/supervisor_plan.hpp"
#include "runtime/address.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace hawser::actors {

struct start_up {
  std::function<void(phase, std::string_view)> watch;
};

/// `down` is called when everything is gone, the supervisor included.
struct shut_down {
  std::function<void()> down;
};

/// Bounds and targets that need no restart: those of a request's fields, of who may wait, and of overload.
struct change_limits {
  core_options to;
};

struct actor_ended {
  member who{};
  bool failed = false;
  std::string why;
};

using supervisor_address = runtime::address<start_up, shut_down, change_limits, pulse>;

}  // namespace hawser::actors
