/// Tokens of one answer in, what may be shown of it out.
#pragma once

#include "actors/generation_mail.hpp"
#include "actors/stop_scan.hpp"
#include "model/sampling.hpp"
#include "model/tokenizer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

/// Never shows half a character, nor any part of a stop string that ends the answer. All texts together are
/// the answer.
class answer_stream {
 public:
  /// `logprobs`: fill in pieces as generated_token documents.
  answer_stream(std::shared_ptr<const model::tokenizer> words, std::vector<std::string> stops, bool logprobs);

  /// False: a stop string is complete, and the answer with it. `into.text` is what became certain.
  [[nodiscard]] bool push(model::sampled_token& token, generated_token& into);
  /// The end: what was held back. Empty after a stop string.
  [[nodiscard]] std::string finish();

  [[nodiscard]] const std::string& matched_stop() const noexcept { return matched_; }

  /// A token of the prompt, scored.
  static void score(const model::tokenizer& words, model::sampled_token& token, generated_token& into);

 private:
  std::shared_ptr<const model::tokenizer> words_;
  model::detokenizer text_;
  stop_scan stops_;
  std::string held_;
  std::string matched_;
  bool logprobs_;
};

}  // namespace hawser::actors
