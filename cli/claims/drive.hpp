/// Short runs of load against a server, as the claims need them.
#pragma once

#include "cli/load/run.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hawser::cli {

/// Requests of these classes from a closed loop, until `requests` are over. Answers have their whole length.
/// Throws failure when one of them was not answered.
[[nodiscard]] load::run_report drive_closed(load::target to, std::vector<load::request_class> classes,
                                            std::uint32_t clients, std::uint64_t requests,
                                            std::uint64_t seed = 1);

/// An open loop at the classes' own rates for `length`; what is not answered `drain` later is cut. Clients
/// wait for 10 s, and say so.
[[nodiscard]] load::run_report drive_open(load::target to, std::vector<load::request_class> classes,
                                          std::chrono::nanoseconds length, std::chrono::nanoseconds drain,
                                          std::uint32_t retries = 0, std::uint64_t seed = 1);

/// These texts, one after the other, not streamed. Throws failure when one of them was not answered.
[[nodiscard]] load::run_report drive_texts(load::target to, const std::vector<std::string>& texts,
                                           std::uint32_t answer);

/// "prompt=64,answer=32": as for --class of `hawser load`. Only for literals: throws failure when it is
/// wrong.
[[nodiscard]] load::request_class class_of(const std::string& text);

/// Answer tokens a second of what was complete, or the whole run when `of_class` is empty.
[[nodiscard]] double tokens_per_second(const load::run_report& of);
[[nodiscard]] double to_ms(std::chrono::nanoseconds time);

}  // namespace hawser::cli
