// What a request may ask for at all.
#include "actors/ingress_plan.hpp"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace hawser::actors {
namespace {

refused invalid(request_id id, std::string_view field, std::string message) {
  return {.id = id,
          .why = refusal::invalid,
          .message = std::move(message),
          .field = std::string(field),
          .retry_after = {},
          .limit = {}};
}

std::string at_most(std::string_view what, std::uint64_t most, std::uint64_t given) {
  return "at most " + std::to_string(most) + " " + std::string(what) + " are allowed, not " +
         std::to_string(given);
}

bool outside(float value, float least, float most) noexcept {
  return !(value >= least && value <= most);
}

std::optional<refused> check_sampling(request_id id, const model::sampling_params& s,
                                      const ingress_limits& limits) {
  if (outside(s.temperature, 0.0f, 100.0f))
    return invalid(id, "temperature", "the temperature must be from 0 to 100");
  if (s.top_k < 0) return invalid(id, "top_k", "top_k must not be negative");
  if (outside(s.top_p, 0.0f, 1.0f)) return invalid(id, "top_p", "top_p must be from 0 to 1");
  if (outside(s.min_p, 0.0f, 1.0f)) return invalid(id, "min_p", "min_p must be from 0 to 1");
  if (outside(s.repetition_penalty, 1e-3f, 1e3f)) {
    return invalid(id, "repetition_penalty", "the repetition penalty must be from 0.001 to 1000");
  }
  if (!std::isfinite(s.presence_penalty))
    return invalid(id, "presence_penalty", "a penalty must be a finite number");
  if (!std::isfinite(s.frequency_penalty))
    return invalid(id, "frequency_penalty", "a penalty must be a finite number");
  if (s.top_logprobs > 0 && static_cast<std::uint32_t>(s.top_logprobs) > limits.top_logprobs) {
    return invalid(id, "top_logprobs",
                   at_most("top_logprobs", limits.top_logprobs, static_cast<std::uint32_t>(s.top_logprobs)));
  }
  if (s.logit_bias.size() > limits.logit_biases) {
    return invalid(id, "logit_bias", at_most("biases", limits.logit_biases, s.logit_bias.size()));
  }
  for (const auto& [token, bias] : s.logit_bias) {
    if (token < 0 || static_cast<std::uint32_t>(token) >= limits.vocabulary) {
      return invalid(id, "logit_bias", "there is no token " + std::to_string(token) + " in the vocabulary");
    }
    if (std::isnan(bias)) return invalid(id, "logit_bias", "a bias must be a number");
  }
  return std::nullopt;
}

}  // namespace

std::optional<refused> check(const generate& what, const ingress_limits& limits) {
  const generation_spec& spec = what.spec;
  if (spec.choices == 0 || spec.choices > limits.choices) {
    return invalid(what.id, "n", "n must be from 1 to " + std::to_string(limits.choices));
  }
  if (spec.stop.size() > limits.stop_strings) {
    return invalid(what.id, "stop", at_most("stop strings", limits.stop_strings, spec.stop.size()));
  }
  for (const std::string& stop : spec.stop) {
    if (stop.empty()) return invalid(what.id, "stop", "a stop string must not be empty");
    if (stop.size() > limits.stop_bytes) {
      return invalid(what.id, "stop", at_most("bytes in a stop string", limits.stop_bytes, stop.size()));
    }
  }
  return check_sampling(what.id, spec.sampling, limits);
}

}  // namespace hawser::actors
