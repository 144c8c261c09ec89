/// What the reference forward pass answers, read from test/model/golden/ (made by reference/make_golden.py,
/// whose head describes each field). For the tests of every backend.
#pragma once

#include "model/token.hpp"
#include "test/model/tiny_model.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hawser::test {

/// A random model: make_tiny_model(spec) gives its file.
struct tiny_golden {
  std::string name;
  tiny_spec spec;
  std::uint64_t file = 0;  ///< fnv1a() of the file's bytes
  std::vector<model::token_id> prompt;
  std::map<std::size_t, std::vector<float>> logits;  ///< by position in the prompt
  std::vector<float> embedding;                      ///< mean of the final normed hidden states of the prompt
  std::vector<float> last_state;                     ///< of its last token
  std::vector<model::token_id> greedy;
  std::vector<float> gaps;  ///< of each greedy token's logit to the second best
};

struct real_golden {
  struct token {
    model::token_id id = model::no_token;
    float logprob = 0.0f;
  };

  std::string file;
  std::string text;
  std::vector<model::token_id> prompt;
  std::map<std::size_t, std::vector<token>> top;  ///< by position in the prompt: the 20 best
  std::vector<float> score;                       ///< of prompt[i + 1] after prompt[0 .. i]
  std::vector<model::token_id> greedy;
  std::vector<float> gaps;
};

[[nodiscard]] std::vector<tiny_golden> read_tiny_goldens();
[[nodiscard]] std::vector<real_golden> read_real_goldens();

/// In the folder $HAWSER_MODELS, by default ~/.cache/hawser/models; nothing when the file is not there.
[[nodiscard]] std::optional<std::string> real_model(const std::string& file);

[[nodiscard]] std::uint64_t fnv1a(std::span<const std::byte> bytes) noexcept;

}  // namespace hawser::test
