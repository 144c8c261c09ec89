#include "cpu/placement.hpp"

#include <sched.h>

#include <cstddef>

namespace hawser::cpu {

std::vector<std::vector<int>> place_threads(const topology& machine, unsigned threads, affinity how) {
  std::vector<std::vector<int>> places(threads);
  if (how == affinity::automatic) how = machine.nodes().size() > 1 ? affinity::nodes : affinity::none;
  if (how == affinity::none || machine.cores.empty()) return places;
  for (unsigned t = 0; t < threads; ++t) {
    // Fewer threads than cores are spread over all of them, so that each node gives its share of bandwidth.
    const std::size_t cores = machine.cores.size();
    const core& own = machine.cores[threads <= cores ? t * cores / threads : t % cores];
    if (how == affinity::cores) {
      places[t] = own.cpus;
      continue;
    }
    for (const core& c : machine.cores)
      if (c.node == own.node) places[t].insert(places[t].end(), c.cpus.begin(), c.cpus.end());
  }
  return places;
}

std::set<int> spread_over(const topology& machine, memory_spread how) {
  const std::set<int> nodes = machine.nodes();
  if (how == memory_spread::local || (how == memory_spread::automatic && nodes.size() < 2)) return {};
  return nodes;
}

void stay_on(const std::vector<int>& cpus) noexcept {
  if (cpus.empty()) return;
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (const int cpu : cpus)
    if (cpu < CPU_SETSIZE) CPU_SET(cpu, &wanted);
  sched_setaffinity(0, sizeof wanted, &wanted);
}

}  // namespace hawser::cpu
