/// What runs beyond capacity show. Pure: the outcomes are handed in.
#pragma once

#include "cli/load/outcome.hpp"
#include "cli/load/request_class.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::cli {

/// Requests a second that ended in [from, to), complete and within the goal of their class.
[[nodiscard]] double good_rate(const std::vector<load::outcome>& all,
                               const std::vector<load::request_class>& classes, std::chrono::nanoseconds from,
                               std::chrono::nanoseconds to);

/// Of the requests of a class that were due in [from, to): the share, 0 to 1, that was complete, and within
/// the goal.
struct success {
  std::uint64_t requests = 0;
  double complete = 0;  ///< also 0 when there were no requests: nothing was shown
  double good = 0;
};
[[nodiscard]] success success_of(const std::vector<load::outcome>& all,
                                 const std::vector<load::request_class>& classes, std::uint32_t of_class,
                                 std::chrono::nanoseconds from, std::chrono::nanoseconds to);

/// The time to the first text that `percent` of the requests of a class stayed within, from their intended
/// time. Who got no text, for whatever reason, counts as `never`: an answer that did not come must not
/// improve the figure.
[[nodiscard]] std::chrono::nanoseconds first_text_of_all(const std::vector<load::outcome>& all,
                                                         std::uint32_t of_class, double percent,
                                                         std::chrono::nanoseconds never);

/// How long after `end` the last request of a class was due that was not good; 0 when all were.
/// Nothing: none was due after it.
[[nodiscard]] std::optional<std::chrono::nanoseconds>
back_to_normal(const std::vector<load::outcome>& all, const std::vector<load::request_class>& classes,
               std::uint32_t of_class, std::chrono::nanoseconds end);

}  // namespace hawser::cli
