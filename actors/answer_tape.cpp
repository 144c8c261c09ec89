#include "actors/answer_tape.hpp"

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace hawser::actors {
namespace {

enum class tag : char { admitted = 'A', generated = 'G', choice_ended = 'C', ended = 'E' };

constexpr char of_prompt_flag = 1;
// Of a token: what is there besides its id and text.
constexpr char has_piece = 1;
constexpr char has_score = 2;

void put_number(std::string& to, std::uint64_t value) {
  while (value >= 0x80) {
    to += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  to += static_cast<char>(value);
}

void put_text(std::string& to, std::string_view text) {
  put_number(to, text.size());
  to += text;
}

void put_id(std::string& to, model::token_id id) {
  put_number(to, static_cast<std::uint32_t>(id));
}

void put_float(std::string& to, float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) to += static_cast<char>(bits >> shift);
}

void put_token(std::string& to, const generated_token& token) {
  const bool scored = !token.top.empty() || std::bit_cast<std::uint32_t>(token.logprob) != 0;
  const int flags = (token.piece.empty() ? 0 : has_piece) | (scored ? has_score : 0);
  to += static_cast<char>(flags);
  put_id(to, token.id);
  put_text(to, token.text);
  if (!token.piece.empty()) put_text(to, token.piece);
  if (!scored) return;
  put_float(to, token.logprob);
  put_number(to, token.top.size());
  for (std::size_t i = 0; i < token.top.size(); ++i) {
    put_id(to, token.top[i].id);
    put_float(to, token.top[i].logprob);
    put_text(to, i < token.top_pieces.size() ? std::string_view(token.top_pieces[i]) : std::string_view());
  }
}

/// Reads until something is missing; then everything is zero and good() is false.
class scan {
 public:
  scan(std::string_view tape, std::size_t at) : tape_(tape), at_(at) {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }

  char byte() {
    if (!good_ || at_ >= tape_.size()) return fail(), '\0';
    return tape_[at_++];
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto part = static_cast<unsigned char>(byte());
      if (!good_) return 0;
      value |= std::uint64_t{part & 0x7fu} << shift;
      if (part < 0x80) return value;
    }
    return fail(), 0;
  }

  std::uint32_t small() {
    const std::uint64_t value = number();
    if (value > 0xffffffffu) return fail(), 0;
    return static_cast<std::uint32_t>(value);
  }

  model::token_id id() { return static_cast<model::token_id>(small()); }

  // A count of things of which each takes at least a byte.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > tape_.size() - at_) return fail(), 0;
    return static_cast<std::size_t>(value);
  }

  std::string text() {
    const std::size_t size = count();
    if (!good_) return {};
    std::string made(tape_.substr(at_, size));
    at_ += size;
    return made;
  }

  float number_with_fraction() {
    std::uint32_t bits = 0;
    for (int shift = 0; shift < 32; shift += 8)
      bits |= static_cast<std::uint32_t>(static_cast<unsigned char>(byte())) << shift;
    return std::bit_cast<float>(bits);
  }

  finish why() {
    const auto value = static_cast<unsigned char>(byte());
    if (value > static_cast<unsigned char>(finish::error)) return fail(), finish::error;
    return static_cast<finish>(value);
  }

 private:
  void fail() noexcept { good_ = false; }

  std::string_view tape_;
  std::size_t at_;
  bool good_ = true;
};

generated_token token_from(scan& in) {
  generated_token made;
  const char flags = in.byte();
  made.id = in.id();
  made.text = in.text();
  if ((flags & has_piece) != 0) made.piece = in.text();
  if ((flags & has_score) == 0) return made;
  made.logprob = in.number_with_fraction();
  const std::size_t best = in.count();
  for (std::size_t i = 0; i < best && in.good(); ++i) {
    const model::token_id id = in.id();
    made.top.push_back({id, in.number_with_fraction()});
    made.top_pieces.push_back(in.text());
  }
  return made;
}

answer_event generated_from(scan& in) {
  generated made;
  made.of_prompt = in.byte() == of_prompt_flag;
  made.choice = in.small();
  const std::size_t tokens = in.count();
  for (std::size_t i = 0; i < tokens && in.good(); ++i) made.tokens.push_back(token_from(in));
  return made;
}

answer_event event_from(scan& in, char kind) {
  switch (static_cast<tag>(kind)) {
  case tag::admitted: {
    const std::uint32_t prompt = in.small();
    return admitted{.id = 0, .prompt_tokens = prompt, .cached_tokens = in.small()};
  }
  case tag::generated:
    return generated_from(in);
  case tag::choice_ended: {
    choice_ended made;
    made.choice = in.small();
    made.end.why = in.why();
    made.end.tokens = in.small();
    made.end.rest = in.text();
    made.end.matched_stop = in.text();
    return made;
  }
  case tag::ended:
    break;
  }
  ended made;
  made.why = in.why();
  made.prompt_tokens = in.small();
  made.answer_tokens = in.small();
  made.message = in.text();
  return made;
}

}  // namespace

void write_event(std::string& tape, const admitted& event) {
  tape += static_cast<char>(tag::admitted);
  put_number(tape, event.prompt_tokens);
  put_number(tape, event.cached_tokens);
}

void write_event(std::string& tape, const generated& event) {
  tape += static_cast<char>(tag::generated);
  tape += event.of_prompt ? of_prompt_flag : '\0';
  put_number(tape, event.choice);
  put_number(tape, event.tokens.size());
  for (const generated_token& token : event.tokens) put_token(tape, token);
}

void write_event(std::string& tape, const choice_ended& event) {
  tape += static_cast<char>(tag::choice_ended);
  put_number(tape, event.choice);
  tape += static_cast<char>(event.end.why);
  put_number(tape, event.end.tokens);
  put_text(tape, event.end.rest);
  put_text(tape, event.end.matched_stop);
}

void write_event(std::string& tape, const ended& event) {
  tape += static_cast<char>(tag::ended);
  tape += static_cast<char>(event.why);
  put_number(tape, event.prompt_tokens);
  put_number(tape, event.answer_tokens);
  put_text(tape, event.message);
}

std::optional<answer_event> read_event(std::string_view tape, std::size_t& at) {
  scan in(tape, at);
  const char kind = in.byte();
  const bool known = kind == static_cast<char>(tag::admitted) || kind == static_cast<char>(tag::generated) ||
                     kind == static_cast<char>(tag::choice_ended) || kind == static_cast<char>(tag::ended);
  if (!in.good() || !known) return std::nullopt;
  answer_event made = event_from(in, kind);
  if (!in.good()) return std::nullopt;
  at = in.at();
  return made;
}

bool is_whole_answer(std::string_view tape, std::uint32_t choices) {
  std::size_t at = 0;
  const auto first = read_event(tape, at);
  if (!first || !std::holds_alternative<admitted>(*first)) return false;
  std::vector<bool> over(choices, false);
  std::uint32_t open = choices;
  while (auto event = read_event(tape, at)) {
    if (const auto* text = std::get_if<generated>(&*event)) {
      if (text->choice >= choices || over[text->choice]) return false;
    } else if (const auto* one = std::get_if<choice_ended>(&*event)) {
      if (one->choice >= choices || over[one->choice]) return false;
      over[one->choice] = true;
      --open;
    } else if (const auto* last = std::get_if<ended>(&*event)) {
      return open == 0 && at == tape.size() && (last->why == finish::stop || last->why == finish::length);
    } else {
      return false;
    }
  }
  return false;
}

}  // namespace hawser::actors
