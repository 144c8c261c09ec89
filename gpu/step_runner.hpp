/// One step from plan to result on a device: a coroutine that waits for nothing but the bridge.
#pragma once

#include "gpu/decoder.hpp"
#include "gpu/device_lanes.hpp"
#include "gpu/step_image.hpp"
#include "gpu/step_seats.hpp"
#include "model/backend.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>

namespace hawser::gpu {

/// What a step touches on the device and of pinned memory: a wait keeps it until the device has come past.
struct step_memory {
  decoder model;
  std::shared_ptr<std::byte> input;          // device: the words of a step_image
  std::shared_ptr<std::byte> best;           // device: [step_tokens], tokens that it chose
  std::shared_ptr<std::byte> pinned_input;   // as `input`
  std::shared_ptr<std::byte> pinned_best;    // as `best`
  std::shared_ptr<std::byte> pinned_logits;  // [logit_rows][vocabulary]
  std::shared_ptr<std::byte> pinned_normed;  // [step_tokens][width]
  std::size_t bytes = 0;                     // of the six
};

[[nodiscard]] model::result<std::shared_ptr<step_memory>>
make_step_memory(const cuda_runtime& calls, decoder d, const model::backend_capacity& c);

/// Not thread-safe: one step at a time, on one thread.
class step_runner {
 public:
  step_runner(device_lanes& lanes, std::shared_ptr<step_memory> memory, const model::backend_capacity& c);

  /// `plan` and `result` stay as they are until it is over.
  [[nodiscard]] boost::asio::awaitable<void> run(const model::step_plan& plan, model::step_result& result);
  [[nodiscard]] const step_memory& memory() const noexcept { return *memory_; }

 private:
  using waited = boost::system::error_code;

  /// What one step gives to the streams.
  struct queues {
    explicit queues(const device_lanes& lanes)
        : in(lanes.calls(), lanes.copy_in), work(lanes.calls(), lanes.compute),
          out(lanes.calls(), lanes.copy_out) {}
    work_queue in, work, out;

    [[nodiscard]] cuda_error error() const noexcept;
  };

  void lay_out(const model::step_plan& plan, model::step_result& result);
  [[nodiscard]] boost::asio::awaitable<waited> compute(const model::step_plan& plan,
                                                       model::step_result& result);
  [[nodiscard]] boost::asio::awaitable<waited> choose(const model::step_plan& plan,
                                                      model::step_result& result, queues& q);
  [[nodiscard]] boost::asio::awaitable<waited> embed(const model::step_plan& plan, model::step_result& result,
                                                     queues& q);
  [[nodiscard]] boost::asio::awaitable<waited> arrive(const queues& q);
  void give(queues& q);
  void give_choices(work_queue& work);
  void copy_out(queues& q, std::byte* to, const void* from, std::size_t bytes);
  void answer(const wanted_row& w, std::span<float> logits, const model::step_plan& plan,
              model::step_result& result);
  void fail(waited why, const model::step_plan& plan, model::step_result& result);
  [[nodiscard]] const int* words(std::size_t at) const {
    return reinterpret_cast<const int*>(memory_->input.get()) + at;
  }

  device_lanes& lanes_;
  std::shared_ptr<step_memory> memory_;
  step_seats seats_;
  step_image image_;
  std::size_t logit_rows_;
  bool lost_ = false;
};

}  // namespace hawser::gpu
