/// What steps cost, as sums from which lines can be fitted.
#pragma once

namespace hawser::actors {

/// Of steps that only continued answers (x: how many), and of those that also ran prompts (x: prompt tokens);
/// y is the device's time in seconds.
struct step_sums {
  struct line {
    double count = 0.0;
    double x = 0.0;
    double y = 0.0;
    double xx = 0.0;
    double xy = 0.0;

    void add(double at, double seconds) noexcept {
      count += 1.0;
      x += at;
      y += seconds;
      xx += at * at;
      xy += at * seconds;
    }
  };

  line answers;
  line prompts;
};

}  // namespace hawser::actors
