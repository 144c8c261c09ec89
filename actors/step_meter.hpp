/// How long steps take, and how many prompt tokens the next one may therefore hold. Pure: the times are
/// handed in.
#pragma once

#include "runtime/clock.hpp"

#include <cstdint>

namespace hawser::actors {

struct step_targets {
  runtime::duration step_time = std::chrono::milliseconds(100);  ///< 0: the fixed number below, always
  std::uint32_t beside_decodes = 256;  ///< prompt tokens beside answers, until the times are known
  std::uint32_t least_beside = 16;     ///< fewer would cost more than they spare
  std::uint32_t least_alone = 64;
};

/// Means over about 64 steps with answers alone, 16 with prompts. The model: a step costs what its answers
/// cost, and then so much for each prompt token. Rules for the budget:
///   - with answers in it a step may take step_time, or twice what the answers take alone when that is more,
///   so that
///     neither side starves the other;
///   - without answers it may take step_time, or four times the answers' time: whoever arrives waits no
///   longer.
class step_meter {
 public:
  explicit step_meter(step_targets targets = {}) noexcept : targets_(targets) {}

  /// A step that the device has done.
  void observe(std::uint32_t prompt_tokens, std::uint32_t decodes, runtime::duration busy) noexcept;

  struct contents {
    std::uint32_t decodes = 0;
    std::uint32_t left_out = 0;        ///< answers that could go on but are left out
    runtime::duration token_within{};  ///< the tightest wish of its answers; 0: none
  };

  /// Prompt tokens for a step of at most `room`.
  [[nodiscard]] std::uint32_t budget(const contents& of, std::uint32_t room) const noexcept;

  /// How long a step with `prompt` tokens beside these answers will take; 0: not known yet.
  [[nodiscard]] runtime::duration forecast(const contents& of, std::uint32_t prompt) const noexcept;

  /// Prompt tokens a second, from steps that held at least least_beside (least_alone) of them; 0: not known
  /// yet.
  [[nodiscard]] double prefill_rate() const noexcept;
  /// Of a step that only continues answers; 0: not known yet.
  [[nodiscard]] runtime::duration decode_step() const noexcept;
  /// Of a step that continues answers, whatever else it holds; 0: not known yet.
  [[nodiscard]] runtime::duration token_pace() const noexcept;
  /// To compute so many prompt tokens, with the device to themselves; 0 when not known.
  [[nodiscard]] runtime::duration time_for(std::uint64_t prompt_tokens) const noexcept;

 private:
  [[nodiscard]] double answers_take(const contents& of) const noexcept;
  /// Prompt tokens before their rate is believed: the first steps of a process are slow for reasons that
  /// pass.
  [[nodiscard]] std::uint32_t enough() const noexcept { return 4 * targets_.least_alone; }

  step_targets targets_;
  struct mean {
    double seconds = 0.0;
    std::uint32_t steps = 0;

    void take(double took) noexcept;
  };

  mean decode_;                  // of a step without prompts
  mean pace_;                    // of a step with answers
  std::uint32_t seen_ = 0;       // prompt tokens that were measured, up to enough()
  double prompt_seconds_ = 0.0;  // decaying sums of the same steps
  double prompt_tokens_ = 0.0;
};

}  // namespace hawser::actors
