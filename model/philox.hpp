/// Chance without state: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
/// 2011).
#pragma once

#include <array>
#include <cstdint>

namespace hawser::model {

/// One block of random words for (key, counter), the same on every machine. Answers the published test
/// vectors.
[[nodiscard]] constexpr std::array<std::uint32_t, 4>
philox_block(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 4> counter) noexcept {
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    // Multipliers and key increments are the paper's (section 4.3): the latter are the golden ratio and
    // sqrt(3) - 1.
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

}  // namespace hawser::model
