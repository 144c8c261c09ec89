/// The machine's cores and memory nodes, as far as this process may use them.
#pragma once

#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

namespace hawser::cpu {

/// One physical core.
struct core {
  std::vector<int> cpus;  ///< its hardware threads that may be used, ascending
  int node = 0;           ///< the memory that is near to it
};

struct topology {
  std::vector<core> cores;  ///< by node, then by their first cpu

  /// Ascending.
  [[nodiscard]] std::set<int> nodes() const;
};

/// The kernel's lists: "0-3,8". What is no list is empty.
[[nodiscard]] std::vector<int> read_cpu_list(std::string_view text);

/// Reads `system` (the kernel's /sys/devices/system). What it does not say counts as a core of its own on
/// node 0.
[[nodiscard]] topology read_topology(const std::filesystem::path& system, const std::set<int>& allowed);

/// What this process may use of the machine that it runs on.
[[nodiscard]] topology this_machine();

}  // namespace hawser::cpu
