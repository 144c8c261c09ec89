#include "embed/byte_text.hpp"

#include <array>
#include <cstddef>
#include <cstdio>

namespace hawser::embed {

std::string print_bytes(std::uint64_t count) {
  constexpr std::array<const char*, 5> units{"bytes", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(count);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.*f %s", unit == 0 ? 0 : 1, value, units[unit]);
  return text.data();
}

}  // namespace hawser::embed
