#include "net/response_codec.hpp"

#include "net/chat_messages.hpp"
#include "net/field_reader.hpp"
#include "net/json_text.hpp"
#include "net/response_items.hpp"
#include "net/sampling_fields.hpp"
#include "net/utf8.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace hawser::net {
namespace {

namespace json = boost::json;

/// How one is asked: by POST or as a message.
struct asking {
  event_wire wire = event_wire::none;
  std::string lane{};
  bool socket = false;
};

/// An object inside a field, of which `read(inner)` knows the fields.
template <class Read>
void inside(field_reader& fields, std::string_view name, const Read& read) {
  const json::object* const object = fields.object(name);
  if (object == nullptr) return;
  field_reader inner(*object, std::string(name));
  read(inner);
  inner.refuse_unknown();
  if (!inner.good()) fields.fail(inner.error());
}

void read_text(field_reader& fields) {
  inside(fields, "text", [](field_reader& text) {
    text.only("verbosity", {"medium"});
    const json::object* const format = text.object("format");
    if (format == nullptr) return;
    field_reader inner(*format, "text.format");
    std::string type;
    if (!inner.string("type", type)) {
      inner.fail("type", "required: \"text\"");
    } else if (type != "text") {
      inner.fail("type", "not supported: " + describe(json::value(type)) + "; only \"text\" is");
    }
    inner.refuse_unknown();
    if (!inner.good()) text.fail(inner.error());
  });
}

void read_reasoning(field_reader& fields) {
  inside(fields, "reasoning", [](field_reader& reasoning) {
    reasoning.refuse("effort", "a model thinks as long as it does");
    reasoning.refuse("summary", "what the model thinks comes as it is");
    reasoning.refuse("generate_summary", "what the model thinks comes as it is");
    reasoning.only("context", {"auto"});
    reasoning.only("mode", {"standard"});
  });
}

/// True: the request is for the prompt only.
bool read_cache_options(field_reader& fields, bool socket) {
  bool prewarm = false;
  inside(fields, "prompt_cache_options", [&](field_reader& options) {
    options.only("mode", {"implicit"});
    options.refuse("ttl", "prompts are remembered while there is room");
    options.refuse("comparison_response_id", "prompts are not compared");
    if (socket) options.boolean("prewarm", prewarm);
  });
  return prewarm;
}

void read_include(field_reader& fields, const codec_context& context, actors::generation_spec& spec) {
  bool logprobs = false;
  if (const json::array* const wanted = fields.array("include")) {
    for (const json::value& one : *wanted) {
      logprobs = one.is_string() && one.get_string() == "message.output_text.logprobs";
      if (!logprobs)
        return fields.fail("include",
                           "not supported: " + describe(one) + "; only \"message.output_text.logprobs\" is");
    }
  }
  if (logprobs) spec.sampling.top_logprobs = 0;
  std::int64_t top = 0;
  if (!fields.integer("top_logprobs", 0, context.limits.top_logprobs, top)) return;
  if (!logprobs && top > 0)
    return fields.fail("top_logprobs", "only allowed with \"include\": [\"message.output_text.logprobs\"]");
  if (logprobs) spec.sampling.top_logprobs = static_cast<std::int32_t>(top);
}

void refuse_what_is_not_there(field_reader& fields) {
  fields.refuse("tools", "this server does not call tools");
  fields.only("tool_choice", {"none", "auto"});
  fields.refuse("background", "answers are made while they are waited for");
  fields.refuse("background_options", "answers are made while they are waited for");
  fields.refuse("conversation", "use previous_response_id");
  fields.refuse("prompt", "there are no stored prompts");
  fields.refuse("context_management", "conversations are not shortened");
  fields.refuse("moderation", "texts are not judged");
  fields.refuse("access_programs", "there are none");
  fields.refuse("image", "this model reads text only");
  fields.refuse("n", "it is a field of another API");
  fields.only("service_tier", {"auto", "default"});
  fields.only("truncation", {"disabled"});
  fields.only("prompt_cache_retention", {"in-memory", "in_memory"});
  read_text(fields);
  read_reasoning(fields);
}

void append_metadata(field_reader& fields, std::string& out) {
  constexpr std::size_t most = 16;
  constexpr std::size_t longest_key = 64;
  constexpr std::size_t longest = 512;
  const json::object* const given = fields.object("metadata");
  out += R"("metadata":)";
  if (given == nullptr) {
    out += "{}";
    return;
  }
  if (given->size() > most) fields.expected("metadata", "at most 16 keys", *given);
  for (const auto& member : *given) {
    const json::string* const text = member.value().if_string();
    if (text == nullptr || utf8_count(*text) > longest || utf8_count(member.key()) > longest_key) {
      return fields.expected("metadata." + std::string(member.key().substr(0, longest_key)),
                             "a string of at most 512 characters, under a key of at most 64", member.value());
    }
  }
  out += json::serialize(*given);
}

void append_text(field_reader& fields, std::string_view name, std::string& out) {
  std::string text;
  out += ",\"";
  out += name;
  out += "\":";
  if (fields.string(name, text)) {
    append_quoted(out, text);
  } else {
    out += "null";
  }
}

void append_count(field_reader& fields, std::string_view name, std::string& out) {
  std::uint32_t count = 0;
  read_max_tokens(fields, name, count);
  out += ",\"";
  out += name;
  out += "\":";
  out += count == 0 ? "null" : std::to_string(count);
}

/// What the response says of its request.
std::string read_echoed(field_reader& fields, const actors::generation_spec& spec, bool store) {
  std::string out;
  append_metadata(fields, out);
  for (const std::string_view name : {"instructions", "prompt_cache_key", "safety_identifier", "user"})
    append_text(fields, name, out);
  for (const std::string_view name : {"max_output_tokens", "max_tool_calls"}) append_count(fields, name, out);
  bool parallel = true;  // without tools, both values mean the same
  fields.boolean("parallel_tool_calls", parallel);
  out += R"(,"parallel_tool_calls":)";
  out += parallel ? "true" : "false";
  out += R"(,"store":)";
  out += store ? "true" : "false";
  out += R"(,"temperature":)";
  append_number(out, spec.sampling.temperature);
  out += R"(,"top_p":)";
  append_number(out, spec.sampling.top_p);
  out += R"(,"top_logprobs":)";
  append_integer(out, std::max(spec.sampling.top_logprobs, 0));
  out += R"(,"background":false,"reasoning":{"effort":null,"summary":null},"service_tier":"default",)"
         R"("text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[],)"
         R"("truncation":"disabled")";
  return out;
}

