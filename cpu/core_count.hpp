/// How many threads may compute at once without sharing a core.
#pragma once

#include "cpu/topology.hpp"

#include <string_view>

namespace hawser::cpu {

/// The machine's cores that this process may use, by its affinity and its control group's quota; at least 1.
[[nodiscard]] unsigned available_cores(const topology& machine);

/// The cores that a cgroup's cpu.max allows ("max 100000", "150000 100000"), rounded up; 0: no limit, or not
/// readable.
[[nodiscard]] unsigned quota_cores(std::string_view cpu_max);

}  // namespace hawser::cpu
