/// OpenAI's two ways of writing the log probabilities of tokens. Pure.
#pragma once

#include "actors/generation_mail.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace hawser::net {

/// {token, logprob, bytes, top_logprobs} of one token, as chat completions have it.
void append_chat_logprob(std::string& out, const actors::generated_token& token);

/// {tokens, token_logprobs, top_logprobs, text_offset}, as completions have it.
class completion_logprobs {
 public:
  /// `offset`: characters of the choice's text before the token. `scored`: false for a prompt's first token,
  /// which nothing precedes.
  void add(const actors::generated_token& token, std::size_t offset, bool scored);
  void append(std::string& out) const;
  [[nodiscard]] bool empty() const noexcept { return tokens_.empty(); }

 private:
  std::string tokens_;
  std::string logprobs_;
  std::string tops_;
  std::string offsets_;
};

}  // namespace hawser::net