kept_turn read_before(field_reader& fields, const codec_context& context) {
  std::string id;
  if (!fields.string("previous_response_id", id)) return nullptr;
  kept_turn found = context.responses.find(id);
  if (!found) {
    api_error e = no_such_response(id);
    e.status = 400;
    e.param = "previous_response_id";
    e.code = "previous_response_not_found";
    fields.fail(std::move(e));
  } else if (context.responses.shared && found->turns >= context.responses.shared->limits().turns) {
    fields.fail("previous_response_id", "the conversation has as many turns as the server remembers (" +
                                            std::to_string(found->turns) + "): send its text as input");
    found = nullptr;
  }
  return found;
}

std::string inside_of(const json::array& messages) {
  const std::string whole = json::serialize(messages);
  return whole.substr(1, whole.size() - 2);
}

/// All messages, from the first turn's.
json::array conversation_of(const kept_turn& last, const std::string& asked,
                            const std::string& instructions) {
  std::vector<const kept_response*> turns;
  for (const kept_response* at = last.get(); at != nullptr; at = at->before.get()) turns.push_back(at);
  std::string all = "[";
  if (!instructions.empty()) {
    all += R"({"role":"system","content":)";
    append_quoted(all, instructions);
    all += "},";
  }
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) all += (*turn)->messages + ",";
  // Its depth was bounded when each of them came.
  json::parse_options deep;
  deep.max_depth = 1024;
  return json::parse(all + asked + "]", {}, deep).as_array();
}

outcome<generation_job> read(const json::object& body, const codec_context& context, asking how) {
  field_reader fields(body);
  if (!context.has_chat_template)
    fields.fail("input", "this model has no chat template; use /v1/completions");
  read_model(fields, context);
  response_shape shape{.id = context.id, .model = context.model, .created = context.created};
  refuse_what_is_not_there(fields);
  actors::generation_spec spec;
  read_sampling(fields, context.sampling, context, spec);
  read_include(fields, context, spec);
  read_max_tokens(fields, "max_output_tokens", spec.max_tokens);
  fields.boolean("store", shape.store);
  shape.speaks = !read_cache_options(fields, how.socket);
  if (how.socket) {
    bool generate = true;
    fields.boolean("generate", generate);
    shape.speaks = shape.speaks && generate;
    inside(fields, "stream_options", [](field_reader& options) {
      options.refuse("include_obfuscation", "this server pads no events");
    });
  }
  stream_fields stream;
  if (!how.socket) read_stream(fields, stream);
  shape.echoed = read_echoed(fields, spec, shape.store);
  std::string instructions;
  fields.string("instructions", instructions);
  shape.before = read_before(fields, context);
  const json::array asked = read_response_input(fields);
  actors::chat_prompt prompt;
  read_template_fields(fields, prompt.context);
  fields.refuse_unknown();
  if (!fields.good()) return fields.error();

  if (!shape.speaks) {
    spec.max_tokens = 1;  // the least that computes a prompt; it is not shown
    spec.fresh = spec.forget = true;
  }
  shape.wire = how.socket ? event_wire::lines : stream.stream ? event_wire::sse : event_wire::none;
  shape.lane = std::move(how.lane);
  shape.asked = inside_of(asked);
  prompt.context["messages"] = conversation_of(shape.before, shape.asked, instructions);
  shape.memory = context.responses;
  shape.tags = tags_of(context.thinking, prompt.context);
  shape.logprobs = spec.sampling.top_logprobs >= 0;
  generation_job job;
  job.stream = shape.wire == event_wire::sse;
  job.reply = std::make_unique<response_answer>(std::move(shape));
  spec.prompt = std::move(prompt);
  job.specs.push_back(std::move(spec));
  return job;
}

}  // namespace

outcome<generation_job> read_response(const json::object& body, const codec_context& context) {
  return read(body, context, {});
}

outcome<generation_job> read_response_message(json::object message, const codec_context& context,
                                              std::string lane) {
  message.erase("type");
  message.erase("stream_id");
  if (const json::value* const stream = message.if_contains("stream"); stream != nullptr) {
    const bool streamed = stream->is_null() || (stream->is_bool() && stream->get_bool());
    if (!streamed) return bad_field("stream", "stream: here every response is streamed; leave it out");
    message.erase("stream");
  }
  return read(message, context, {.wire = event_wire::lines, .lane = std::move(lane), .socket = true});
}

std::string deleted_response(std::string_view id) {
  std::string out = R"({"id":)";
  append_quoted(out, id);
  return out + R"(,"object":"response","deleted":true})";
}

api_error no_such_response(std::string_view id) {
  std::string quoted;
  append_quoted(quoted, id.substr(0, 128));
  api_error e = bad_field({}, "there is no response " + quoted +
                                  " here: it was not stored, or has made room for later ones");
  e.status = 404;
  e.code = "response_not_found";
  return e;
}

}  // namespace hawser::net
