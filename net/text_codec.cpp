#include "net/text_codec.hpp"

#include "net/anthropic_codec.hpp"
#include "net/chat_messages.hpp"
#include "net/json_body.hpp"
#include "net/json_text.hpp"
#include "net/sampling_fields.hpp"
#include "net/utf8.hpp"
#include "runtime/error.hpp"

#include <limits>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

void read_chat(field_reader& fields, const codec_context& context, text_question& to) {
  if (!context.has_chat_template) return fields.fail("messages", "this model has no chat template");
  actors::chat_prompt prompt;
  prompt.context["messages"] = read_messages(fields);
  read_template_fields(fields, prompt.context);
  to.about = std::move(prompt);
}

// vLLM's names, and llama.cpp's: there the text is `content`, and has no begin token unless asked for.
void read_tokenize(field_reader& fields, const codec_context& context, text_question& to) {
  std::string text;
  const bool ours = fields.string("prompt", text);
  const bool llamas = fields.string("content", text);
  const bool chat = fields.find("messages") != nullptr;
  if (ours + llamas + chat != 1)
    return fields.fail("prompt", "required: one of prompt (a string), content (a string) and messages");
  if (chat) {
    read_chat(fields, context, to);
  } else {
    to.about = actors::plain_prompt{std::move(text)};
  }
  to.add_special = !llamas;
  fields.boolean("add_special_tokens", to.add_special);
  fields.boolean("add_special", to.add_special);
  bool parse = true;
  if (fields.boolean("parse_special", parse) && !parse)
    fields.fail("parse_special", "not supported: names of control tokens in a text are those tokens");
  bool strings = false;
  bool objects = false;
  fields.boolean("return_token_strs", strings);
  fields.boolean("with_pieces", objects);
  if (strings && objects) fields.fail("with_pieces", "contradicts return_token_strs");
  to.pieces = strings   ? text_question::pieces_as::strings
              : objects ? text_question::pieces_as::objects
                        : text_question::pieces_as::none;
}

void read_detokenize(field_reader& fields, text_question& to) {
  const json::array* const list = fields.array("tokens");
  if (list == nullptr) return fields.fail("tokens", "required: an array of token numbers");
  actors::token_prompt prompt;
  prompt.tokens.reserve(list->size());
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto id = whole_number((*list)[i]);
    if (!id || *id < 0 || *id > std::numeric_limits<model::token_id>::max())
      return fields.expected("tokens[" + std::to_string(i) + "]", "a token number", (*list)[i]);
    prompt.tokens.push_back(static_cast<model::token_id>(*id));
  }
  to.about = std::move(prompt);
}

// Half a character is bytes, as in llama.cpp.
void append_piece(std::string& out, std::string_view piece) {
  if (utf8_valid_prefix(piece) == piece.size()) {
    append_quoted(out, piece);
  } else {
    append_bytes(out, piece);
  }
}

}  // namespace

outcome<text_question> read_text_question(endpoint where, std::string_view body, const http_limits& limits,
                                          const codec_context& context) {
  const auto parsed = parse_body(body, limits);
  if (!parsed) return parsed.error();
  field_reader fields(*parsed);
  text_question made;
  made.where = where;
  if (where == endpoint::count_tokens) {
    made.about = read_counted(fields, context);
  } else {
    read_model(fields, context);
    if (where == endpoint::tokenize) {
      read_tokenize(fields, context, made);
    } else if (where == endpoint::detokenize) {
      read_detokenize(fields, made);
    } else {
      read_chat(fields, context, made);
    }
  }
  fields.refuse_unknown();
  if (!fields.good()) return fields.error();
  return made;
}

std::string tokens_body(const text_question& asked, const std::vector<model::token_id>& tokens,
                        const std::vector<std::string>& pieces, std::uint32_t context) {
  using as = text_question::pieces_as;
  std::string out;
  if (asked.where == endpoint::count_tokens) {
    out = R"({"input_tokens":)";
    append_integer(out, tokens.size());
    return out + "}";
  }
  out = R"({"count":)";
  append_integer(out, tokens.size());
  out += R"(,"max_model_len":)";
  append_integer(out, context);
  out += R"(,"tokens":[)";
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0) out += ',';
    if (asked.pieces == as::objects) out += R"({"id":)";
    append_integer(out, tokens[i]);
    if (asked.pieces != as::objects) continue;
    out += R"(,"piece":)";
    append_piece(out, pieces.at(i));
    out += '}';
  }
  out += "]";
  if (asked.pieces == as::objects) return out + "}";
  out += R"(,"token_strs":)";
  if (asked.pieces == as::none) return out + "null}";
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    out += i > 0 ? ',' : '[';
    append_quoted(out, pieces[i]);
  }
  return out + (pieces.empty() ? "[]}" : "]}");
}

std::string text_body(const text_question& asked, std::string_view text) {
  std::string out = R"({"prompt":)";
  append_quoted(out, text);
  if (asked.where == endpoint::detokenize) {
    out += R"(,"content":)";
    append_quoted(out, text);
  }
  return out + "}";
}

api_error text_error(const text_question& asked, const model::error& why) {
  const bool chat = std::holds_alternative<actors::chat_prompt>(asked.about);
  return bad_field(chat ? "messages" : asked.where == endpoint::detokenize ? "tokens" : "prompt", why.what);
}

api_error text_error(boost::system::error_code why) {
  using std::chrono::seconds;
  if (why == runtime::errc::full)
    return unavailable("too many texts wait for the tokenizer", "overloaded", seconds(1));
  if (why == runtime::errc::closed) return unavailable("the server is stopping", "stopping", seconds(5));
  if (why != runtime::errc::late) return internal_error("the tokenizer failed on this text");
  api_error e = unavailable("the text took longer than the server allows", "deadline_exceeded", {});
  e.status = 504;
  e.should_retry = false;
  return e;
}

}  // namespace hawser::net
