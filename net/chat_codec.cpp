#include "net/chat_codec.hpp"

#include "net/chat_messages.hpp"
#include "net/json_text.hpp"
#include "net/openai_answer.hpp"
#include "net/sampling_fields.hpp"
#include "net/thought_splitter.hpp"
#include "net/token_logprobs.hpp"

#include <array>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

class chat_answer final : public openai_answer {
 public:
  chat_answer(openai_shape shape, bool logprobs, const thinking_tags& tags)
      : openai_answer(std::move(shape)), logprobs_(logprobs) {
    if (!tags.any()) return;
    splitters_.assign(this->shape().choices, thought_splitter(tags));
    thoughts_.resize(this->shape().choices);
  }

 private:
  void begin_choice(std::uint32_t index, std::string& out) override {
    if (shape().stream) frame(index, R"("role":"assistant","content":"")", {}, {}, out);
  }

  void take(std::uint32_t index, actors::generated&& event, std::string& out) override {
    std::string text;
    std::string logprobs;
    for (const actors::generated_token& token : event.tokens) {
      text += token.text;
      if (!logprobs_) continue;
      if (!logprobs.empty()) logprobs += ',';
      append_chat_logprob(logprobs, token);
    }
    put(index, split(index, std::move(text)), logprobs, out);
  }

  void take_rest(std::uint32_t index, std::string_view rest, std::string& out) override {
    put(index, split(index, std::string(rest)), {}, out);
    if (!splitters_.empty()) put(index, splitters_[index].finish(), {}, out);
  }

  thought_splitter::parts split(std::uint32_t index, std::string text) {
    if (!splitters_.empty()) return splitters_[index].push(text);
    return {.thought = {}, .answer = std::move(text)};
  }

  void put(std::uint32_t index, const thought_splitter::parts& parts, std::string_view logprobs,
           std::string& out) {
    if (!shape().stream) {
      choice_state& kept = state(index);
      if (!parts.thought.empty()) thoughts_[index] += parts.thought;
      kept.text += parts.answer;
      if (!kept.logprobs.empty() && !logprobs.empty()) kept.logprobs += ',';
      kept.logprobs += logprobs;
      return;
    }
    if (!parts.thought.empty()) {
      delta(index, "reasoning_content", parts.thought, std::exchange(logprobs, {}), out);
    }
    if (!parts.answer.empty() || !logprobs.empty()) delta(index, "content", parts.answer, logprobs, out);
  }

  void delta(std::uint32_t index, std::string_view name, std::string_view text, std::string_view logprobs,
             std::string& out) const {
    begin(index, out);
    out += '"';
    out += name;
    out += "\":";
    append_quoted(out, text);
    end(logprobs, {}, out);
  }

  void end_choice(std::uint32_t index, std::string& out) override {
    frame(index, {}, {}, state(index).finish, out);
  }

  void frame(std::uint32_t index, std::string_view delta, std::string_view logprobs, std::string_view finish,
             std::string& out) const {
    begin(index, out);
    out += delta;
    end(logprobs, finish, out);
  }

  void begin(std::uint32_t index, std::string& out) const {
    begin_frame(out);
    out += R"({"index":)";
    append_integer(out, index);
    out += R"(,"delta":{)";
  }

  void end(std::string_view logprobs, std::string_view finish, std::string& out) const {
    out += '}';
    append_ending(out, logprobs, finish);
    end_frame(out);
  }

  void append_choice(std::uint32_t index, std::string& out) const override {
    const choice_state& kept = state(index);
    out += R"({"index":)";
    append_integer(out, index);
    out += R"(,"message":{"role":"assistant","content":)";
    append_quoted(out, kept.text);
    out += R"(,"refusal":null)";
    if (!splitters_.empty() && !thoughts_[index].empty()) {
      out += R"(,"reasoning_content":)";
      append_quoted(out, thoughts_[index]);
    }
    out += '}';
    append_ending(out, kept.logprobs, kept.finish);
  }

  static void append_ending(std::string& out, std::string_view logprobs, std::string_view finish) {
    out += R"(,"logprobs":)";
    if (logprobs.empty()) {
      out += "null";
    } else {
      out += R"({"content":[)";
      out += logprobs;
      out += R"(],"refusal":null})";
    }
    out += R"(,"finish_reason":)";
    if (finish.empty()) {
      out += "null";
    } else {
      append_quoted(out, finish);
    }
    out += '}';
  }

  std::vector<thought_splitter> splitters_;  // of each choice; none when the model does not think
  std::vector<std::string> thoughts_;        // likewise; collected when the answer is not streamed
  bool logprobs_;
};

