#include "net/codec.hpp"

#include "net/anthropic_codec.hpp"
#include "net/chat_codec.hpp"
#include "net/completion_codec.hpp"
#include "net/embedding_codec.hpp"
#include "net/field_reader.hpp"
#include "net/json_body.hpp"
#include "net/json_text.hpp"
#include "net/predict_codec.hpp"
#include "net/response_codec.hpp"

#include <string>
#include <utility>

namespace hawser::net {
namespace {

outcome<generation_job> read_dialect(endpoint where, const boost::json::object& body,
                                     const codec_context& context) {
  switch (where) {
  case endpoint::completions:
    return read_completion(body, context);
  case endpoint::chat_completions:
    return read_chat(body, context);
  case endpoint::messages:
    return read_anthropic(body, context);
  case endpoint::embeddings:
    return read_embedding(body, context);
  case endpoint::responses:
    return read_response(body, context);
  default:
    return read_predict(body, context);
  }
}

// The name of the request that is meant, or why there is none.
outcome<std::string> read_name(boost::json::object& message, std::string_view field) {
  constexpr std::size_t longest = 128;
  field_reader fields(message);
  std::string name;
  if (fields.string(field, name) && (name.empty() || name.size() > longest))
    fields.fail(field, "expected a string of 1 to " + std::to_string(longest) + " bytes");
  if (!fields.good()) return fields.error();
  message.erase(boost::json::string_view(field.data(), field.size()));
  return name;
}

}  // namespace

std::string socket_head(std::string_view name) {
  std::string out = "{";
  if (name.empty()) return out;
  out += R"("id":)";
  append_quoted(out, name);
  return out;
}

socket_request read_socket_request(std::string_view message, const http_limits& limits,
                                   const codec_context& context) {
  socket_request made;
  auto parsed = parse_body(message, limits);
  if (!parsed) {
    made.job = parsed.error();
    return made;
  }
  made.cancels = parsed->contains("cancel");
  auto name = read_name(*parsed, made.cancels ? "cancel" : "id");
  if (!name) {
    made.cancels = false;
    made.job = name.error();
    return made;
  }
  made.name = std::move(*name);
  if (!made.cancels) {
    made.job = read_predict_message(*parsed, context, socket_head(made.name));
    if (made.job) made.job->specs.front().bytes = message.size();
    return made;
  }
  if (parsed->empty()) return made;
  made.cancels = false;
  made.job = bad_field("cancel", "cancel: stands alone in its message");
  return made;
}

socket_request read_socket_response(std::string_view message, const http_limits& limits,
                                    const codec_context& context) {
  socket_request made;
  auto parsed = parse_body(message, limits);
  if (!parsed) {
    made.job = parsed.error();
    return made;
  }
  auto lane = read_name(*parsed, "stream_id");
  if (!lane) {
    made.job = lane.error();
    return made;
  }
  made.name = std::move(*lane);
  const boost::json::value* const type = parsed->if_contains("type");
  if (type == nullptr || *type != "response.create") {
    made.job = bad_field("type", "type: expected \"response.create\", found " +
                                     (type == nullptr ? std::string("nothing") : describe(*type)));
    return made;
  }
  made.job = read_response_message(std::move(*parsed), context, made.name);
  if (made.job) made.job->specs.front().bytes = message.size();
  return made;
}

outcome<generation_job> read_job(endpoint where, std::string_view body, const http_limits& limits,
                                 const codec_context& context) {
  const auto parsed = parse_body(body, limits);
  if (!parsed) return parsed.error();
  outcome<generation_job> job = read_dialect(where, *parsed, context);
  if (job) {
    for (actors::generation_spec& spec : job->specs) spec.bytes = body.size() / job->specs.size();
  }
  return job;
}

}  // namespace hawser::net
