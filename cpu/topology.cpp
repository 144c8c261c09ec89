#include "cpu/topology.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <utility>

namespace hawser::cpu {
namespace {

constexpr int most_cpus = 1 << 16;

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// The node of each cpu.
std::map<int, int> nodes_of(const std::filesystem::path& system) {
  std::map<int, int> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(system / "node", none)) {
    const std::string name = entry.path().filename().string();
    int node = 0;
    const char* const end = name.data() + name.size();
    if (!name.starts_with("node") || std::from_chars(name.data() + 4, end, node).ptr != end) continue;
    for (const int cpu : read_cpu_list(first_line(entry.path() / "cpulist"))) found[cpu] = node;
  }
  return found;
}

}  // namespace

std::set<int> topology::nodes() const {
  std::set<int> found;
  for (const core& c : cores) found.insert(c.node);
  return found;
}

std::vector<int> read_cpu_list(std::string_view text) {
  std::vector<int> cpus;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    int first = 0, last = 0;
    auto read = std::from_chars(at, end, first);
    if (read.ec != std::errc{}) return {};
    last = first;
    if (read.ptr != end && *read.ptr == '-') {
      read = std::from_chars(read.ptr + 1, end, last);
      if (read.ec != std::errc{}) return {};
    }
    if (first < 0 || last < first || last >= most_cpus) return {};
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    if (read.ptr == end) break;
    if (*read.ptr != ',') return {};
    at = read.ptr + 1;
  }
  return cpus;
}

topology read_topology(const std::filesystem::path& system, const std::set<int>& allowed) {
  const std::map<int, int> nodes = nodes_of(system);
  std::set<int> seen;
  topology found;
  for (const int cpu : allowed) {
    if (seen.contains(cpu)) continue;
    core made;
    const auto siblings = read_cpu_list(
        first_line(system / "cpu" / ("cpu" + std::to_string(cpu)) / "topology" / "thread_siblings_list"));
    for (const int other : siblings)
      if (allowed.contains(other) && seen.insert(other).second) made.cpus.push_back(other);
    if (seen.insert(cpu).second) made.cpus.push_back(cpu);
    if (const auto at = nodes.find(cpu); at != nodes.end()) made.node = at->second;
    found.cores.push_back(std::move(made));
  }
  std::sort(found.cores.begin(), found.cores.end(), [](const core& a, const core& b) {
    return std::pair(a.node, a.cpus.front()) < std::pair(b.node, b.cpus.front());
  });
  return found;
}

topology this_machine() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::set<int> cpus;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return {.cores = {core{.cpus = {0}}}};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) cpus.insert(cpu);
  return read_topology("/sys/devices/system", cpus);
}

}  // namespace hawser::cpu
