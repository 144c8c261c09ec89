#include "embed/answer.hpp"

#include <array>
#include <utility>

namespace hawser::embed {

std::string_view name_of(actors::finish why) noexcept {
  constexpr std::array<std::string_view, 5> names{"stop", "length", "cancelled", "deadline", "error"};
  return names[static_cast<std::size_t>(why)];
}

answer_collector::answer_collector(runtime::home where, text_watch watch,
                                   std::function<void(answer)> complete)
    : actor(where), watch_(std::move(watch)), complete_(std::move(complete)) {}

void answer_collector::on(actors::refused m) {
  answer_.refused = true;
  answer_.no = m.why;
  answer_.message = std::move(m.message);
  finish();
}

void answer_collector::on(actors::admitted m) {
  answer_.prompt_tokens = m.prompt_tokens;
}

void answer_collector::on(actors::generated m) {
  for (auto& token : m.tokens) {
    say(token.text);
    answer_.tokens.push_back(std::move(token));
  }
}

void answer_collector::on(actors::choice_ended m) {
  say(m.end.rest);
}

void answer_collector::on(actors::ended m) {
  answer_.why = m.why;
  answer_.message = std::move(m.message);
  answer_.times = m.times;
  finish();
}

void answer_collector::say(const std::string& text) {
  answer_.text += text;
  if (watch_ && !text.empty()) watch_(text);
}

void answer_collector::finish() {
  complete_(std::move(answer_));
  close();
}

}  // namespace hawser::embed
