#include "embed/offline_runner.hpp"

#include "embed/failure.hpp"

#include <algorithm>
#include <semaphore>
#include <string>

namespace hawser::embed {

namespace {

constexpr std::uint32_t pages_for(std::uint64_t tokens, std::uint32_t page_tokens) {
  return static_cast<std::uint32_t>((tokens + page_tokens - 1) / page_tokens);
}

/// Pages of a group that one sequence needs at once. Of a windowed group: what the tokens of one step see and
/// write, and one more because a span of positions need not begin where a page does.
std::uint32_t pages_of_sequence(const model::page_group& group, const model::backend_capacity& has,
                                std::uint32_t context) {
  const std::uint32_t whole = pages_for(context, has.page_tokens);
  if (group.window == 0) return whole;
  const std::uint64_t seen = std::uint64_t{group.window} + std::min(has.step_tokens, context);
  return std::min(whole, pages_for(seen, has.page_tokens) + 1);
}

const char* words_of(model::step_error error) {
  switch (error) {
  case model::step_error::none:
    return "no error";
  case model::step_error::not_a_number:
    return "the logits hold no number: the model file may be damaged";
  case model::step_error::nothing_allowed:
    return "no token is allowed";
  case model::step_error::out_of_memory:
    return "the device has no memory left";
  case model::step_error::device_lost:
    return "the device was lost";
  }
  return "unknown error";
}

}  // namespace

offline_runner::offline_runner(std::unique_ptr<model::backend> device, std::uint32_t seats,
                               std::uint32_t context)
    : device_(std::move(device)), seats_(seats) {
  const model::backend_capacity& has = device_->capacity();
  const std::uint32_t length = pages_for(context, has.page_tokens);
  for (const model::page_group& group : has.groups) {
    const std::uint32_t own = pages_of_sequence(group, has, context);
    if (std::uint64_t{own} * seats > group.pages || seats > has.seats) {
      throw failure(errc::memory, std::to_string(seats) + " sequences of " + std::to_string(context) +
                                      " tokens do not fit the KV memory: take fewer or shorter ones");
    }
    // Sequences own fixed pages; those of a windowed group come round again once they have left the window.
    for (std::uint32_t s = 0; s < seats; ++s) {
      auto& table = seats_[s].tables.emplace_back(length);
      for (std::uint32_t i = 0; i < length; ++i) table[i] = s * own + i % own;
    }
  }
}

void offline_runner::warm_up() {
  std::binary_semaphore done(0);
  device_->warm_up([&done] { done.release(); });
  done.acquire();
}

model::sequence_step offline_runner::step_of(std::uint32_t seat) const {
  model::sequence_step step;
  step.seat = seat;
  step.position = seats_[seat].position;
  step.draw = seats_[seat].draw;
  for (std::size_t g = 0; g < seats_[seat].tables.size(); ++g) step.tables[g] = seats_[seat].tables[g];
  return step;
}

void offline_runner::run() {
  std::binary_semaphore done(0);
  ++plan_.number;
  device_->start(plan_, result_, [&done] { done.release(); });
  done.acquire();
  for (const model::sequence_result& one : result_.sequences) {
    if (one.error != model::step_error::none) {
      throw failure(errc::device, std::string("a step failed: ") + words_of(one.error));
    }
  }
}

void offline_runner::prefill(std::span<const sequence> sequences, bool sample, const step_watch& watch) {
  const std::uint32_t room = device_->capacity().step_tokens;
  std::uint32_t left = room;
  plan_.clear();
  const auto flush = [&] {
    if (plan_.sequences.empty()) return;
    run();
    if (watch) watch(result_);
    plan_.clear();
    left = room;
  };
  for (std::uint32_t s = 0; s < sequences.size(); ++s) {
    const sequence& whole = sequences[s];
    seat_state& seat = seats_[s];
    seat.position = 0;
    seat.draw = 0;
    while (seat.position < whole.tokens.size()) {
      if (left == 0) flush();
      const auto count = std::min<std::size_t>(left, whole.tokens.size() - seat.position);
      model::sequence_step step = step_of(s);
      step.tokens = whole.tokens.subspan(seat.position, count);
      if (!whole.score.empty()) step.score = whole.score.subspan(seat.position, count);
      if (seat.position == 0) step.opening = &greedy_;
      seat.position += static_cast<std::uint32_t>(count);
      if (sample && seat.position == whole.tokens.size()) {
        step.output = model::step_output::token;
        ++seat.draw;
      }
      left -= static_cast<std::uint32_t>(count);
      plan_.sequences.push_back(step);
      // One sequence has one part of a step.
      if (seat.position < whole.tokens.size()) flush();
    }
  }
  flush();
}

void offline_runner::decode(std::uint32_t count) {
  plan_.clear();
  for (std::uint32_t s = 0; s < count; ++s) {
    model::sequence_step step = step_of(s);
    step.output = model::step_output::token;
    plan_.sequences.push_back(step);
    ++seats_[s].position;
    ++seats_[s].draw;
  }
  run();
}

}  // namespace hawser::embed
