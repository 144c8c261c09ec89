#include "net/response_answer.hpp"

#include "net/json_text.hpp"
#include "net/token_logprobs.hpp"

#include <utility>

namespace hawser::net {
namespace {

std::string number_field(std::string_view name, std::uint64_t value) {
  std::string out = ",\"";
  out += name;
  out += "\":";
  append_integer(out, value);
  return out;
}

std::string text_field(std::string_view name, std::string_view value) {
  std::string out = ",\"";
  out += name;
  out += "\":";
  append_quoted(out, value);
  return out;
}

std::string_view code_of(const api_error& e) noexcept {
  return e.status == 429 ? "rate_limit_exceeded" : e.status < 500 ? "invalid_prompt" : "server_error";
}

void append_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    append_quoted(out, text);
  }
}

}  // namespace

response_answer::response_answer(response_shape shape)
    : shape_(std::move(shape)), splitter_(std::exchange(shape_.tags, {})) {}

void response_answer::event(std::string_view type, std::string_view rest, std::string& out) const {
  if (shape_.wire == event_wire::none) return;
  if (shape_.wire == event_wire::sse) {
    out += "event: ";
    out += type;
    out += "\ndata: ";
  }
  out += R"({"type":")";
  out += type;
  out += R"(","sequence_number":)";
  append_integer(out, number_++);
  if (!shape_.lane.empty()) out += text_field("stream_id", shape_.lane);
  out += rest;
  out += shape_.wire == event_wire::sse ? "}\n\n" : "}\n";
}

std::string response_answer::item_id(const item& which) const {
  return (which.thought ? "rs_" : "msg_") + shape_.id;
}

// Which item, and which of its parts.
std::string response_answer::at(const item& which, bool content) const {
  std::string out = number_field("output_index", items_.size() - 1);
  if (!content) return out;
  return text_field("item_id", item_id(which)) + out + R"(,"content_index":0)";
}

std::string response_answer::part(const item& which) {
  std::string out = which.thought ? R"({"type":"reasoning_text")" : R"({"type":"output_text")";
  out += text_field("text", which.text);
  if (!which.thought) out += R"(,"annotations":[],"logprobs":[)" + which.logprobs + "]";
  return out + "}";
}

std::string response_answer::item_text(const item& which, std::string_view status) const {
  std::string out = which.thought ? R"({"type":"reasoning")" : R"({"type":"message")";
  out += text_field("id", item_id(which)) + text_field("status", status);
  out += which.thought ? R"(,"summary":[])" : R"(,"role":"assistant")";
  out += R"(,"content":[)";
  if (status != "in_progress") out += part(which);
  return out + "]}";
}

void response_answer::open(bool thought, std::string& out) {
  items_.push_back({.thought = thought});
  closed_ = false;
  const item& now = items_.back();
  event("response.output_item.added", at(now, false) + R"(,"item":)" + item_text(now, "in_progress"), out);
  event("response.content_part.added", at(now, true) + R"(,"part":)" + part(now), out);
}

void response_answer::close(std::string& out) {
  if (std::exchange(closed_, true)) return;
  const item& now = items_.back();
  const std::string place = at(now, true);
  if (now.thought) {
    event("response.reasoning_text.done", place + text_field("text", now.text), out);
  } else {
    event("response.output_text.done",
          place + text_field("text", now.text) + R"(,"logprobs":[)" + now.logprobs + "]", out);
  }
  event("response.content_part.done", place + R"(,"part":)" + part(now), out);
  const bool whole = !ended_ || !cut_;
  event("response.output_item.done",
        at(now, false) + R"(,"item":)" + item_text(now, whole ? "completed" : "incomplete"), out);
}

void response_answer::put(bool thought, std::string_view text, std::string_view logprobs, std::string& out) {
  if (text.empty() && logprobs.empty()) return;
  if (closed_ || items_.back().thought != thought) {
    close(out);
    open(thought, out);
  }
  item& now = items_.back();
  now.text += text;
  if (!now.logprobs.empty() && !logprobs.empty()) now.logprobs += ',';
  now.logprobs += logprobs;
  if (thought) return event("response.reasoning_text.delta", at(now, true) + text_field("delta", text), out);
  std::string rest = at(now, true) + text_field("delta", text) + R"(,"logprobs":[)";
  rest += logprobs;
  event("response.output_text.delta", rest + "]", out);
}

void response_answer::take(std::string_view text, std::string_view logprobs, std::string& out) {
  if (!shape_.speaks) return;
  const thought_splitter::parts parts = splitter_.push(text);
  put(true, parts.thought, {}, out);
  put(false, parts.answer, splitter_.thinks() ? std::string_view() : logprobs, out);
}

void response_answer::on(prompt_index, const actors::admitted& event_, std::string& out) {
  input_ = event_.prompt_tokens;
  cached_ = event_.cached_tokens;
  admitted_ = true;
  if (shape_.wire == event_wire::none) return;
  const std::string whole = R"(,"response":)" + body("in_progress", nullptr);
  event("response.created", whole, out);
  event("response.in_progress", whole, out);
}

