/// How much arithmetic a prompt is. Pure.
#pragma once

#include "model/decoder_spec.hpp"

#include <cstdint>

namespace hawser::cli {

struct prompt_flops {
  double products = 0;   ///< of the weight matrices, the output head once
  double attention = 0;  ///< scores and sums of values, over the positions that each query sees

  [[nodiscard]] double all() const noexcept { return products + attention; }
};

/// A multiplication and an addition are two. Norms, activations and the softmax are left out (below 1 %).
[[nodiscard]] prompt_flops flops_of_prompt(const model::decoder_spec& spec, std::uint32_t tokens) noexcept;

/// The same model, with this window in all layers; 0: none, every layer sees everything.
[[nodiscard]] model::decoder_spec with_window(model::decoder_spec spec, std::uint32_t window);

}  // namespace hawser::cli
