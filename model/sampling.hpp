/// Logits to the next token. Pure: chance comes in as (seed, draw), so a seed gives the same text however the
/// batch looked.
#pragma once

#include "model/token.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace hawser::model {

/// Defaults are greedy. Applied in this order: logit_bias, penalties, temperature, top_k, top_p, min_p, draw.
struct sampling_params {
  float temperature = 0.0f;  ///< 0: the largest logit (the lowest id among equals)
  std::int32_t top_k = 0;    ///< 0: all
  float top_p = 1.0f;
  float min_p = 0.0f;
  float repetition_penalty = 1.0f;  ///< on every token of prompt and answer (Keskar et al. 2019, CTRL, eq. 2)
  float presence_penalty = 0.0f;    ///< OpenAI's: subtracted once if the token is in the answer
  float frequency_penalty = 0.0f;   ///< OpenAI's: subtracted for each time that the token is in the answer
  std::vector<std::pair<token_id, float>> logit_bias;
  std::uint64_t seed = 0;
  std::int32_t top_logprobs = -1;  ///< -1: no logprobs; n >= 0: the chosen token's and the n best
};

struct token_logprob {
  token_id id = no_token;
  float logprob = 0.0f;  ///< natural logarithm, of the model's own distribution (after bias and penalties,
                         ///< before temperature)
};

struct sampled_token {
  token_id id = no_token;
  float logprob = 0.0f;            ///< valid when top_logprobs >= 0
  std::vector<token_logprob> top;  ///< best first; empty unless asked for
};

/// One sequence's sampling state: which tokens it has seen. Reusable: begin() makes it a new sequence's.
class sampler {
 public:
  sampler() = default;

  /// `prompt` counts for the repetition penalty, `answer` (after a preemption) for all three.
  /// Memory: O(1) unless a penalty is on, then O(distinct tokens).
  void begin(const sampling_params& params, std::span<const token_id> prompt,
             std::span<const token_id> answer);

  /// Chooses answer token number `draw` (0, 1, ...) and remembers it. `logits` [vocabulary] is scratch and
  /// may be changed. `allowed`, when not empty, has one bit a token (bit i%32 of word i/32): the others are
  /// out. Logprobs are those before `allowed` takes effect. A NaN among the logits counts as -infinity;
  /// returns id == no_token when nothing can be chosen.
  [[nodiscard]] sampled_token choose(std::span<float> logits, std::uint64_t draw,
                                     std::span<const std::uint32_t> allowed = {});

  /// Greedy, no penalties, no bias, no logprobs: the caller may take the arg-max itself and skip choose().
  [[nodiscard]] bool plain_greedy() const noexcept;
  /// Drawn, no penalties, no bias, no logprobs: with nothing forbidden, choose() depends on the logits, these
  /// params and the draw alone, and whoever does the same arithmetic may skip it.
  [[nodiscard]] bool plain_draw() const noexcept;
  [[nodiscard]] const sampling_params& params() const noexcept { return params_; }

 private:
  struct count {
    token_id id = no_token;
    std::uint32_t in_prompt = 0;
    std::uint32_t in_answer = 0;
  };

  [[nodiscard]] bool greedy() const noexcept;
  void remember(token_id id, bool in_answer);
  void adjust(std::span<float> logits) const noexcept;
  void list_best(std::span<const float> logits, double log_sum, sampled_token& answer);
  [[nodiscard]] token_id pick(std::span<float> logits, float largest, std::uint64_t draw);

  sampling_params params_;
  std::vector<count> counts_;  // open addressing, a power of two of slots; empty unless a penalty is on
  std::size_t used_ = 0;
  std::vector<std::pair<float, token_id>> candidates_;
};

/// Counter-based and stateless (Philox4x32-10: key = seed, counter = draw, the upper 53 bits of its first two
/// words): the same for the same (seed, draw) on every machine. In [0, 1).
[[nodiscard]] double uniform(std::uint64_t seed, std::uint64_t draw) noexcept;
/// The same as the 53 bits that they are: uniform() is chance() / 2^53.
[[nodiscard]] std::uint64_t chance(std::uint64_t seed, std::uint64_t draw) noexcept;

/// log(sum(exp(x))) without overflow; NaN counts as -infinity.
[[nodiscard]] float log_sum_exp(std::span<const float> logits) noexcept;

}  // namespace hawser::model
