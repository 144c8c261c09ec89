#include "net/anthropic_codec.hpp"

#include "net/anthropic_messages.hpp"
#include "net/json_text.hpp"
#include "net/sampling_fields.hpp"
#include "net/thought_splitter.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

struct message_shape {
  std::string id;
  std::string model;
  std::uint32_t max_tokens = 0;
  bool stream = false;
  thinking_tags tags{};
};

void append_event(std::string& out, std::string_view name, std::string_view data) {
  out += "event: ";
  out += name;
  out += "\ndata: ";
  out += data;
  out += "\n\n";
}

class anthropic_answer final : public answer {
 public:
  explicit anthropic_answer(message_shape shape) : shape_(std::move(shape)), splitter_(shape_.tags) {}

  void on(prompt_index, const actors::admitted& event, std::string& out) override {
    input_ = event.prompt_tokens;
    if (shape_.stream)
      append_event(out, "message_start", R"({"type":"message_start","message":)" + message() + "}");
    if (!shape_.tags.any()) open(false, out);  // what comes first is known
  }

  void on(prompt_index, actors::generated&& event, std::string& out) override {
    std::string text;
    for (const actors::generated_token& token : event.tokens) text += token.text;
    take(splitter_.push(text), out);
  }

  void on(prompt_index, const actors::choice_ended& event, std::string& out) override {
    take(splitter_.push(event.end.rest), out);
    take(splitter_.finish(), out);
    if (blocks_.empty()) open(false, out);
    stop_sequence_ = event.end.matched_stop;
    if (!stop_sequence_.empty()) {
      stop_reason_ = "stop_sequence";
    } else if (event.end.why == actors::finish::stop) {
      stop_reason_ = "end_turn";
    } else {
      const bool full = event.end.why == actors::finish::length && event.end.tokens < shape_.max_tokens;
      stop_reason_ = full ? "model_context_window_exceeded" : "max_tokens";
    }
  }

  void on(prompt_index, const actors::ended& event, std::string&) override {
    input_ = event.prompt_tokens;
    output_ = event.answer_tokens;
  }

  void finish(std::string& out) override {
    if (!shape_.stream) {
      out += message();
      return;
    }
    stop_block(out);
    std::string delta = R"({"type":"message_delta","delta":{)";
    append_ending(delta);
    delta += R"(},"usage":)";
    append_usage(delta);
    append_event(out, "message_delta", delta + "}");
    append_event(out, "message_stop", R"({"type":"message_stop"})");
  }

  void fail(const api_error& e, std::string& out) const override {
    append_event(out, "error", error_body(e, error_style::anthropic));
  }

 private:
  struct block {
    bool thought = false;
    std::string text{};  ///< collected when the message is not streamed
  };

  void take(const thought_splitter::parts& parts, std::string& out) {
    put(true, parts.thought, out);
    put(false, parts.answer, out);
  }

  void put(bool thought, std::string_view text, std::string& out) {
    if (text.empty()) return;
    if (blocks_.empty() || blocks_.back().thought != thought) open(thought, out);
    if (!shape_.stream) {
      blocks_.back().text += text;
      return;
    }
    std::string delta = R"({"type":"content_block_delta")" + index();
    delta += thought ? R"(,"delta":{"type":"thinking_delta","thinking":)"
                     : R"(,"delta":{"type":"text_delta","text":)";
    append_quoted(delta, text);
    append_event(out, "content_block_delta", delta + "}}");
  }

  void open(bool thought, std::string& out) {
    stop_block(out);
    blocks_.push_back({.thought = thought});
    if (!shape_.stream) return;
    append_event(out, "content_block_start",
                 R"({"type":"content_block_start")" + index() + R"(,"content_block":)" +
                     block_text(blocks_.back()) + "}");
  }

  void stop_block(std::string& out) const {
    if (!shape_.stream || blocks_.empty()) return;
    append_event(out, "content_block_stop", R"({"type":"content_block_stop")" + index() + "}");
  }

  [[nodiscard]] std::string index() const { return R"(,"index":)" + std::to_string(blocks_.size() - 1); }

  [[nodiscard]] static std::string block_text(const block& one) {
    std::string out = one.thought ? R"({"type":"thinking","thinking":)" : R"({"type":"text","text":)";
    append_quoted(out, one.text);
    if (one.thought) out += R"(,"signature":"")";
    return out + "}";
  }

  void append_ending(std::string& out) const {
    out += R"("stop_reason":)";
    if (stop_reason_.empty()) {
      out += "null";
    } else {
      append_quoted(out, stop_reason_);
    }
    out += R"(,"stop_sequence":)";
    if (stop_sequence_.empty()) {
      out += "null";
    } else {
      append_quoted(out, stop_sequence_);
    }
  }

  void append_usage(std::string& out) const {
    out += R"({"input_tokens":)";
    append_integer(out, input_);
    out += R"(,"output_tokens":)";
    append_integer(out, output_);
    out += '}';
  }

