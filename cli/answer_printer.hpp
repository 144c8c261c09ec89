/// Listens to one generation: prints its text as it comes, and keeps all of it.
#pragma once

#include "actors/generation_mail.hpp"
#include "runtime/actor.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::cli {

/// What became of a request.
struct answer {
  bool refused = false;
  std::string message;  ///< of a refusal or an error
  std::string text;
  std::vector<actors::generated_token> tokens;
  actors::finish why{};
  std::uint32_t prompt_tokens = 0;
  actors::generation_times times;
};

/// "stop", "length", ...
[[nodiscard]] std::string_view name_of(actors::finish why) noexcept;

/// Hands over the answer once, when it is complete, on its last turn: `complete` may only post.
class answer_printer final : public runtime::actor<answer_printer, actors::refused, actors::admitted,
                                                   actors::generated, actors::choice_ended, actors::ended> {
 public:
  /// With `aloud`, text goes to standard output as it comes.
  answer_printer(runtime::home where, bool aloud, std::function<void(answer)> complete);

  void on(actors::refused m);
  void on(actors::admitted m);
  void on(actors::generated m);
  void on(actors::choice_ended m);
  void on(actors::ended m);

 private:
  void say(const std::string& text);
  void finish();

  answer answer_;
  bool aloud_;
  std::function<void(answer)> complete_;
};

}  // namespace hawser::cli
