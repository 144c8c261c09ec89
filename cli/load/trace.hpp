/// Requests from a file of JSON lines: what was really asked, and when.
#pragma once

#include "cli/load/error.hpp"
#include "cli/load/planned_request.hpp"
#include "cli/load/request_class.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace hawser::load {

struct trace {
  std::vector<planned_request> requests;  ///< by time
  std::vector<request_class> classes;     ///< those handed in, and one for each other name
};

/// One object a line; empty lines are skipped. `time` in seconds (or `timestamp` in milliseconds) from the
/// start, 0 when left out; `prompt`, or its length as `prompt_tokens` or `input_length`; `max_tokens` or
/// `output_length`; `class`; `prefix`, the number of a shared text; `stream`. Lengths left out are drawn from
/// the class, in a way that `seed` fixes. `speed` divides the times. Errors name the line.
[[nodiscard]] result<trace> read_trace(std::string_view text, std::vector<request_class> classes,
                                       double speed, std::uint64_t seed);

}  // namespace hawser::load