  // As it is so far: at a stream's start there is no text yet, and no end.
  [[nodiscard]] std::string message() const {
    std::string out = R"({"id":)";
    append_quoted(out, shape_.id);
    out += R"(,"type":"message","role":"assistant","model":)";
    append_quoted(out, shape_.model);
    out += R"(,"content":[)";
    if (!shape_.stream) {
      for (std::size_t i = 0; i < blocks_.size(); ++i) {
        if (i > 0) out += ',';
        out += block_text(blocks_[i]);
      }
    }
    out += "],";
    append_ending(out);
    out += R"(,"usage":)";
    append_usage(out);
    return out + "}";
  }

  message_shape shape_;
  thought_splitter splitter_;
  std::vector<block> blocks_;
  std::string_view stop_reason_;
  std::string stop_sequence_;
  std::uint64_t input_ = 0;
  std::uint64_t output_ = 0;
};

/// An object whose `type` is one of two that ask for nothing.
void only_types(field_reader& fields, std::string_view name,
                std::initializer_list<std::string_view> allowed) {
  const json::object* const object = fields.object(name);
  if (object == nullptr) return;
  field_reader inner(*object, std::string(name));
  if (inner.find("type") == nullptr) inner.fail("type", "required: a string");
  inner.only("type", allowed);
  bool parallel = false;  // without tools, both values mean the same
  inner.boolean("disable_parallel_tool_use", parallel);
  inner.refuse_unknown();
  if (!inner.good()) fields.fail(inner.error());
}

/// For how long, is not for a request to say.
void read_thinking(field_reader& fields, const codec_context& context, actors::chat_prompt& to) {
  if (context.thinking.open.empty()) return only_types(fields, "thinking", {"disabled"});
  const json::object* const object = fields.object("thinking");
  if (object == nullptr) return;
  field_reader inner(*object, "thinking");
  std::string type;
  if (!inner.string("type", type)) inner.fail("type", "required: adaptive or disabled");
  inner.only("type", {"adaptive", "disabled"});
  inner.only("display", {"summarized"});
  inner.refuse_unknown();
  if (!inner.good()) return fields.fail(inner.error());
  to.context["enable_thinking"] = type == "adaptive";
}

actors::chat_prompt read_prompt(field_reader& fields, const codec_context& context) {
  if (!context.has_chat_template)
    fields.fail("messages", "this model has no chat template; use /v1/completions");
  read_model(fields, context);
  actors::chat_prompt prompt;
  prompt.context["messages"] = read_anthropic_messages(fields);
  fields.refuse("tools", "this server does not call tools");
  only_types(fields, "tool_choice", {"none", "auto"});
  read_thinking(fields, context, prompt);
  fields.refuse("output_config", "answers are text as it comes");
  fields.only("speed", {"standard"});
  fields.refuse("user_profile_id", "there are no profiles");
  fields.refuse("workspace_id", "there are no workspaces");
  (void)fields.object("cache_control");  // prompts are remembered by themselves
  return prompt;
}

void read_metadata(field_reader& fields) {
  const json::object* const metadata = fields.object("metadata");
  if (metadata == nullptr) return;
  field_reader inner(*metadata, "metadata");
  std::string label;
  inner.string("user_id", label);
  inner.refuse_unknown();
  if (!inner.good()) fields.fail(inner.error());
}

}  // namespace

outcome<generation_job> read_anthropic(const json::object& body, const codec_context& context) {
  field_reader fields(body);
  actors::generation_spec spec;
  for (const std::string_view name : {"n", "stop", "logit_bias"})
    fields.refuse(name, "it is a field of another API");
  actors::chat_prompt prompt = read_prompt(fields, context);
  read_max_tokens(fields, "max_tokens", spec.max_tokens);
  if (spec.max_tokens == 0) fields.fail("max_tokens", "required: an integer, at least 1");
  read_sampling(fields, context.sampling, context, spec);
  read_stop(fields, "stop_sequences", context.limits, spec.stop);
  bool stream = false;
  fields.boolean("stream", stream);
  read_metadata(fields);
  fields.only("service_tier", {"auto", "standard_only"});
  fields.refuse("container", "this server runs no code");
  fields.refuse("diagnostics", "there are none");
  fields.refuse("inference_geo", "this server is where it is");
  fields.refuse_unknown();
  if (!fields.good()) return fields.error();

  generation_job job;
  job.stream = stream;
  job.reply =
      std::make_unique<anthropic_answer>(message_shape{"msg_" + context.id, context.model, spec.max_tokens,
                                                       stream, tags_of(context.thinking, prompt.context)});
  spec.prompt = std::move(prompt);
  job.specs.push_back(std::move(spec));
  return job;
}

actors::chat_prompt read_counted(field_reader& fields, const codec_context& context) {
  return read_prompt(fields, context);
}

}  // namespace hawser::net
