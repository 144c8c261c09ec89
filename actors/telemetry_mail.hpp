/// What the actors report to Telemetry.
#pragma once

#include "actors/service_mail.hpp"
#include "actors/tally.hpp"
#include "model/backend.hpp"
#include "runtime/cell.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace hawser::actors {

struct batch_report {
  std::uint32_t replica = 0;
  std::unique_ptr<batch_tally> what;
};

struct ingress_report {
  ingress_tally what;
};

struct result_report {
  result_tally what;
};

/// A mailbox to show under its actor's name, in place of one of the same name before.
struct show_actor {
  runtime::cell_ptr who;
};

/// What the device holds; the labels of every metric are fixed from here on.
struct show_device {
  std::uint32_t replica = 0;
  model::backend_memory memory;
  std::uint32_t page_tokens = 0;
  std::uint32_t pages = 0;  ///< for keys and values, of all groups
};

struct count_restart {
  std::string actor;
};

using tally_address = runtime::address<batch_report, ingress_report, result_report>;

}  // namespace hawser::actors
