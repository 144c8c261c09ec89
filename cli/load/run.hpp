/// A whole run on the calling thread.
#pragma once

#include "cli/load/error.hpp"
#include "cli/load/generator.hpp"
#include "cli/load/run_options.hpp"
#include "cli/load/tally.hpp"

#include <chrono>
#include <functional>

namespace hawser::load {

struct run_report {
  tally results;
  std::chrono::nanoseconds wall{};  ///< from the first request to the last end
  std::chrono::nanoseconds cpu{};   ///< of the thread that sent them
  bool interrupted = false;
};

/// Called about twice a second.
using progress = std::function<void(const generator& now)>;

/// Blocks until the run is over; an interrupt (SIGINT) ends it early, with what there is. Errors: the host
/// has no address.
[[nodiscard]] result<run_report> run(run_options options, const progress& tell = {});

}  // namespace hawser::load
