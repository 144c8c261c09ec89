/// How people write times, lengths and rates on a command line.
#pragma once

#include "cli/load/chance.hpp"
#include "cli/load/error.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hawser::load {

/// "250ms", "2.5s", "1m", or a number of seconds; not negative.
[[nodiscard]] result<std::chrono::nanoseconds> read_time(std::string_view text);

/// A number from 0 to `most`.
[[nodiscard]] result<double> read_number(std::string_view text, double most);

/// How long prompts or answers are, in tokens.
struct length_spec {
  enum class shape : std::uint8_t { fixed, uniform, normal, lognormal, exponential };
  shape kind = shape::fixed;
  double first = 1;   ///< value, lowest, mean, median, mean
  double second = 0;  ///< -, highest, deviation, deviation of the logarithm, -

  /// At least 1, at most 2^20.
  [[nodiscard]] std::uint32_t draw(chance& by) const noexcept;
};

/// "128", "16-256", "normal:200:50", "lognormal:120:0.8", "exponential:200".
[[nodiscard]] result<length_spec> read_length(std::string_view text);

/// For a while so many requests a second. The last phase of a list has no end.
struct rate_phase {
  double rate = 0;
  std::chrono::nanoseconds length{};
};

/// "5", or phases: "5:10s/60:5s/5" (5 a second for 10 s, 60 for 5 s, then 5).
[[nodiscard]] result<std::vector<rate_phase>> read_rate(std::string_view text);

}  // namespace hawser::load