void read_logprobs(field_reader& fields, const text_limits& limits, actors::generation_spec& spec) {
  bool wanted = false;
  fields.boolean("logprobs", wanted);
  if (wanted) spec.sampling.top_logprobs = 0;
  std::int64_t top = 0;
  if (!fields.integer("top_logprobs", 0, limits.top_logprobs, top)) return;
  if (!wanted) return fields.fail("top_logprobs", "only allowed with \"logprobs\": true");
  spec.sampling.top_logprobs = static_cast<std::int32_t>(top);
}

void read_lengths(field_reader& fields, std::uint32_t& to) {
  std::uint32_t old_name = 0;
  read_max_tokens(fields, "max_tokens", old_name);
  read_max_tokens(fields, "max_completion_tokens", to);
  if (old_name != 0 && to != 0)
    return fields.fail("max_tokens", "is the older name of max_completion_tokens: send one of them");
  if (to == 0) to = old_name;
}

void read_response_format(field_reader& fields) {
  const json::object* const format = fields.object("response_format");
  if (format == nullptr) return;
  field_reader inner(*format, "response_format");
  std::string type;
  if (!inner.string("type", type)) {
    inner.fail("type", "required: \"text\"");
  } else if (type != "text") {
    inner.fail("type", "not supported: " + describe(json::value(type)) + "; only \"text\" is");
  }
  inner.refuse_unknown();
  if (!inner.good()) fields.fail(inner.error());
}

/// Prefixes are remembered by themselves; where and for how long is not for a request to say.
void read_cache_options(field_reader& fields) {
  const json::object* const options = fields.object("prompt_cache_options");
  if (options == nullptr) return;
  field_reader inner(*options, "prompt_cache_options");
  inner.only("mode", {"implicit"});
  inner.refuse("ttl", "prompts are remembered while there is room");
  inner.refuse_unknown();
  if (!inner.good()) fields.fail(inner.error());
}

void refuse_what_is_not_there(field_reader& fields) {
  fields.refuse("tools", "this server does not call tools");
  fields.only("tool_choice", {"none", "auto"});
  fields.refuse("functions", "this server does not call functions");
  fields.only("function_call", {"none", "auto"});
  read_response_format(fields);
  read_cache_options(fields);
  fields.refuse("audio", "this model answers with text only");
  fields.refuse("metadata", "answers are not stored");
  fields.refuse("store", "answers are not stored");
  fields.refuse("prediction", "answers are not predicted");
  fields.refuse("moderation", "texts are not judged");
  // An empty object asks for a search as well.
  if (fields.find("web_search_options") != nullptr)
    fields.fail("web_search_options", "not supported: this server does not search");
  fields.only("service_tier", {"auto", "default"});
  fields.only("verbosity", {"medium"});
  fields.only("reasoning_effort", {"none"});
  fields.only("prompt_cache_retention", {"in-memory", "in_memory"});
  bool parallel = true;  // without tools, both values mean the same
  fields.boolean("parallel_tool_calls", parallel);
  if (const json::array* const modalities = fields.array("modalities")) {
    const bool text = modalities->size() == 1 && modalities->front().is_string() &&
                      modalities->front().get_string() == "text";
    if (!text)
      fields.fail("modalities", "not supported: this model answers with text only; expected [\"text\"]");
  }
}

}  // namespace

outcome<generation_job> read_chat(const json::object& body, const codec_context& context) {
  field_reader fields(body);
  if (!context.has_chat_template)
    fields.fail("messages", "this model has no chat template; use /v1/completions");
  read_model(fields, context);
  actors::chat_prompt prompt;
  prompt.context["messages"] = read_messages(fields);
  read_template_fields(fields, prompt.context);
  actors::generation_spec spec;
  read_lengths(fields, spec.max_tokens);
  read_sampling(fields, context.sampling, context, spec);
  read_logprobs(fields, context.limits, spec);
  stream_fields stream;
  read_stream(fields, stream);
  refuse_what_is_not_there(fields);
  read_labels(fields);
  fields.refuse_unknown();
  if (!fields.good()) return fields.error();

  const thinking_tags tags = tags_of(context.thinking, prompt.context);
  spec.prompt = std::move(prompt);
  openai_shape shape{"chatcmpl-" + context.id,
                     "chat.completion",
                     "chat.completion.chunk",
                     context.created,
                     context.model,
                     1,
                     spec.choices,
                     stream.stream,
                     stream.include_usage};
  generation_job job;
  job.stream = stream.stream;
  job.reply = std::make_unique<chat_answer>(std::move(shape), spec.sampling.top_logprobs >= 0, tags);
  job.specs.push_back(std::move(spec));
  return job;
}

}  // namespace hawser::net
