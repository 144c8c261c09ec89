/// A device that is none: it costs time by a model, keeps tokens in its pages, checks what it is told, and
/// fails on request.
#pragma once

#include "model/backend.hpp"
#include "runtime/clock.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace hawser::simulation {

struct device_options {
  std::uint32_t seats = 4;
  std::uint32_t step_tokens = 16;
  std::uint32_t page_tokens = 4;
  std::uint32_t context = 256;
  std::vector<std::uint32_t> windows{0};  ///< one a page group
  std::uint32_t pages = 64;               ///< of each group
  runtime::duration step_cost = std::chrono::milliseconds(2);
  runtime::duration token_cost = std::chrono::microseconds(100);
  std::uint32_t end_every = 0;  ///< one token in so many is the end token; 0: none
};

inline constexpr model::token_id end_token = 257;

/// What the device says after `tokens`: depends on the whole text, never on the batch.
inline model::token_id next_token(std::span<const model::token_id> tokens, std::uint64_t seed,
                                  std::uint32_t end_every) {
  std::uint64_t hash = 0x9e3779b97f4a7c15ull + seed;
  for (const model::token_id token : tokens)
    hash = (hash ^ static_cast<std::uint64_t>(token)) * 0x100000001b3ull;
  hash ^= hash >> 29;
  if (end_every != 0 && hash % end_every == 0) return end_token;
  return static_cast<model::token_id>('a' + (hash >> 32) % 26);
}

/// Hidden states that are pooled. A token's is itself, its square, where it stands, and 1: whatever was left
/// out or counted twice shows in the mean.
struct simulated_states {
  static constexpr std::uint32_t width = 4;

  void add(std::span<const model::token_id> tokens, std::uint32_t first) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const auto token = static_cast<double>(tokens[i]);
      const std::array<double, width> state{token, token * token, static_cast<double>(first + i), 1.0};
      for (std::size_t k = 0; k < width; ++k) sum[k] += state[k];
    }
    many += static_cast<double>(tokens.size());
  }

  [[nodiscard]] std::vector<float> mean() const {
    std::vector<float> made;
    for (const double one : sum) made.push_back(static_cast<float>(one / many));
    return made;
  }

  std::array<double, width> sum{};
  double many = 0;
};

class simulated_backend final : public model::backend {
 public:
  /// What to do in a step, by its count from 1; the others run as they should.
  enum class fault : std::uint8_t {
    hang,
    throw_at_start,
    throw_oddly,
    lose_device,
    fail_first_sequence,
    no_token,
    late,
    out_of_memory,  ///< of its last sequence
    break_down      ///< this step and all after it
  };

  simulated_backend(runtime::clock& time, device_options options)
      : time_(time), options_(std::move(options)) {
    capacity_ = {.seats = options_.seats,
                 .step_tokens = options_.step_tokens,
                 .page_tokens = options_.page_tokens,
                 .context = options_.context,
                 .vocabulary = 258,
                 .width = simulated_states::width,
                 .groups = {},
                 .device = "simulated"};
    for (const std::uint32_t window : options_.windows) {
      capacity_.groups.push_back({.window = window, .layers = 1, .page_bytes = 64, .pages = options_.pages});
      memory_.emplace_back(std::size_t{options_.pages} * options_.page_tokens, model::no_token);
    }
    seats_.resize(options_.seats);
  }

  [[nodiscard]] const model::backend_capacity& capacity() const noexcept override { return capacity_; }
  [[nodiscard]] model::backend_memory memory() const noexcept override { return {1000, 2000, 3000}; }

  void script(std::uint64_t step, fault what) { faults_[step] = what; }
  void forget_faults() noexcept { faults_.clear(); }
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  /// Pages whose memory was given back.
  [[nodiscard]] std::uint64_t discarded() const noexcept { return discarded_; }
  [[nodiscard]] std::uint64_t copied() const noexcept { return copied_; }
  [[nodiscard]] std::uint32_t most_at_once() const noexcept { return most_at_once_; }
  [[nodiscard]] const std::vector<std::uint32_t>& tokens_of_steps() const noexcept {
    return tokens_of_steps_;
  }
  /// A step that hangs is done after all.
  void answer_late() {
    if (hung_) std::exchange(hung_, nullptr)();
  }
  /// Called when a step begins to hang; it may only post.
  void watch_hangs(std::function<void()> watch) { on_hang_ = std::move(watch); }

  void warm_up(done on_done) override { pending_ = time_.call_after(options_.step_cost, std::move(on_done)); }

