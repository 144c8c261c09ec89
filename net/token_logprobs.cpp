#include "net/token_logprobs.hpp"

#include "net/json_text.hpp"
#include "net/utf8.hpp"

#include <algorithm>

namespace hawser::net {
namespace {

// A token may be part of a character; as a key it must stay distinct, so its bytes are spelled out.
void append_piece(std::string& out, std::string_view piece) {
  if (utf8_valid_prefix(piece) == piece.size()) return append_quoted(out, piece);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "bytes:";
  for (const char c : piece) {
    text += "\\x";
    text += digits[static_cast<unsigned char>(c) >> 4u];
    text += digits[static_cast<unsigned char>(c) & 15u];
  }
  append_quoted(out, text);
}

void append_one(std::string& out, std::string_view piece, float logprob) {
  out += R"({"token":)";
  append_quoted(out, piece);
  out += R"(,"logprob":)";
  append_number(out, logprob);
  out += R"(,"bytes":)";
  append_bytes(out, piece);
}

}  // namespace

void append_chat_logprob(std::string& out, const actors::generated_token& token) {
  append_one(out, token.piece, token.logprob);
  out += R"(,"top_logprobs":[)";
  for (std::size_t i = 0; i < token.top.size() && i < token.top_pieces.size(); ++i) {
    if (i > 0) out += ',';
    append_one(out, token.top_pieces[i], token.top[i].logprob);
    out += '}';
  }
  out += "]}";
}

void completion_logprobs::add(const actors::generated_token& token, std::size_t offset, bool scored) {
  if (!tokens_.empty()) {
    for (std::string* const list : {&tokens_, &logprobs_, &tops_, &offsets_}) *list += ',';
  }
  append_piece(tokens_, token.piece);
  append_integer(offsets_, offset);
  if (!scored) {
    logprobs_ += "null";
    tops_ += "null";
    return;
  }
  append_number(logprobs_, token.logprob);
  tops_ += '{';
  bool first = true;
  const auto add_top = [&](std::string_view piece, float logprob) {
    if (!first) tops_ += ',';
    first = false;
    append_piece(tops_, piece);
    tops_ += ':';
    append_number(tops_, logprob);
  };
  for (std::size_t i = 0; i < token.top.size() && i < token.top_pieces.size(); ++i)
    add_top(token.top_pieces[i], token.top[i].logprob);
  // The chosen token is listed even when it is not among the best.
  if (std::ranges::find(token.top, token.id, &model::token_logprob::id) == token.top.end())
    add_top(token.piece, token.logprob);
  tops_ += '}';
}

void completion_logprobs::append(std::string& out) const {
  out += R"({"tokens":[)" + tokens_ + R"(],"token_logprobs":[)" + logprobs_ + R"(],"top_logprobs":[)" +
         tops_ + R"(],"text_offset":[)" + offsets_ + "]}";
}

}  // namespace hawser::net
