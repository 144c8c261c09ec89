#include "cli/answer_printer.hpp"

#include <array>
#include <iostream>
#include <utility>

namespace hawser::cli {

std::string_view name_of(actors::finish why) noexcept {
  constexpr std::array<std::string_view, 5> names{"stop", "length", "cancelled", "deadline", "error"};
  return names[static_cast<std::size_t>(why)];
}

answer_printer::answer_printer(runtime::home where, bool aloud, std::function<void(answer)> complete)
    : actor(where), aloud_(aloud), complete_(std::move(complete)) {}

void answer_printer::on(actors::refused m) {
  answer_.refused = true;
  answer_.message = std::move(m.message);
  finish();
}

void answer_printer::on(actors::admitted m) {
  answer_.prompt_tokens = m.prompt_tokens;
}

void answer_printer::on(actors::generated m) {
  for (auto& token : m.tokens) {
    say(token.text);
    answer_.tokens.push_back(std::move(token));
  }
}

void answer_printer::on(actors::choice_ended m) {
  say(m.end.rest);
}

void answer_printer::on(actors::ended m) {
  answer_.why = m.why;
  answer_.message = std::move(m.message);
  answer_.times = m.times;
  finish();
}

void answer_printer::say(const std::string& text) {
  answer_.text += text;
  if (aloud_) std::cout << text << std::flush;
}

void answer_printer::finish() {
  complete_(std::move(answer_));
  close();
}

}  // namespace hawser::cli
