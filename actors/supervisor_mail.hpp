/// What the supervisor hears.
#pragma once

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

struct actor_ended {
  role who{};
  bool failed = false;
  std::string why;
};

using supervisor_address = runtime::address<start_up, shut_down, pulse>;

}  // namespace hawser::actors
