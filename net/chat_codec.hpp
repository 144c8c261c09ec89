/// POST /v1/chat/completions: OpenAI's chat, with vLLM's extras. What is not supported is refused by its
/// name.
#pragma once

#include "net/answer.hpp"

#include <boost/json/object.hpp>

namespace hawser::net {

/// Messages become the context of the model's chat template: text parts are joined by a line break,
/// "developer" is "system".
[[nodiscard]] outcome<generation_job> read_chat(const boost::json::object& body,
                                                const codec_context& context);

}  // namespace hawser::net
