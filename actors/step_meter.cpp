#include "actors/step_meter.hpp"

#include <algorithm>
#include <chrono>

namespace hawser::actors {
namespace {

constexpr std::uint32_t steps_of_memory = 64;
// Of sums: a slow spell stays in them for longer than in a mean.
constexpr std::uint32_t prompt_steps_of_memory = 16;

double seconds(runtime::duration time) noexcept {
  return std::chrono::duration<double>(time).count();
}

runtime::duration duration_of(double seconds) noexcept {
  return std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

void step_meter::mean::take(double took) noexcept {
  // The first ones count for more: a mean of few, not a slow approach from nothing.
  steps = std::min(steps + 1, steps_of_memory);
  seconds += (took - seconds) / steps;
}

void step_meter::observe(std::uint32_t prompt_tokens, std::uint32_t decodes,
                         runtime::duration busy) noexcept {
  const double took = seconds(busy);
  if (took <= 0.0) return;  // it was not run
  if (decodes > 0) pace_.take(took);
  if (prompt_tokens == 0) return decode_.take(took);
  // A step costs a reading of the weights however few tokens are in it: those would make long prompts, and
  // the many short ones of a burst, look far dearer than they are.
  if (prompt_tokens < (decodes > 0 ? targets_.least_beside : targets_.least_alone)) return;
  double of_answers = 0.0;
  if (decodes > 0) {
    // A prompt's token is no dearer than an answer's; and never more than half, because a slow spell of
    // decodes must not make prompt tokens look free.
    const double by_rows = took * decodes / (static_cast<double>(decodes) + prompt_tokens);
    of_answers = std::max(by_rows, std::min(decode_.seconds, took / 2));
    // Under load no step is without prompts. Where answers are a good part of one, they say what they cost.
    if (2 * decodes >= prompt_tokens) decode_.take(of_answers);
  }
  constexpr double keep = 1.0 - 1.0 / prompt_steps_of_memory;
  seen_ = std::min(seen_ + prompt_tokens, enough());
  prompt_seconds_ = prompt_seconds_ * keep + (took - of_answers);
  prompt_tokens_ = prompt_tokens_ * keep + prompt_tokens;
}

// Seconds. Those that are left out have been in it when it was measured.
double step_meter::answers_take(const contents& of) const noexcept {
  if (of.decodes == 0) return 0.0;
  return decode_.seconds * of.decodes / (static_cast<double>(of.decodes) + of.left_out);
}

runtime::duration step_meter::forecast(const contents& of, std::uint32_t prompt) const noexcept {
  return duration_of(answers_take(of)) + time_for(prompt);
}

std::uint32_t step_meter::budget(const contents& of, std::uint32_t room) const noexcept {
  const double wanted = seconds(targets_.step_time);
  const bool has_decodes = of.decodes > 0;
  if (wanted <= 0.0 || prefill_rate() <= 0.0)
    return has_decodes ? std::min(room, std::max(1u, targets_.beside_decodes)) : room;
  const double of_answers = answers_take(of);
  double most = std::max(wanted, (has_decodes ? 2 : 4) * decode_.seconds);
  if (has_decodes && of.token_within > runtime::duration::zero())
    most = std::min(most, seconds(of.token_within));
  const std::uint32_t least = has_decodes ? targets_.least_beside : targets_.least_alone;
  const double tokens = std::max(0.0, most - of_answers) * prefill_rate();
  if (tokens >= room) return room;
  return std::min(room, std::max(least, static_cast<std::uint32_t>(tokens)));
}

double step_meter::prefill_rate() const noexcept {
  return seen_ >= enough() ? prompt_tokens_ / prompt_seconds_ : 0.0;
}

runtime::duration step_meter::decode_step() const noexcept {
  return duration_of(decode_.seconds);
}

runtime::duration step_meter::token_pace() const noexcept {
  return duration_of(pace_.seconds);
}

runtime::duration step_meter::time_for(std::uint64_t prompt_tokens) const noexcept {
  const double rate = prefill_rate();
  return rate > 0.0 ? duration_of(static_cast<double>(prompt_tokens) / rate) : runtime::duration::zero();
}

}  // namespace hawser::actors
