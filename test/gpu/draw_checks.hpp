/// Checks of kernels that draw tokens: against the sampler, of which they have to give the very tokens.
#pragma once

#include "test/gpu/kernel_bench.hpp"

namespace hawser::test {

[[nodiscard]] finding a_drawn_token_is_the_samplers();
[[nodiscard]] finding light_weights_are_drawn_as_often();
[[nodiscard]] finding odd_logits_draw_what_the_sampler_draws();

}  // namespace hawser::test
