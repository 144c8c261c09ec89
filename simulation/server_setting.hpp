/// The server, its clients and their troubles, drawn from a seed.
#pragma once

#include "actors/core_options.hpp"
#include "net/net_options.hpp"
#include "runtime/dice.hpp"
#include "runtime/simulated_scheduler.hpp"

#include "simulation/core_client.hpp"
#include "simulation/http_client.hpp"
#include "simulation/simulated_backend.hpp"
#include "simulation/simulated_guest.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::simulation {

struct planned_fault {
  std::uint64_t step = 0;
  simulated_backend::fault what{};
  std::uint32_t device = 0;
};

struct planned_client {
  runtime::duration comes_after{};
  client_plan plan;
};

struct server_setting {
  runtime::simulated_habits machine;
  device_options device;
  actors::core_options core;
  net::net_options net;
  model_facts model;
  std::uint32_t devices = 1;  ///< that do the same
  std::vector<planned_fault> faults;
  std::vector<guest_plan> guests;
  std::uint64_t memory_limit = 0;    ///< of the core; 0: none
  runtime::duration hang_time{};     ///< after which a step that hangs is done after all
  std::uint32_t scarce_accepts = 0;  ///< accepts that find no descriptor
  std::vector<planned_client> clients;
  std::vector<core_client_plan> core_clients;
  std::optional<runtime::duration> stop_after;  ///< none: when all have their answers
  bool hurried = false;                         ///< requests may run out of time
  bool crowded = false;                         ///< more may come than the server takes

  /// For people, one line.
  [[nodiscard]] std::string describe() const;
};

/// Who core clients ask for.
inline constexpr std::array<std::string_view, 3> core_keys{"", "alice", "bob"};

/// Small bounds everywhere, so that they are reached.
[[nodiscard]] server_setting draw_server_setting(runtime::dice& chance);

}  // namespace hawser::simulation
