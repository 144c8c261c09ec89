/// The simulation's device and vocabulary, under the names that the tests of this room use.
#pragma once

#include "simulation/byte_tokenizer.hpp"
#include "simulation/simulated_backend.hpp"

namespace hawser::actors {

using fake_backend = simulation::simulated_backend;
using fake_options = simulation::device_options;
using fake_tokenizer = simulation::byte_tokenizer;
using simulation::bytes;

inline constexpr model::token_id fake_end = simulation::end_token;

inline model::token_id fake_next(std::span<const model::token_id> tokens, std::uint64_t seed,
                                 std::uint32_t end_every) {
  return simulation::next_token(tokens, seed, end_every);
}

}  // namespace hawser::actors
