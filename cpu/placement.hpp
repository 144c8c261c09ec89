/// Where compute threads run, and on which nodes memory lies.
#pragma once

#include "cpu/topology.hpp"

#include <cstdint>
#include <vector>

namespace hawser::cpu {

/// automatic: nodes on a machine with several, else none. none: where the system likes. nodes: on the cores
/// of one memory node. cores: on one core.
enum class affinity : std::uint8_t { automatic, none, nodes, cores };

/// automatic: interleave when the cores lie on several nodes, else local. local: near the thread that first
/// writes. interleave: page by page over the nodes in use.
enum class memory_spread : std::uint8_t { automatic, local, interleave };

/// The cpus of each thread; none: not bound. Neighbouring threads, which work on neighbouring pieces, are on
/// the same node.
[[nodiscard]] std::vector<std::vector<int>> place_threads(const topology& machine, unsigned threads,
                                                          affinity how);

/// The nodes to spread memory over; none: leave it to the system.
[[nodiscard]] std::set<int> spread_over(const topology& machine, memory_spread how);

/// Keeps the calling thread on these. None, or none that there are: it stays where it was.
void stay_on(const std::vector<int>& cpus) noexcept;

}  // namespace hawser::cpu
