/// A device whose steps cost nothing, so that what is measured is the server around it.
#pragma once

#include "model/backend.hpp"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace hawser {

/// Says 'a' after anything. One thread of its own, as a device has.
class free_backend final : public model::backend {
 public:
  explicit free_backend(std::uint32_t seats) {
    capacity_ = {.seats = seats,
                 .step_tokens = 4096,
                 .page_tokens = 32,
                 .context = 2048,
                 .vocabulary = 258,
                 .width = 4,
                 .groups = {{.window = 0, .layers = 1, .page_bytes = 64, .pages = seats * 80}},
                 .device = "free"};
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }

  [[nodiscard]] const model::backend_capacity& capacity() const noexcept override { return capacity_; }
  [[nodiscard]] model::backend_memory memory() const noexcept override { return {}; }
  void warm_up(done on_done) override { hand_over(std::move(on_done)); }

  void start(const model::step_plan& plan, model::step_result& result, done on_done) override {
    result.number = plan.number;
    result.sequences.resize(plan.sequences.size());
    for (std::size_t i = 0; i < plan.sequences.size(); ++i) {
      model::sequence_result& got = result.sequences[i];
      got.seat = plan.sequences[i].seat;
      got.error = model::step_error::none;
      got.tokens.clear();
      if (plan.sequences[i].output == model::step_output::token)
        got.tokens.push_back({.id = 'a', .logprob = -0.5f, .top = {}});
    }
    hand_over(std::move(on_done));
  }

 private:
  void hand_over(done what) {
    {
      const std::lock_guard held(guard_);
      next_ = std::move(what);
    }
    there_.notify_one();
  }

  void work(const std::stop_token& stop) {
    for (;;) {
      done now;
      {
        std::unique_lock held(guard_);
        if (!there_.wait(held, stop, [this] { return next_ != nullptr; })) return;
        now = std::exchange(next_, nullptr);
      }
      now();
    }
  }

  model::backend_capacity capacity_;
  std::mutex guard_;
  std::condition_variable_any there_;
  done next_;
  std::jthread thread_;
};

}  // namespace hawser
