#include "net/codec.hpp"

#include "net/anthropic_codec.hpp"
#include "net/chat_codec.hpp"
#include "net/completion_codec.hpp"
#include "net/json_body.hpp"
#include "net/predict_codec.hpp"

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
  default:
    return read_predict(body, context);
  }
}

}  // namespace

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
