#include "net/predict_codec.hpp"

#include "net/json_text.hpp"
#include "net/openai_answer.hpp"
#include "net/response.hpp"
#include "net/sampling_fields.hpp"
#include "net/timings.hpp"

#include <utility>

namespace hawser::net {
namespace {

class predict_answer final : public answer {
 public:
  /// `head`: of each message of a WebSocket; empty: events of a stream, or one body.
  predict_answer(std::uint32_t choices, bool stream, std::string head)
      : choices_(choices), head_(std::move(head)), stream_(stream) {}

  void on(prompt_index, const actors::admitted&, std::string&) override {}

  void on(prompt_index, actors::generated&& event, std::string& out) override {
    std::string text;
    for (const actors::generated_token& token : event.tokens) text += token.text;
    take(event.choice, text, out);
  }

  void on(prompt_index, const actors::choice_ended& event, std::string& out) override {
    const bool cancelled = event.end.why == actors::finish::cancelled;
    choices_.at(event.choice).finish = cancelled ? "cancelled" : finish_reason(event.end.why);
    take(event.choice, event.end.rest, out);
  }

  void on(prompt_index, const actors::ended& event, std::string&) override { end_ = event; }

  void finish(std::string& out) override {
    open(out);
    if (!stream_) {
      out += R"("text":)";
      append_quoted(out, choices_.front().text);
      out += ',';
    }
    append_counts(out);
    close(out);
    if (stream_ && head_.empty()) append_event(out, "[DONE]");
  }

  void fail(const api_error& e, std::string& out) const override { append_event(out, error_body(e)); }

 private:
  struct choice_state {
    std::string text;
    std::string_view finish = "cancelled";  // unless it ends otherwise
  };

  void open(std::string& out) const {
    if (stream_ && head_.empty()) out += "data: ";
    out += head_.empty() ? "{" : head_;
    if (head_.size() > 1) out += ',';
  }

  void close(std::string& out) const {
    out += '}';
    if (stream_ && head_.empty()) out += "\n\n";
  }

  void take(std::uint32_t choice, std::string_view text, std::string& out) {
    if (text.empty()) return;
    if (!stream_) {
      choices_.at(choice).text += text;
      return;
    }
    open(out);
    out += R"("text":)";
    append_quoted(out, text);
    if (choices_.size() > 1) {
      out += R"(,"choice":)";
      append_integer(out, choice);
    }
    close(out);
  }

  void append_counts(std::string& out) const {
    out += R"("prompt_tokens":)";
    append_integer(out, end_.prompt_tokens);
    out += R"(,"cached_tokens":)";
    append_integer(out, end_.cached_tokens);
    out += R"(,"completion_tokens":)";
    append_integer(out, end_.answer_tokens);
    out += R"(,"finish_reason":)";
    append_quoted(out, choices_.front().finish);
    if (choices_.size() > 1) append_choices(out);
    out += ',';
    append_timings(out, end_.times);
  }

  void append_choices(std::string& out) const {
    out += R"(,"choices":[)";
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      out += i > 0 ? ",{" : "{";
      if (!stream_) {
        out += R"("text":)";
        append_quoted(out, choices_[i].text);
        out += ',';
      }
      out += R"("finish_reason":)";
      append_quoted(out, choices_[i].finish);
      out += '}';
    }
    out += ']';
  }

  std::vector<choice_state> choices_;
  actors::ended end_;
  std::string head_;
  bool stream_;
};

outcome<generation_job> read(const boost::json::object& body, const codec_context& context, bool stream,
                             std::string head) {
  constexpr std::uint32_t default_max_tokens = 64;
  field_reader fields(body);
  read_model(fields, context);
  actors::generation_spec spec;
  actors::plain_prompt prompt;
  if (!fields.string("text", prompt.text)) fields.fail("text", "required: the text to continue, a string");
  spec.prompt = std::move(prompt);
  spec.max_tokens = default_max_tokens;
  read_max_tokens(fields, "max_tokens", spec.max_tokens);
  read_sampling(fields, {.temperature = 0.0f}, context, spec);
  fields.boolean("stream", stream);
  read_labels(fields);
  fields.refuse_unknown();
  if (!fields.good()) return fields.error();

  generation_job job;
  job.stream = stream;
  job.reply = std::make_unique<predict_answer>(spec.choices, stream, std::move(head));
  job.specs.push_back(std::move(spec));
  return job;
}

}  // namespace

outcome<generation_job> read_predict(const boost::json::object& body, const codec_context& context) {
  return read(body, context, false, {});
}

outcome<generation_job> read_predict_message(const boost::json::object& body, const codec_context& context,
                                             std::string head) {
  return read(body, context, true, std::move(head));
}

}  // namespace hawser::net
