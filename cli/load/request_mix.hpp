/// Requests made up from classes: which, when, how long, and how their clients behave.
#pragma once

#include "cli/load/arrivals.hpp"
#include "cli/load/planned_request.hpp"
#include "cli/load/request_class.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace hawser::load {

struct mix_options {
  std::vector<request_class> classes;
  /// Of all classes together that name no rate of their own. Empty: a closed loop, where classes are drawn by
  /// their shares and nothing has a time.
  std::vector<rate_phase> rate;
  bool poisson = true;
  std::uint64_t requests = std::numeric_limits<std::uint64_t>::max();
  std::chrono::nanoseconds length = std::chrono::nanoseconds::max();
  std::uint64_t seed = 1;
};

/// Pure. Each class draws from its own chance, so that changing one does not change the others.
class request_mix {
 public:
  explicit request_mix(mix_options options);

  /// As request_source.
  [[nodiscard]] bool next(planned_request& into);

 private:
  struct lane {
    std::optional<arrivals> times;
    std::optional<std::chrono::nanoseconds> due;
    chance by;
  };

  [[nodiscard]] std::optional<std::size_t> pick();

  mix_options options_;
  std::vector<lane> lanes_;  // [classes]
  chance by_;
  double shares_ = 0;
  bool open_;
  std::uint64_t made_ = 0;
};

}  // namespace hawser::load
