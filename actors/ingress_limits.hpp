/// What Ingress holds requests to.
#pragma once

#include "actors/admission.hpp"

#include <cstdint>

namespace hawser::actors {

struct ingress_limits {
  admission_limits admission{};
  std::uint32_t choices = 8;
  std::uint32_t stop_strings = 16;
  std::uint32_t stop_bytes = 256;
  std::uint32_t logit_biases = 1024;
  std::uint32_t top_logprobs = 20;
  std::uint32_t default_max_tokens = 4096;
  std::uint32_t longest = 0;  ///< prompt + answer, in tokens; known when the model is
  std::uint32_t vocabulary = 0;
};

}  // namespace hawser::actors
