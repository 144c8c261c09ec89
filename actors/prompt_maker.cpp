#include "actors/prompt_maker.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace hawser::actors {
namespace {

using tokens = std::vector<model::token_id>;

void set_default(boost::json::object& in, std::string_view key, const boost::json::value& value) {
  if (!in.contains(key)) in.emplace(key, value);
}

std::string_view name_of(const model::tokenizer& words, model::token_id id) {
  return id == model::no_token ? std::string_view() : words.piece(id, true);
}

model::result<tokens> of_chat(const language& in, const chat_prompt& chat, bool add_special,
                              std::chrono::system_clock::time_point now) {
  const model::vocabulary& words = in.words->words();
  const model::result<std::string> text = render_text(in, chat, now);
  if (!text) return text.error();
  // The template writes its own begin token, if it wants one; some leave it to the vocabulary.
  tokens made = in.words->encode(*text, {.add_special = false, .parse_special = true});
  const bool begins = !made.empty() && made.front() == words.bos;
  if (add_special && words.add_bos && words.bos != model::no_token && !begins)
    made.insert(made.begin(), words.bos);
  return made;
}

model::error unknown_token(model::token_id id, model::token_id size) {
  return {model::errc::bad_argument, "the prompt has token " + std::to_string(id) +
                                         ", but the vocabulary has 0 to " + std::to_string(size - 1)};
}

model::result<tokens> of_tokens(const language& in, const token_prompt& given) {
  const auto size = static_cast<model::token_id>(in.words->words().texts.size());
  for (const model::token_id id : given.tokens) {
    if (id < 0 || id >= size) return unknown_token(id, size);
  }
  return given.tokens;
}

}  // namespace

model::result<std::string> render_text(const language& in, const chat_prompt& chat,
                                       std::chrono::system_clock::time_point now) {
  if (!in.chat) {
    return model::error{model::errc::bad_argument,
                        "this model has no chat template: send the prompt as text"};
  }
  const model::vocabulary& words = in.words->words();
  boost::json::object context = chat.context;
  set_default(context, "bos_token", boost::json::value(name_of(*in.words, words.bos)));
  set_default(context, "eos_token", boost::json::value(name_of(*in.words, words.eos)));
  set_default(context, "add_generation_prompt", true);
  return in.chat->render(context, now);
}

thinking_style find_thinking(const language& in, std::chrono::system_clock::time_point now) {
  thinking_style made;
  const model::thought_marks marks = in.chat ? in.chat->thoughts() : model::thought_marks{};
  if (marks.open.empty()) return made;
  made.open = marks.open;
  made.close = marks.close;
  for (std::size_t wish = 0; wish < made.begun.size(); ++wish) {
    chat_prompt chat;
    chat.context["messages"] = {{{"role", "user"}, {"content", "Hello"}}};
    if (wish > 0) chat.context["enable_thinking"] = chat.context["thinking"] = wish == 2;
    const model::result<std::string> text = render_text(in, chat, now);
    const std::size_t end = text ? text->find_last_not_of(" \t\r\n") : std::string::npos;
    made.begun[wish] =
        end != std::string::npos && std::string_view(*text).substr(0, end + 1).ends_with(marks.open);
  }
  return made;
}

model::result<spelling> spell(const language& in, const tokens& ids, bool pieces) {
  const auto size = static_cast<model::token_id>(in.words->words().texts.size());
  for (const model::token_id id : ids) {
    if (id < 0 || id >= size) return unknown_token(id, size);
  }
  spelling made{in.words->decode(ids, true), {}};
  if (pieces) made.pieces.reserve(ids.size());
  for (std::size_t i = 0; pieces && i < ids.size(); ++i)
    made.pieces.emplace_back(in.words->piece(ids[i], true));
  return made;
}

model::result<tokens> make_tokens(const language& in, const prompt_text& what, bool add_special,
                                  std::chrono::system_clock::time_point now) {
  if (const auto* chat = std::get_if<chat_prompt>(&what)) return of_chat(in, *chat, add_special, now);
  if (const auto* given = std::get_if<token_prompt>(&what)) return of_tokens(in, *given);
  return in.words->encode(std::get<plain_prompt>(what).text,
                          {.add_special = add_special, .parse_special = true});
}

model::result<tokens> make_prompt_tokens(const language& in, const prompt_text& what,
                                         std::chrono::system_clock::time_point now) {
  model::result<tokens> made = make_tokens(in, what, true, now);
  if (!made || !made->empty()) return made;
  const model::vocabulary& words = in.words->words();
  const model::token_id begin = words.bos != model::no_token ? words.bos : words.eos;
  if (begin != model::no_token) made->push_back(begin);
  return made;
}

}  // namespace hawser::actors
