/// One whole answer, put together from the mail of a generation.
#pragma once

#include "actors/generation_mail.hpp"
#include "runtime/actor.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::embed {

/// What became of a request.
struct answer {
  bool refused = false;  ///< nothing was generated; `message` says why
  actors::refusal no{};  ///< of a refusal
  std::string message;   ///< of a refusal or an error
  std::string text;      ///< of the first choice
  std::vector<actors::generated_token> tokens;
  actors::finish why{};
  std::uint32_t prompt_tokens = 0;
  actors::generation_times times;
};

/// "stop", "length", ...
[[nodiscard]] std::string_view name_of(actors::finish why) noexcept;

/// Sees the answer's text as it becomes certain, in pieces of whole characters.
using text_watch = std::function<void(std::string_view piece)>;

/// Listens to one generation of one choice and ends with it. Both functions are called on its turns:
/// `complete`, once, on the last one. They may not block.
class answer_collector final : public runtime::actor<answer_collector, actors::refused, actors::admitted,
                                                     actors::generated, actors::choice_ended, actors::ended> {
 public:
  answer_collector(runtime::home where, text_watch watch, std::function<void(answer)> complete);

  void on(actors::refused m);
  void on(actors::admitted m);
  void on(actors::generated m);
  void on(actors::choice_ended m);
  void on(actors::ended m);

 private:
  void say(const std::string& text);
  void finish();

  answer answer_;
  text_watch watch_;
  std::function<void(answer)> complete_;
};

}  // namespace hawser::embed
