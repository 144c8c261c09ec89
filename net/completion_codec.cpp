#include "net/completion_codec.hpp"

#include "net/json_text.hpp"
#include "net/openai_answer.hpp"
#include "net/prompt_fields.hpp"
#include "net/sampling_fields.hpp"
#include "net/token_logprobs.hpp"
#include "net/utf8.hpp"

#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

struct completion_shape {
  bool echo = false;
  bool logprobs = false;  ///< the client wants them
  std::vector<std::string>
      prompt_texts;           ///< for echo; empty text: the prompt is tokens, whose pieces come scored
  bool prompt_event = false;  ///< the prompt's own tokens will come
};

class completion_answer final : public openai_answer {
 public:
  completion_answer(openai_shape shape, completion_shape own)
      : openai_answer(std::move(shape)), own_(std::move(own)),
        offsets_(this->shape().prompts * this->shape().choices), lists_(offsets_.size()) {}

 private:
  void begin_choice(std::uint32_t index, std::string& out) override {
    if (own_.echo && !own_.prompt_event) put(index, own_.prompt_texts.at(index / shape().choices), {}, out);
  }

  void take(std::uint32_t index, actors::generated&& event, std::string& out) override {
    std::string text;
    completion_logprobs streamed;
    completion_logprobs& list = shape().stream ? streamed : lists_[index];
    bool scored = !event.of_prompt;
    for (const actors::generated_token& token : event.tokens) {
      if (own_.logprobs) {
        list.add(token, offsets_[index], scored);
        offsets_[index] += utf8_count(token.piece);
      }
      scored = true;
      text += event.of_prompt ? token.piece : token.text;
    }
    if (event.of_prompt && own_.echo) {
      const std::string& given = own_.prompt_texts.at(index / shape().choices);
      if (!given.empty()) text = given;
    }
    put(index, text, streamed, out);
  }

  void take_rest(std::uint32_t index, std::string_view rest, std::string& out) override {
    put(index, rest, {}, out);
  }

  void put(std::uint32_t index, std::string_view text, const completion_logprobs& logprobs,
           std::string& out) {
    if (!shape().stream) {
      state(index).text += text;
    } else if (!text.empty() || !logprobs.empty()) {
      frame(index, text, logprobs, {}, out);
    }
  }

  void end_choice(std::uint32_t index, std::string& out) override {
    frame(index, {}, {}, state(index).finish, out);
  }

  void append_choice(std::uint32_t index, std::string& out) const override {
    write(index, state(index).text, lists_[index], state(index).finish, out);
  }

  void frame(std::uint32_t index, std::string_view text, const completion_logprobs& logprobs,
             std::string_view finish, std::string& out) const {
    begin_frame(out);
    write(index, text, logprobs, finish, out);
    end_frame(out);
  }

  static void write(std::uint32_t index, std::string_view text, const completion_logprobs& logprobs,
                    std::string_view finish, std::string& out) {
    out += R"({"index":)";
    append_integer(out, index);
    out += R"(,"text":)";
    append_quoted(out, text);
    out += R"(,"logprobs":)";
    if (logprobs.empty()) {
      out += "null";
    } else {
      logprobs.append(out);
    }
    out += R"(,"finish_reason":)";
    if (finish.empty()) {
      out += "null";
    } else {
      append_quoted(out, finish);
    }
    out += '}';
  }

  completion_shape own_;
  std::vector<std::size_t> offsets_;
  std::vector<completion_logprobs> lists_;
};

void read_shape(field_reader& fields, const text_limits& limits, actors::generation_spec& spec,
                completion_shape& shape) {
  fields.boolean("echo", shape.echo);
  std::int64_t logprobs = 0;
  if (fields.integer("logprobs", 0, limits.top_logprobs, logprobs)) {
    shape.logprobs = true;
    spec.sampling.top_logprobs = static_cast<std::int32_t>(logprobs);
  }
  std::int64_t best_of = 0;
  if (fields.integer("best_of", 1, limits.choices, best_of) && best_of != spec.choices) {
    fields.fail("best_of", "not supported: answers are not ranked; leave it out, or make it equal to n");
  }
  fields.refuse("suffix", "text is only continued, not filled in");
}

}  // namespace

outcome<generation_job> read_completion(const json::object& body, const codec_context& context) {
  constexpr std::uint32_t default_max_tokens = 16;
  field_reader fields(body);
  read_model(fields, context);
  prompt_list prompts = read_prompts(fields, "prompt", context.limits);
  actors::generation_spec spec;
  spec.max_tokens = default_max_tokens;
  read_max_tokens(fields, "max_tokens", spec.max_tokens);
  read_sampling(fields, context.sampling, context, spec);
  completion_shape own;
  read_shape(fields, context.limits, spec, own);
  stream_fields stream;
  read_stream(fields, stream);
  read_labels(fields);
  fields.refuse_unknown();
  if (!fields.good()) return fields.error();

  const bool any_tokens = std::holds_alternative<actors::token_prompt>(prompts.front());
  own.prompt_event = own.echo && (own.logprobs || any_tokens);
  spec.echo_logprobs = own.prompt_event;
  // Tokens become text again by being scored.
  if (own.prompt_event && !own.logprobs) spec.sampling.top_logprobs = 0;
  const bool seeded = body.if_contains("seed") != nullptr && !body.at("seed").is_null();

  generation_job job;
  job.stream = stream.stream;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    if (own.echo) {
      const auto* const plain = std::get_if<actors::plain_prompt>(&prompts[i]);
      own.prompt_texts.push_back(plain == nullptr ? std::string() : plain->text);
    }
    actors::generation_spec& one = job.specs.emplace_back(spec);
    one.prompt = std::move(prompts[i]);
    // Without a seed, equal prompts should not get equal answers.
    if (!seeded) one.sampling.seed += i * spec.choices;
  }
  openai_shape shape{"cmpl-" + context.id, "text_completion", "text_completion",
                     context.created,      context.model,     static_cast<std::uint32_t>(job.specs.size()),
                     spec.choices,         stream.stream,     stream.include_usage};
  job.reply = std::make_unique<completion_answer>(std::move(shape), std::move(own));
  return job;
}

}  // namespace hawser::net
