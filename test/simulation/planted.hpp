/// Bugs that plant.py puts into copies of the sources, for one test program only: the simulation has to find
/// each.
#pragma once

#include <string_view>

namespace hawser::simulation {

/// The bug that is at work; empty: none.
inline std::string_view planted_bug;

[[nodiscard]] inline bool planted(std::string_view name) noexcept {
  return planted_bug == name;
}

}  // namespace hawser::simulation
