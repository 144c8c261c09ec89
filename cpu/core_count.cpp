#include "cpu/core_count.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

namespace hawser::cpu {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

unsigned quota_cores(std::string_view cpu_max) {
  unsigned long quota = 0, period = 0;
  const char* const end = cpu_max.data() + cpu_max.size();
  const auto first = std::from_chars(cpu_max.data(), end, quota);
  if (first.ec != std::errc{} || first.ptr == end) return 0;
  const auto second = std::from_chars(first.ptr + 1, end, period);
  if (second.ec != std::errc{} || period == 0) return 0;
  return static_cast<unsigned>(std::max(1ul, (quota + period - 1) / period));
}

unsigned available_cores(const topology& machine) {
  const auto found = static_cast<unsigned>(std::max<std::size_t>(1, machine.cores.size()));
  const unsigned quota = quota_cores(first_line("/sys/fs/cgroup/cpu.max"));
  return quota == 0 ? found : std::min(found, quota);
}

}  // namespace hawser::cpu
