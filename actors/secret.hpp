/// What names prefixes and results, so that nobody outside can make two of them meet.
#pragma once

#include "actors/page_hash.hpp"

#include <cstdint>
#include <random>

namespace hawser::actors {

/// A key from the core's seed.
[[nodiscard]] inline hash_key secret_of(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  const std::uint64_t first = chance();
  return {first, chance()};
}

}  // namespace hawser::actors
