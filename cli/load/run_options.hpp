/// What a run is, beside the requests themselves.
#pragma once

#include "cli/load/planned_request.hpp"
#include "cli/load/request_class.hpp"
#include "cli/load/target.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace hawser::load {

struct run_options {
  target to;
  std::vector<request_class> classes;
  request_source source;
  std::uint32_t concurrency =
      0;  ///< closed loop: so many clients, each with one request at a time; 0: open loop
  std::chrono::nanoseconds length = std::chrono::nanoseconds::max();  ///< no request begins later
  std::chrono::nanoseconds patience = std::chrono::minutes(10);       ///< of a client, for one attempt
  std::chrono::nanoseconds deadline{};                                ///< told to the server; 0: not told
  std::chrono::nanoseconds drain =
      std::chrono::seconds(30);     ///< for what runs when the last request has begun
  std::chrono::nanoseconds skip{};  ///< what ends before does not count
  std::uint32_t retries = 0;        ///< after a refusal
  bool keep_alive = true;
};

}  // namespace hawser::load
