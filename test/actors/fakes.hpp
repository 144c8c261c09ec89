/// The simulation's device and vocabulary, under the names that the tests of this room use.
#pragma once

#include "simulation/byte_tokenizer.hpp"
#include "simulation/simulated_backend.hpp"

#include <string>
#include <string_view>
#include <vector>

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

/// The whole answer that the fake gives to `text`, alone in the world.
inline std::string fake_answer(std::string_view text, std::uint32_t most, std::uint64_t seed = 0,
                               std::uint32_t end_every = 0) {
  std::vector<model::token_id> tokens = bytes(text);
  std::string answer;
  while (answer.size() < most) {
    const model::token_id next = fake_next(tokens, seed, end_every);
    if (next == fake_end) break;
    tokens.push_back(next);
    answer += static_cast<char>(next);
  }
  return answer;
}

}  // namespace hawser::actors
