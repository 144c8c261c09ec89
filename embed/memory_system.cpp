#include "embed/memory_system.hpp"

#include "embed/memory_plan.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>

namespace hawser::embed {

namespace {

// Pages of files are the system's to take back, so they do not count.
std::uint64_t resident_alone() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t whole = 0, resident = 0, shared = 0;
  statm >> whole >> resident >> shared;
  return (resident - std::min(resident, shared)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

actors::memory_system linux_memory() {
  return {.resident = resident_alone,
          .group_left = [] { return group_memory_left(); },
          .give_back = [] { malloc_trim(0); }};
}

}  // namespace hawser::embed
