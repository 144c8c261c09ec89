/// POST /v1/completions: OpenAI's text completions, with vLLM's extras (top_k, min_p, repetition_penalty,
/// ignore_eos, priority).
#pragma once

#include "net/answer.hpp"

#include <boost/json/object.hpp>

namespace hawser::net {

/// Several prompts give several choices, prompt by prompt. `suffix` and a best_of other than n are refused.
[[nodiscard]] outcome<generation_job> read_completion(const boost::json::object& body,
                                                      const codec_context& context);

}  // namespace hawser::net
