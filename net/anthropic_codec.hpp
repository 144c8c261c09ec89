/// POST /v1/messages and /v1/messages/count_tokens: Anthropic's messages. Pure.
///
/// A stream's events, in order: message_start (at admission, with the tokens of the prompt),
/// content_block_start, content_block_delta..., content_block_stop, message_delta, message_stop; or, after
/// any of them, error.
#pragma once

#include "net/answer.hpp"
#include "net/field_reader.hpp"

#include <boost/json/object.hpp>

namespace hawser::net {

[[nodiscard]] outcome<generation_job> read_anthropic(const boost::json::object& body,
                                                     const codec_context& context);

/// The fields whose tokens count_tokens counts; what is wrong is known to `fields`.
[[nodiscard]] actors::chat_prompt read_counted(field_reader& fields, const codec_context& context);

}  // namespace hawser::net
