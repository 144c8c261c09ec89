/// What OpenAI's completions and chat completions have in common: ids, choices, usage, the order of a
/// stream's frames.
#pragma once

#include "net/answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

struct openai_shape {
  std::string id;
  std::string_view object;        ///< of the whole answer; a literal
  std::string_view chunk_object;  ///< of a stream's chunks; a literal
  std::int64_t created = 0;
  std::string model;
  std::uint32_t prompts = 1;
  std::uint32_t choices = 1;  ///< for each prompt
  bool stream = false;
  bool include_usage = false;
};

/// Choice `index` of the answer is choice index % choices of prompt index / choices.
class openai_answer : public answer {
 public:
  explicit openai_answer(openai_shape shape);

  void on(prompt_index prompt, const actors::admitted& event, std::string& out) final;
  void on(prompt_index prompt, actors::generated&& event, std::string& out) final;
  void on(prompt_index prompt, const actors::choice_ended& event, std::string& out) final;
  void on(prompt_index prompt, const actors::ended& event, std::string& out) final;
  void finish(std::string& out) final;
  void fail(const api_error& e, std::string& out) const final;

 protected:
  struct choice_state {
    std::string text;      ///< collected when the answer is not streamed
    std::string logprobs;  ///< the inside of the dialect's logprobs, collected likewise
    std::string_view finish;
  };

  /// The first frames of a choice, at its admission.
  virtual void begin_choice(std::uint32_t index, std::string& out) = 0;
  virtual void take(std::uint32_t index, actors::generated&& event, std::string& out) = 0;
  /// The choice has ended: text that had been held back until then, or none.
  virtual void take_rest(std::uint32_t index, std::string_view rest, std::string& out) = 0;
  /// The last frame of a choice.
  virtual void end_choice(std::uint32_t index, std::string& out) = 0;
  /// `{"index":..., ...}` of a whole answer.
  virtual void append_choice(std::uint32_t index, std::string& out) const = 0;

  /// One frame: {"id",...,"choices":[<choice>],"usage":null}. The choice goes between these two.
  void begin_frame(std::string& out) const;
  void end_frame(std::string& out) const;
  [[nodiscard]] const openai_shape& shape() const noexcept { return shape_; }
  [[nodiscard]] choice_state& state(std::uint32_t index) { return choices_.at(index); }
  [[nodiscard]] const choice_state& state(std::uint32_t index) const { return choices_.at(index); }

 private:
  [[nodiscard]] std::uint32_t index_of(prompt_index prompt, std::uint32_t choice) const noexcept {
    return prompt * shape_.choices + choice;
  }
  void append_usage(std::string& out) const;

  openai_shape shape_;
  std::string prefix_;  // of each frame, up to and with "choices":[
  std::vector<choice_state> choices_;
  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t cached_tokens_ = 0;
  std::uint64_t answer_tokens_ = 0;
  actors::generation_times times_;
};

/// stop or length: the only reasons that OpenAI's clients know for plain text.
[[nodiscard]] std::string_view finish_reason(actors::finish why) noexcept;

}  // namespace hawser::net
