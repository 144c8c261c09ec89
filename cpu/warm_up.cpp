#include "cpu/warm_up.hpp"

#include <algorithm>
#include <array>

namespace hawser::cpu {

void run_warm_up(step_runner& runner, const model::backend_capacity& capacity, team& workers) {
  const std::uint32_t chunk = std::min({64u, capacity.step_tokens, capacity.context});
  const std::uint32_t pages = (chunk + capacity.page_tokens - 1) / capacity.page_tokens;
  const std::vector<model::token_id> tokens(chunk, 0);
  // Sequences may share pages here: nobody reads what comes out.
  std::array<std::vector<model::page_id>, model::max_page_groups> tables;
  for (std::size_t g = 0; g < capacity.groups.size(); ++g)
    for (std::uint32_t p = 0; p < pages; ++p) tables[g].push_back(p % capacity.groups[g].pages);
  const model::sampling_params greedy;
  const auto step = [&](std::uint32_t sequences, std::uint32_t run) {
    model::step_plan plan;
    for (std::uint32_t s = 0; s < sequences; ++s) {
      model::sequence_step& at = plan.sequences.emplace_back();
      at.seat = s;
      at.tokens = std::span(tokens).first(run);
      at.output = model::step_output::token;
      at.opening = &greedy;
      for (std::size_t g = 0; g < capacity.groups.size(); ++g) at.tables[g] = tables[g];
    }
    model::step_result result;
    runner.run(plan, result, workers);
  };
  step(1, chunk);
  step(1, 1);
  step(std::min(capacity.seats, capacity.step_tokens), 1);
}

}  // namespace hawser::cpu
