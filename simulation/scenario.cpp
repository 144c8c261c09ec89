#include "simulation/scenario.hpp"

#include "simulation/actors_world.hpp"
#include "simulation/server_world.hpp"

#include <algorithm>

namespace hawser::simulation {

const std::vector<scenario>& scenarios() {
  static const std::vector<scenario> all{
      {"server", "HTTP clients, askers without a connection, faults of the device, a stop", &run_server},
      {"actors", "the runtime alone: letters, asks, failures, stops, locks", &run_actors},
  };
  return all;
}

const scenario* find_scenario(std::string_view name) {
  const auto found = std::ranges::find(scenarios(), name, &scenario::name);
  return found == scenarios().end() ? nullptr : &*found;
}

}  // namespace hawser::simulation
