/// Many seeds through one scenario, on several threads.
#pragma once

#include "simulation/scenario.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace hawser::simulation {

struct campaign_options {
  std::uint64_t from = 0;
  std::uint64_t seeds = 1;
  std::uint32_t threads = 1;
  /// One seed in so many is run a second time, and must give the same trace; 0: none.
  std::uint64_t twice_every = 16;
  std::uint32_t most_failures = 10;  ///< then it stops
};

struct failed_seed {
  std::uint64_t seed = 0;
  std::vector<std::string> broken;
  std::uint64_t hash = 0;
};

struct campaign_result {
  std::uint64_t seeds = 0;  ///< that were run
  std::vector<failed_seed> failed;
  client_tally clients;
  std::uint64_t turns = 0;
  runtime::duration virtual_time{};
  std::uint64_t hash = 0;  ///< of all traces, whatever the order in which they were made
};

/// Blocks until all have been run. `progress`: called now and then with the number of seeds so far, from any
/// of the threads, one at a time.
[[nodiscard]] campaign_result run_campaign(const scenario& what, const campaign_options& options,
                                           const std::function<void(std::uint64_t)>& progress = {});

/// The seed that the calling thread is at; for a handler of crashes.
[[nodiscard]] std::uint64_t seed_at_work() noexcept;

}  // namespace hawser::simulation
