#include "gpu/work_queue.hpp"
#include "test/gpu/device/backends.hpp"
#include "test/gpu/device/sections.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>

namespace hawser::test {
namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point begun) {
  return std::chrono::duration<double>(clock::now() - begun).count();
}

/// Bytes a second that copies within the device read and write together: the best of a few.
double memory_rate(const subject& on) {
  const std::size_t bytes = std::size_t{on.stand_in ? 4u : 512u} << 20;
  constexpr int copies = 10;
  auto error = gpu::cuda_error::none;
  const auto from = gpu::take_memory(*on.calls, bytes, false, error);
  const auto to = gpu::take_memory(*on.calls, bytes, false, error);
  demand(on, error, "cudaMalloc");
  gpu::stream_handle stream = nullptr;
  demand(on, on.calls->create_stream(&stream, gpu::stream_non_blocking), "cudaStreamCreateWithFlags");
  double best = 0;
  for (int round = 0; round < 4; ++round) {
    const auto begun = clock::now();
    for (int i = 0; i < copies; ++i)
      demand(on, on.calls->copy(to.get(), from.get(), bytes, gpu::copy_direction::device_to_device, stream),
             "cudaMemcpyAsync");
    finish(on, stream);
    best = std::max(best, 2.0 * double(bytes) * copies / seconds_since(begun));
  }
  on.calls->destroy_stream(stream);
  return best;
}

/// Gives every seat a prompt of `tokens`, in steps of a whole prompt each; tokens a second.
double prefill(rig& on, std::uint32_t seats, const std::vector<model::token_id>& text) {
  const auto begun = clock::now();
  for (std::uint32_t seat = 0; seat < seats; ++seat) {
    auto s = on.part(seat, 0, text);
    const model::sampling_params greedy;
    s.opening = &greedy;
    s.output = model::step_output::token;
    if (on.run(s).error != model::step_error::none) throw failed{"a prompt ends with an error"};
  }
  return double(text.size()) * seats / seconds_since(begun);
}

/// Steps of one token for each of the seats; seconds a step.
double decode(rig& on, std::uint32_t seats, std::uint32_t position, std::uint32_t steps) {
  const auto begun = clock::now();
  for (std::uint32_t i = 0; i < steps; ++i) {
    model::step_plan plan;
    for (std::uint32_t seat = 0; seat < seats; ++seat) {
      plan.sequences.push_back(on.part(seat, position + i, {}));
      plan.sequences.back().output = model::step_output::token;
      plan.sequences.back().draw = i + 1;
    }
    for (const auto& each : on.run(plan).sequences)
      if (each.error != model::step_error::none) throw failed{"a step ends with an error"};
  }
  return seconds_since(begun) / steps;
}

double kv_bytes_a_token(const model::backend_capacity& c) {
  double bytes = 0;
  for (const model::page_group& g : c.groups) bytes += double(g.page_bytes) / c.page_tokens;
  return bytes;
}

double parameters(const model::gguf_file& file) {
  double all = 0;
  for (const model::tensor_view& t : file.tensors()) all += double(t.columns()) * double(t.rows());
  return all;
}

void say(const std::string& what) {
  std::cout << what << std::endl;
}

}  // namespace

std::string measure_speed(const subject& on) {
  if (on.model.empty() && !on.stand_in) throw not_there{"no model was named"};
  const checked_model what = on.model.empty() ? make_tiny("llama") : open_real(on.model);
  const std::uint32_t prompt = on.stand_in ? 16 : 512, steps = on.stand_in ? 2 : 64;
  const backend_size size{.seats = on.stand_in ? 2u : 32u, .step_tokens = 512, .context = prompt + 4 * steps};
  const auto device = on_device(on, what, size);
  const double rate = memory_rate(on);
  char text[200];
  std::snprintf(text, sizeof text, "memory: %.1f GB/s read and written by copies", rate / 1e9);
  say(text);
  std::vector<model::token_id> long_prompt;
  while (long_prompt.size() < prompt)
    long_prompt.push_back(what.prompt[long_prompt.size() % what.prompt.size()]);
  static_cast<void>(prefill(*device, size.seats, long_prompt));  // the first one warms up
  const double prefilled = prefill(*device, size.seats, long_prompt);
  std::snprintf(text, sizeof text, "prefill: %.0f tokens/s in prompts of %u, %.2f TFLOP/s of products",
                prefilled, prompt, 2 * parameters(*what.file) * prefilled / 1e12);
  say(text);
  std::string finding = text;
  const auto weights = double(device->backend().memory().weights);
  for (const std::uint32_t seats : {1u, 8u, 32u}) {
    if (seats > size.seats) continue;
    static_cast<void>(decode(*device, seats, prompt, steps));
    const double step = decode(*device, seats, prompt + steps, steps);
    const double read =
        weights + seats * (prompt + 1.5 * steps) * kv_bytes_a_token(device->backend().capacity());
    std::snprintf(text, sizeof text,
                  "decode of %u: %.0f tokens/s, %.1f MB a step, %.1f %% of what the memory gives", seats,
                  seats / step, read / 1e6, 100 * read / step / rate);
    say(text);
    finding += std::string("; ") + text;
  }
  return finding + (on.stand_in ? " (figures of a stand-in say nothing)" : "");
}

}  // namespace hawser::test
