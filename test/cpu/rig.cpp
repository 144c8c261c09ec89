#include "test/cpu/rig.hpp"

#include "model/decoder_spec.hpp"

#include <algorithm>
#include <atomic>

namespace hawser::test {

rig::rig(std::shared_ptr<const model::gguf_file> file, cpu::cpu_options options, std::uint32_t context)
    : rig(cpu::make_cpu_backend(file, model::read_decoder_spec(*file).value(), options).value(), context) {}

rig::rig(std::unique_ptr<model::backend> backend, std::uint32_t context) : backend_(std::move(backend)) {
  const model::backend_capacity& c = backend_->capacity();
  const std::uint32_t each = (context + c.page_tokens - 1) / c.page_tokens;
  tables_.resize(c.seats, std::vector<std::vector<model::page_id>>(c.groups.size()));
  for (std::size_t g = 0; g < c.groups.size(); ++g)
    for (std::uint32_t s = 0; s < c.seats; ++s)
      // Not in order, so that a kernel that takes pages for neighbours is found out.
      for (std::uint32_t p = 0; p < each; ++p) tables_[s][g].push_back((p * c.seats + s) % c.groups[g].pages);
}

model::sequence_step rig::part(std::uint32_t seat, std::uint32_t position,
                               std::span<const model::token_id> tokens) const {
  model::sequence_step s;
  s.seat = seat;
  s.position = position;
  s.tokens = tokens;
  for (std::size_t g = 0; g < tables_[seat].size(); ++g) s.tables[g] = tables_[seat][g];
  return s;
}

const model::step_result& rig::run(const model::step_plan& plan) {
  std::atomic<bool> done{false};
  backend_->start(plan, result_, [&done] {
    done.store(true);
    done.notify_one();
  });
  done.wait(false);
  return result_;
}

const model::sequence_result& rig::run(const model::sequence_step& part) {
  model::step_plan plan;
  plan.sequences.push_back(part);
  return run(plan).sequences.front();
}

std::vector<model::sampled_token> rig::score(std::span<const model::token_id> prompt,
                                             std::span<const model::token_id> next, std::int32_t top,
                                             std::uint32_t chunk, std::uint32_t seat) {
  std::vector<model::sampled_token> out;
  for (std::uint32_t at = 0; at < prompt.size(); at += chunk) {
    const std::size_t n = std::min<std::size_t>(chunk, prompt.size() - at);
    model::sequence_step s = part(seat, at, prompt.subspan(at, n));
    s.score = next.subspan(at, n);
    s.score_top = top;
    s.opening = at == 0 ? &greedy_with_logprobs() : nullptr;
    const auto& r = run(s);
    out.insert(out.end(), r.scored.begin(), r.scored.end());
  }
  return out;
}

std::vector<model::sampled_token> rig::answer(std::span<const model::token_id> prompt, std::size_t count,
                                              std::uint32_t seat) {
  std::vector<model::sampled_token> out;
  model::sequence_step s = part(seat, 0, prompt);
  s.opening = &greedy_with_logprobs();
  s.output = model::step_output::token;
  while (out.size() < count) {
    const auto& r = run(s);
    if (r.tokens.empty()) break;
    out.push_back(r.tokens.front());
    s = part(seat, static_cast<std::uint32_t>(prompt.size() + out.size() - 1), {});
    s.output = model::step_output::token;
  }
  return out;
}

const model::sampling_params& greedy_with_logprobs() {
  static const model::sampling_params params{.logit_bias = {}, .top_logprobs = 3};
  return params;
}

}  // namespace hawser::test
