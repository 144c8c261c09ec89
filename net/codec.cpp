#include "net/codec.hpp"

#include "net/chat_codec.hpp"
#include "net/completion_codec.hpp"
#include "net/json_body.hpp"
#include "net/predict_codec.hpp"

namespace hawser::net {

outcome<generation_job> read_job(endpoint where, std::string_view body, const http_limits& limits,
                                 const codec_context& context) {
  const auto parsed = parse_body(body, limits);
  if (!parsed) return parsed.error();
  switch (where) {
  case endpoint::completions:
    return read_completion(*parsed, context);
  case endpoint::chat_completions:
    return read_chat(*parsed, context);
  default:
    return read_predict(*parsed, context);
  }
}

}  // namespace hawser::net
