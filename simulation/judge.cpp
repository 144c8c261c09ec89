// What may come back to a question.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>

#include "simulation/question.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace hawser::simulation {
namespace {

namespace json = boost::json;

/// What an answer says, whatever its dialect.
struct said {
  std::map<std::size_t, std::string> texts;     // by choice
  std::map<std::size_t, std::string> finishes;  // by choice
  std::string error;                            // in band: its code, or its type
  std::string complaint;                        // it is malformed: how
  bool done = false;                            // a stream's [DONE]
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> answer_tokens;
};

std::string text_at(const json::object& in, std::string_view key) {
  const json::value* const v = in.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

void read_number(const json::object& in, std::string_view key, std::optional<std::int64_t>& into) {
  if (const json::value* const v = in.if_contains(key); v != nullptr && v->is_int64()) into = v->get_int64();
}

std::string error_code(const json::object& body) {
  const json::value* const e = body.if_contains("error");
  if (e == nullptr || !e->is_object()) return {};
  const std::string code = text_at(e->get_object(), "code");
  return code.empty() ? text_at(e->get_object(), "type") : code;
}

void read_predict(const json::object& frame, said& into) {
  std::size_t index = 0;
  if (const json::value* const at = frame.if_contains("choice"); at != nullptr)
    index = at->to_number<std::size_t>();
  const json::value* const choices = frame.if_contains("choices");
  if (choices == nullptr) {
    into.texts[index] += text_at(frame, "text");
    if (frame.contains("finish_reason")) into.finishes[0] = text_at(frame, "finish_reason");
  } else {
    std::size_t i = 0;
    for (const json::value& one : choices->as_array()) {
      into.texts[i] += text_at(one.as_object(), "text");
      into.finishes[i++] = text_at(one.as_object(), "finish_reason");
    }
  }
  read_number(frame, "prompt_tokens", into.prompt_tokens);
  read_number(frame, "completion_tokens", into.answer_tokens);
}

void read_openai(const json::object& frame, said& into) {
  for (const json::value& one : frame.at("choices").as_array()) {
    const json::object& choice = one.as_object();
    const auto index = choice.at("index").to_number<std::size_t>();
    std::string& text = into.texts[index];
    text += text_at(choice, "text");
    for (const std::string_view part : {"delta", "message"}) {
      if (const json::value* const v = choice.if_contains(part)) text += text_at(v->as_object(), "content");
    }
    if (const std::string why = text_at(choice, "finish_reason"); !why.empty()) {
      if (!into.finishes[index].empty()) into.complaint = "a choice that ends twice";
      into.finishes[index] = why;
    } else if (!into.finishes[index].empty()) {
      into.complaint = "a choice that goes on after its end";
    }
  }
  if (const json::value* const usage = frame.if_contains("usage"); usage != nullptr && usage->is_object()) {
    read_number(usage->get_object(), "prompt_tokens", into.prompt_tokens);
    read_number(usage->get_object(), "completion_tokens", into.answer_tokens);
  }
}

void read_frame(dialect speaks, std::string_view text, said& into) {
  boost::system::error_code ec;
  const json::value frame = json::parse(text, ec);
  if (ec || !frame.is_object()) {
    into.complaint = "a body that is no JSON object: " + std::string(text.substr(0, 80));
    return;
  }
  into.error = error_code(frame.get_object());
  if (!into.error.empty()) return;
  if (speaks == dialect::predict) {
    read_predict(frame.get_object(), into);
  } else {
    read_openai(frame.get_object(), into);
  }
}

void read_stream(dialect speaks, std::string_view body, said& into) {
  while (!body.empty() && into.complaint.empty()) {
    const std::size_t end = body.find("\n\n");
    if (end == std::string_view::npos) {
      into.complaint = "a stream that ends within a frame";
      return;
    }
    const std::string_view frame = body.substr(0, end);
    body.remove_prefix(end + 2);
    if (frame.starts_with(":")) continue;
    if (into.done || !into.error.empty()) {
      into.complaint = "a stream that goes on after its end";
    } else if (frame == "data: [DONE]") {
      into.done = true;
    } else if (frame.starts_with("data: ")) {
      read_frame(speaks, frame.substr(6), into);
    } else {
      into.complaint = "a frame without data: " + std::string(frame.substr(0, 80));
    }
  }
  if (into.complaint.empty() && !into.done && into.error.empty())
    into.complaint = "a stream that ends in silence";
}

// Errors that the state of the server explains; `code` is the error's code, or its type where it has none.
std::string judge_error(int status, const std::string& code, const circumstances& when) {
  if (code == "overloaded") return {};
  if (when.guarded && ((code == "invalid_request_error" && status != 500) || code == "not_ready")) return {};
  // 200: of a stream whose head a ping has sent before its request had a seat.
  if (code == "rate_limit_exceeded" && (status == 429 || status == 200))
    return when.keyed ? "" : "the only key has more than its share";
  if (code == "cancelled" && when.narrow) return {};
  if (code == "stopping" || code == "cancelled")
    return when.stopping ? "" : "a server that was not told to stop says " + code;
  if (code == "not_ready") return when.unready || when.faulty ? "" : "a server that is ready says not_ready";
  if (code == "connections") return when.crowded ? "" : "a server with room says connections";
  if (code == "deadline_exceeded")
    return when.hurried ? "" : "a request with enough time says deadline_exceeded";
  if (code == "api_error" && (status == 500 || status == 200))
    return when.faulty ? "" : "an error of a device that has none";
  return "an error that nothing explains: " + std::to_string(status) + " " + code;
}

std::string judge_texts(const question& asked, const said& got, const circumstances& when) {
  bool cut = false;
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < asked.answers.size(); ++i) {
    const foreseen_answer& expected = asked.answers[i];
    tokens += static_cast<std::int64_t>(expected.tokens.size());
    const auto text = got.texts.find(i);
    const auto finish = got.finishes.find(i);
    const std::string_view said_text =
        text == got.texts.end() ? std::string_view() : std::string_view(text->second);
    const std::string_view why =
        finish == got.finishes.end() ? std::string_view() : std::string_view(finish->second);
    if (said_text == expected.text && why == (expected.stops ? "stop" : "length")) continue;
    // Out of time: what was said stands, and counts as cut by length; the beginning of a stop string is text
    // then.
    cut = when.hurried && why == "length" && (expected.text + expected.stop).starts_with(said_text) &&
          said_text.size() < expected.text.size() + std::max<std::size_t>(1, expected.stop.size());
    if (cut) continue;
    return "choice " + std::to_string(i) + " is \"" + std::string(said_text) + "\" (" + std::string(why) +
           "), not \"" + expected.text + "\" (" + (expected.stops ? "stop" : "length") + ")";
  }
  if (got.texts.size() > asked.answers.size()) return "more choices than were asked for";
  if (got.prompt_tokens && *got.prompt_tokens != asked.prompt_tokens) return "a wrong count of prompt tokens";
  if (got.answer_tokens && *got.answer_tokens != tokens && !cut && !when.hurried)
    return "a wrong count of answer tokens: " + std::to_string(*got.answer_tokens) + ", not " +
           std::to_string(tokens);
  return {};
}

std::string judge_refusal(const question& asked, const whole_response& got, const circumstances& when) {
  boost::system::error_code ec;
  const json::value body = asked.head_only ? json::value(json::object()) : json::parse(got.body, ec);
  const std::string code = ec || !body.is_object() ? std::string() : error_code(body.get_object());
  if (asked.probe && got.status == 503 && code != "connections")
    return when.unready || when.faulty || when.stopping ? "" : "a server that is ready fails its probe";
  if (code.empty() && !asked.head_only) return "an error without a reason: " + std::to_string(got.status);
  if (got.status == asked.status) return {};
  if (got.status == 503 && code != "deadline_exceeded" && !got.fields.contains("retry-after"))
    return "a 503 that does not say when to come back";
  if (asked.head_only)
    return when.crowded || when.stopping ? "" : "a page that is refused: " + std::to_string(got.status);
  if (const std::string wrong = judge_error(got.status, code, when); !wrong.empty()) return wrong;
  // What is wrong with a request itself is said before the core is asked, but for what only the core can
  // know.
  const bool asks_core = asked.speaks != dialect::none;
  return asks_core || code == "connections" ? ""
                                            : "an error of the core for a request that does not reach it";
}

}  // namespace

std::string judge(const question& asked, const whole_response& got, const circumstances& when) {
  if (got.status >= 400) return judge_refusal(asked, got, when);
  // Of several prompts one may be refused when the stream of the others has begun.
  // And a stream that waits for an extension may have begun with a ping.
  const bool begun = asked.stream && (!asked.answers.empty() || when.guarded);
  if (got.status != asked.status && !(got.status == 200 && begun))
    return "status " + std::to_string(got.status) + " in place of " + std::to_string(asked.status);
  if (asked.speaks == dialect::none) return {};
  said heard;
  if (asked.stream) {
    read_stream(asked.speaks, got.body, heard);
  } else {
    read_frame(asked.speaks, got.body, heard);
  }
  if (!heard.complaint.empty()) return heard.complaint;
  if (asked.status == 400 && heard.error == "context_length_exceeded") return {};
  if (!heard.error.empty()) return judge_error(got.status, heard.error, when);
  if (asked.status != 200) return "an answer to what cannot be answered";
  return judge_texts(asked, heard, when);
}

}  // namespace hawser::simulation
