/// Bugs that plant.py puts into copies of the kernels, for one test program only: the checks have to find
/// each.
#pragma once

#include <string_view>

namespace hawser::test {

/// The bug that is at work; empty: none.
inline std::string_view planted_bug;

[[nodiscard]] inline bool planted(std::string_view name) noexcept {
  return planted_bug == name;
}

}  // namespace hawser::test