  void start(const model::step_plan& plan, model::step_result& result, done on_done) override {
    if (busy_) throw std::logic_error("a step was started while another runs");
    ++steps_;
    const auto found = faults_.find(steps_);
    const std::optional<fault> what = found == faults_.end() ? std::nullopt : std::optional(found->second);
    const bool after_refusal =
        std::exchange(refused_, what == fault::throw_at_start || what == fault::throw_oddly);
    if (what == fault::throw_at_start) throw std::runtime_error("scripted");
    if (what == fault::throw_oddly) throw 42;
    planned_on_refusal_ = after_refusal;
    busy_ = true;
    auto finish = [this, &plan, &result, what, told = std::move(on_done)] {
      run(plan, result, what);
      busy_ = false;
      told();
    };
    if (what == fault::hang) {
      hung_ = std::move(finish);
      if (on_hang_) on_hang_();
      return;
    }
    std::size_t tokens = 0;
    for (const auto& s : plan.sequences) tokens += std::max<std::size_t>(1, s.tokens.size());
    tokens_of_steps_.push_back(static_cast<std::uint32_t>(tokens));
    const auto cost = options_.step_cost + tokens * options_.token_cost;
    pending_ = time_.call_after(what == fault::late ? 100 * cost : cost, std::move(finish));
  }

 private:
  struct seat {
    bool open = false;
    std::uint64_t seed = 0;
    model::token_id last = model::no_token;
    simulated_states pooled{};
  };

  void expect(bool holds, const char* what) const {
    if (!holds) throw std::logic_error(std::string("simulated backend: ") + what);
  }

  model::token_id& at(const model::sequence_step& s, std::size_t group, std::uint32_t position) {
    const std::uint32_t index = position / options_.page_tokens;
    expect(index < s.tables[group].size(), "a page table is too short");
    const model::page_id page = s.tables[group][index];
    expect(page < options_.pages, "a page table names no page");
    return memory_[group][std::size_t{page} * options_.page_tokens + position % options_.page_tokens];
  }

  void run(const model::step_plan& plan, model::step_result& result, std::optional<fault> what) {
    std::set<std::uint32_t> used;
    std::set<std::pair<std::size_t, model::page_id>> written;
    std::size_t total = 0;
    result.number = plan.number;
    result.sequences.resize(plan.sequences.size());
    for (const model::page_place& gone : plan.discards) {
      expect(gone.group < memory_.size() && gone.page < options_.pages, "a page is discarded that is none");
      std::fill_n(memory_[gone.group].begin() + static_cast<std::ptrdiff_t>(gone.page * options_.page_tokens),
                  options_.page_tokens, model::no_token);
    }
    broken_ = broken_ || what == fault::break_down;
    discarded_ += plan.discards.size();
    for (const model::page_copy& pages : plan.copies) copy(pages);
    copied_ += plan.copies.size();
    most_at_once_ = std::max(most_at_once_, static_cast<std::uint32_t>(plan.sequences.size()));
    for (std::size_t i = 0; i < plan.sequences.size(); ++i) {
      const model::sequence_step& s = plan.sequences[i];
      expect(s.seat < options_.seats && used.insert(s.seat).second, "a seat is used twice");
      auto& got = result.sequences[i];
      got = {.seat = s.seat, .error = model::step_error::none, .tokens = {}, .scored = {}, .embedding = {}};
      total += run_one(s, got, written);
      if (what == fault::lose_device || broken_) got.error = model::step_error::device_lost;
      if (what == fault::fail_first_sequence && i == 0) got.error = model::step_error::not_a_number;
      if (what == fault::no_token) got.tokens.clear();
      if (what == fault::out_of_memory && i + 1 == plan.sequences.size())
        got.error = model::step_error::out_of_memory;
    }
    result.lost = broken_;
    expect(total <= options_.step_tokens, "too many tokens in a step");
    result.busy = options_.step_cost + total * options_.token_cost;
  }

  void copy(const model::page_copy& pages) {
    expect(pages.group < memory_.size() && pages.from < options_.pages && pages.to < options_.pages &&
               pages.from != pages.to,
           "a page is copied that is none");
    const auto page = [&](model::page_id id) {
      return memory_[pages.group].begin() + static_cast<std::ptrdiff_t>(id * options_.page_tokens);
    };
    std::copy_n(page(pages.from), options_.page_tokens, page(pages.to));
  }

