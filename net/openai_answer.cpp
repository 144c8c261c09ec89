#include "net/openai_answer.hpp"

#include "net/json_text.hpp"
#include "net/response.hpp"
#include "net/timings.hpp"

#include <utility>

namespace hawser::net {
namespace {

std::string head(const openai_shape& shape, std::string_view object) {
  std::string out = R"({"id":)";
  append_quoted(out, shape.id);
  out += R"(,"object":)";
  append_quoted(out, object);
  out += R"(,"created":)";
  append_integer(out, shape.created);
  out += R"(,"model":)";
  append_quoted(out, shape.model);
  out += R"(,"choices":[)";
  return out;
}

}  // namespace

std::string_view finish_reason(actors::finish why) noexcept {
  return why == actors::finish::stop ? "stop" : "length";
}

openai_answer::openai_answer(openai_shape shape)
    : shape_(std::move(shape)), choices_(std::size_t{shape_.prompts} * shape_.choices) {
  if (shape_.stream) prefix_ = head(shape_, shape_.chunk_object);
}

void openai_answer::begin_frame(std::string& out) const {
  out += "data: ";
  out += prefix_;
}

void openai_answer::end_frame(std::string& out) const {
  out += ']';
  if (shape_.include_usage) out += R"(,"usage":null)";
  out += "}\n\n";
}

void openai_answer::append_usage(std::string& out) const {
  out += R"("usage":{"prompt_tokens":)";
  append_integer(out, prompt_tokens_);
  out += R"(,"completion_tokens":)";
  append_integer(out, answer_tokens_);
  out += R"(,"total_tokens":)";
  append_integer(out, prompt_tokens_ + answer_tokens_);
  out += R"(,"prompt_tokens_details":{"cached_tokens":)";
  append_integer(out, cached_tokens_);
  out += "}}";
}

void openai_answer::on(prompt_index prompt, const actors::admitted&, std::string& out) {
  for (std::uint32_t i = 0; i < shape_.choices; ++i) begin_choice(index_of(prompt, i), out);
}

void openai_answer::on(prompt_index prompt, actors::generated&& event, std::string& out) {
  // The prompt's own tokens are scored once; every choice repeats them.
  if (event.of_prompt) {
    for (std::uint32_t i = 0; i + 1 < shape_.choices; ++i)
      take(index_of(prompt, i), actors::generated(event), out);
    take(index_of(prompt, shape_.choices - 1), std::move(event), out);
    return;
  }
  const std::uint32_t index = index_of(prompt, event.choice);
  take(index, std::move(event), out);
}

void openai_answer::on(prompt_index prompt, const actors::choice_ended& event, std::string& out) {
  const std::uint32_t index = index_of(prompt, event.choice);
  state(index).finish = finish_reason(event.end.why);
  take_rest(index, event.end.rest, out);
  if (shape_.stream) end_choice(index, out);
}

void openai_answer::on(prompt_index, const actors::ended& event, std::string&) {
  prompt_tokens_ += event.prompt_tokens;
  cached_tokens_ += event.cached_tokens;
  answer_tokens_ += event.answer_tokens;
  add(times_, event.times);
}

void openai_answer::finish(std::string& out) {
  if (shape_.stream) {
    if (shape_.include_usage) {
      out += "data: " + prefix_ + "],";
      append_usage(out);
      out += ',';
      append_timings(out, times_);
      out += "}\n\n";
    }
    append_event(out, "[DONE]");
    return;
  }
  out += head(shape_, shape_.object);
  for (std::uint32_t i = 0; i < choices_.size(); ++i) {
    if (i > 0) out += ',';
    append_choice(i, out);
  }
  out += "],";
  append_usage(out);
  out += '}';
}

void openai_answer::fail(const api_error& e, std::string& out) const {
  append_event(out, error_body(e));
}

}  // namespace hawser::net
