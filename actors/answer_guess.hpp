/// How long the answers of a class become. Pure.
#pragma once

#include <array>
#include <cstdint>

namespace hawser::actors {

/// A histogram whose past fades: of 64 answers ago a third is left. Lengths in tokens, in steps of an eighth
/// of a doubling.
class answer_guess {
 public:
  explicit answer_guess(std::uint32_t first_guess) noexcept : first_guess_(first_guess) {}

  /// An answer has ended. `cut`: by its own max_tokens, so that it only says "at least so many".
  void learn(std::uint32_t tokens, bool cut) noexcept;

  /// Nine of ten are not longer. The first guess until something was learned.
  [[nodiscard]] std::uint32_t most() const noexcept { return quantile(0.9, first_guess_); }
  /// Half of them are not longer; 0 until something was learned.
  [[nodiscard]] std::uint32_t typical() const noexcept { return quantile(0.5, 0); }

 private:
  [[nodiscard]] std::uint32_t quantile(double share, std::uint32_t otherwise) const noexcept;

  std::uint32_t first_guess_;
  std::array<double, 192> counts_{};
  double total_ = 0.0;
};

}  // namespace hawser::actors