  std::size_t run_one(const model::sequence_step& s, model::sequence_result& got,
                      std::set<std::pair<std::size_t, model::page_id>>& written) {
    seat& in = seats_[s.seat];
    if (s.opening != nullptr) {
      in = {.open = true, .seed = s.opening->seed};
      check_prefix(s);
      expect(s.output == model::step_output::none || s.draw == s.answer.size(),
             "the answer at the opening is not what was drawn");
    }
    // Planned before it was known that the step before did not run: an error, which nobody waits for.
    if (planned_on_refusal_ && (!in.open || (s.tokens.empty() && in.last == model::no_token))) {
      got.error = model::step_error::not_a_number;
      return 1;
    }
    expect(in.open, "a seat was not opened");
    std::vector<model::token_id> run(s.tokens.begin(), s.tokens.end());
    if (run.empty()) {
      expect(in.last != model::no_token, "there is no token of the step before");
      run.push_back(in.last);
    }
    const auto end = s.position + static_cast<std::uint32_t>(run.size());
    expect(end <= options_.context, "a position is outside of the context");
    for (std::size_t g = 0; g < options_.windows.size(); ++g) {
      for (std::uint32_t p = s.position; p < end; ++p) at(s, g, p) = run[p - s.position];
      for (std::uint32_t page = s.position / options_.page_tokens; page <= (end - 1) / options_.page_tokens;
           ++page) {
        expect(written.insert({g, s.tables[g][page]}).second, "two sequences write one page");
      }
    }
    // What was planned on a step that did not run may read pages that were never written.
    if (!planned_on_refusal_) check_windows(s, end);
    for (std::size_t i = 0; i < s.score.size(); ++i) {
      if (s.score[i] != model::no_token)
        got.scored.push_back({.id = s.score[i], .logprob = -1.0f, .top = {}});
    }
    if (s.output == model::step_output::embedding) pool(in, s, got);
    if (s.output == model::step_output::token) {
      got.tokens.push_back(
          {.id = next_token(text(s, end), in.seed, options_.end_every), .logprob = -0.5f, .top = {}});
      in.last = got.tokens.front().id;
    }
    return run.size();
  }

  static void pool(seat& in, const model::sequence_step& s, model::sequence_result& got) {
    in.pooled.add(s.tokens, s.position);
    got.embedding = in.pooled.mean();
  }

  // A sequence may begin behind pages that others have computed: they hold its own text.
  void check_prefix(const model::sequence_step& s) {
    for (std::uint32_t p = 0; p < s.position; ++p) {
      const bool asked = p < s.prompt.size();
      expect(asked || p - s.prompt.size() < s.answer.size(), "an opening behind the end of its text");
      expect(at(s, 0, p) == (asked ? s.prompt[p] : s.answer[p - s.prompt.size()]),
             "a sequence begins with another's tokens");
    }
  }

  // The first group that sees everything has the whole text.
  std::vector<model::token_id> text(const model::sequence_step& s, std::uint32_t end) {
    std::vector<model::token_id> all;
    for (std::uint32_t p = 0; p < end; ++p) all.push_back(at(s, 0, p));
    return all;
  }

  // Each window holds the same tokens as the whole text, as far as the first run token sees.
  void check_windows(const model::sequence_step& s, std::uint32_t end) {
    for (std::size_t g = 1; g < options_.windows.size(); ++g) {
      const std::uint32_t window = options_.windows[g];
      const std::uint32_t first = window == 0 || s.position < window ? 0 : s.position + 1 - window;
      for (std::uint32_t p = first; p < end; ++p)
        expect(at(s, g, p) == at(s, 0, p), "a window holds another's tokens");
    }
  }

  runtime::clock& time_;
  device_options options_;
  model::backend_capacity capacity_;
  std::vector<std::vector<model::token_id>>
      memory_;  // [group][page * page_tokens + offset] the token at that position
  std::vector<seat> seats_;
  std::map<std::uint64_t, fault> faults_;
  std::function<void()> hung_;
  std::function<void()> on_hang_;
  runtime::timer pending_;
  std::uint64_t steps_ = 0;
  bool broken_ = false;
  std::uint64_t discarded_ = 0;
  std::uint64_t copied_ = 0;
  std::uint32_t most_at_once_ = 0;
  std::vector<std::uint32_t> tokens_of_steps_;
  bool busy_ = false;
  bool refused_ = false;             // the last start threw
  bool planned_on_refusal_ = false;  // the one before what runs now threw
};

}  // namespace hawser::simulation
