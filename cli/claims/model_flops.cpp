#include "cli/claims/model_flops.hpp"

#include <algorithm>

namespace hawser::cli {

prompt_flops flops_of_prompt(const model::decoder_spec& spec, std::uint32_t tokens) noexcept {
  const double n = tokens;
  const double width = spec.width;
  const double weights = width * (spec.q_width() + 2.0 * spec.kv_width()) + spec.q_width() * width +
                         3.0 * width * spec.feed_forward;
  prompt_flops sum;
  sum.products = 2 * n * weights * spec.layers + 2 * width * spec.vocabulary;
  for (const model::layer_spec& layer : spec.layer) {
    // Positions seen by all queries together: 1 + 2 + ... up to the window, then the window for each.
    const double w = layer.window == 0 ? n : std::min<double>(layer.window, n);
    const double seen = w * (w + 1) / 2 + (n - w) * w;
    // A query head and position: head_dim for the score, head_dim for the value, two operations each.
    sum.attention += 4 * seen * spec.q_width();
  }
  return sum;
}

model::decoder_spec with_window(model::decoder_spec spec, std::uint32_t window) {
  for (model::layer_spec& layer : spec.layer) layer.window = window;
  return spec;
}

}  // namespace hawser::cli
