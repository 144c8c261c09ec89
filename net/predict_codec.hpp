/// POST /predict: the plain dialect. {"text": "...", "max_tokens": 64, ...} is continued as it is, without a
/// chat template.
///
/// Answer:
/// {"text","prompt_tokens","completion_tokens","finish_reason","timings":{"queue_ms","prefill_ms","decode_ms"}};
/// with n > 1 also "choices":[{"text","finish_reason"}], and "text" is the first's. Streamed: data:
/// {"text":"..."} frames ("choice" too when n > 1), then the counts with "finish_reason", then [DONE].
#pragma once

#include "net/answer.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace hawser::net {

[[nodiscard]] outcome<generation_job> read_predict(const boost::json::object& body,
                                                   const codec_context& context);

/// The same as a message of a WebSocket, streamed unless it says otherwise: each of the answer's appends is
/// one JSON object or nothing, and begins with `head` ("{", or more).
[[nodiscard]] outcome<generation_job> read_predict_message(const boost::json::object& body,
                                                           const codec_context& context, std::string head);

}  // namespace hawser::net