void response_answer::on(prompt_index, actors::generated&& event_, std::string& out) {
  std::string text;
  std::string logprobs;
  for (const actors::generated_token& token : event_.tokens) {
    text += token.text;
    if (splitter_.thinks()) {
      ++thought_tokens_;
    } else if (shape_.logprobs) {
      if (!logprobs.empty()) logprobs += ',';
      append_chat_logprob(logprobs, token);
    }
  }
  take(text, logprobs, out);
}

void response_answer::on(prompt_index, const actors::choice_ended& event_, std::string& out) {
  take(event_.end.rest, {}, out);
  const thought_splitter::parts rest = splitter_.finish();
  cut_ = event_.end.why != actors::finish::stop && shape_.speaks;
  ended_ = true;
  if (!shape_.speaks) return;
  put(true, rest.thought, {}, out);
  put(false, rest.answer, {}, out);
  if (items_.empty()) open(false, out);
  close(out);
}

void response_answer::on(prompt_index, const actors::ended& event_, std::string&) {
  input_ = event_.prompt_tokens;
  cached_ = event_.cached_tokens;
  output_ = shape_.speaks ? event_.answer_tokens : 0;
}

void response_answer::append_usage(std::string& out) const {
  out += R"({"input_tokens":)";
  append_integer(out, input_);
  out += R"(,"input_tokens_details":{"cached_tokens":)";
  append_integer(out, cached_);
  out += R"(,"cache_write_tokens":0},"output_tokens":)";
  append_integer(out, output_);
  out += R"(,"output_tokens_details":{"reasoning_tokens":)";
  append_integer(out, thought_tokens_);
  out += R"(},"total_tokens":)";
  append_integer(out, input_ + output_);
  out += '}';
}

std::string response_answer::body(std::string_view status, const api_error* why) const {
  std::string out = R"({"id":"resp_)" + shape_.id + R"(","object":"response","created_at":)";
  append_integer(out, shape_.created);
  out += text_field("status", status) + text_field("model", shape_.model);
  out += R"(,"error":)";
  if (why == nullptr) {
    out += "null";
  } else {
    out += R"({"code":")";
    out += code_of(*why);
    out += '"' + text_field("message", why->message) + "}";
  }
  out += R"(,"incomplete_details":)";
  out += status == "incomplete" ? R"({"reason":"max_output_tokens"})" : "null";
  out += R"(,"output":[)";
  if (status != "in_progress") {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const bool last = i + 1 == items_.size();
      if (i > 0) out += ',';
      out += item_text(items_[i], last && status != "completed" ? "incomplete" : "completed");
    }
  }
  out += R"(],"usage":)";
  if (status == "in_progress" || why != nullptr) {
    out += "null";
  } else {
    append_usage(out);
  }
  out += R"(,"previous_response_id":)";
  append_or_null(out, shape_.before ? shape_.before->id : std::string_view());
  out += ',';
  out += shape_.echoed;
  return out + "}";
}

void response_answer::remember(const std::string& whole) const {
  const response_memory& to = shape_.memory;
  const bool stored = to.shared && shape_.store;
  if (!stored && !to.own) return;
  std::string said;
  std::string thought;
  for (const item& one : items_) (one.thought ? thought : said) += one.text;
  kept_response made;
  made.id = "resp_" + shape_.id;
  made.before = shape_.before;
  made.turns = shape_.before ? shape_.before->turns + 1 : 1;
  made.messages = shape_.asked;
  if (shape_.speaks) {
    made.messages += R"(,{"role":"assistant")" + text_field("content", said);
    if (!thought.empty()) made.messages += text_field("reasoning_content", thought);
    made.messages += '}';
  }
  made.body = whole;
  if (to.own) to.own->keep(to.tenant, stored ? kept_response(made) : std::move(made));
  if (stored) to.shared->keep(to.tenant, std::move(made));
}

void response_answer::finish(std::string& out) {
  const std::string_view status = cut_ ? "incomplete" : "completed";
  const std::string whole = body(status, nullptr);
  remember(whole);
  if (shape_.wire == event_wire::none) {
    out += whole;
    return;
  }
  event(cut_ ? "response.incomplete" : "response.completed", R"(,"response":)" + whole, out);
}

void response_answer::fail(const api_error& e, std::string& out) const {
  if (admitted_) return event("response.failed", R"(,"response":)" + body("failed", &e), out);
  if (shape_.wire == event_wire::lines) {
    out += socket_error(e, shape_.lane) + "\n";
    return;
  }
  std::string rest = R"(,"code":)";
  append_or_null(rest, e.code);
  rest += text_field("message", e.message) + R"(,"param":)";
  append_or_null(rest, e.param);
  event("error", rest, out);
}

std::string socket_error(const api_error& e, std::string_view lane) {
  std::string out = R"({"type":"error","status":)";
  append_integer(out, e.status);
  if (!lane.empty()) out += text_field("stream_id", lane);
  const std::string body = error_body(e);  // {"error":{...}}
  out += ',';
  out += std::string_view(body).substr(1);
  return out;
}

}  // namespace hawser::net
