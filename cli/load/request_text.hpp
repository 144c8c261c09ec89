/// The bytes of a request.
#pragma once

#include "cli/load/planned_request.hpp"
#include "cli/load/request_class.hpp"
#include "cli/load/target.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace hawser::load {

/// What a conversation has said so far; each text fit for a JSON string as it is.
struct said {
  std::string asked;
  std::string answered;
};

/// Head and body. `turn`: what is asked now, fit for a JSON string. A conversation's earlier turns become
/// messages, or stand before the prompt where there are none. `deadline` above zero is sent as
/// "x-request-timeout" in seconds.
[[nodiscard]] std::string request_text(const target& to, const planned_request& what, const request_class& as,
                                       const std::vector<said>& before, std::string_view turn,
                                       std::chrono::nanoseconds deadline);

}  // namespace hawser::load
