/// What a seed is run through, and what comes of it.
#pragma once

#include "runtime/clock.hpp"

#include "simulation/http_client.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::simulation {

struct run_result {
  std::vector<std::string>
      broken;              ///< properties that did not hold, one sentence each; empty: the seed passed
  std::uint64_t hash = 0;  ///< of all that happened
  std::uint64_t turns = 0;
  runtime::duration took{};  ///< virtual time
  client_tally clients;
  std::string setting;            ///< what the seed drew, for people
  std::deque<std::string> lines;  ///< the end of the trace, when it was asked for
  std::uint64_t dropped = 0;      ///< lines before those
};

struct scenario {
  std::string_view name;
  std::string_view about;
  /// `lines`: how many lines of the trace are kept. The same seed gives the same run, whatever `lines` is.
  /// Throws nothing. Any thread, several at once.
  run_result (*run)(std::uint64_t seed, std::size_t lines);
};

/// All there are.
[[nodiscard]] const std::vector<scenario>& scenarios();
[[nodiscard]] const scenario* find_scenario(std::string_view name);

}  // namespace hawser::simulation
