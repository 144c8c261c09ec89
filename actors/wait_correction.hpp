/// How far forecasts of waits come true, and by what later ones are therefore multiplied. Pure.
#pragma once

#include <cstdint>

namespace hawser::actors {

/// A decaying mean of log(seen / expected). A forecast is made of rates that are means themselves, and of
/// guesses; what it systematically misses (a busy machine, what shares a step, a process that has just begun)
/// is in here.
class wait_correction {
 public:
  /// Who was expected to have its first token `expected` seconds after it came, had it after `seen`; with
  /// `at_least` it has given up then. Forecasts too short to matter are left out.
  void learn(double expected, double seen, bool at_least = false) noexcept;

  /// In [1/8, 8]; 1 until something was learned.
  [[nodiscard]] double factor() const noexcept;

 private:
  double mean_ = 0.0;
  std::uint32_t seen_ = 0;
};

}  // namespace hawser::actors
