/// POST /v1/responses, and the same as a message of a WebSocket: response.create. Pure.
#pragma once

#include "net/answer.hpp"
#include "net/response_answer.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace hawser::net {

[[nodiscard]] outcome<generation_job> read_response(const boost::json::object& body,
                                                    const codec_context& context);

/// A message of a WebSocket: its fields beside `type` and `stream_id`, of which `lane` is the latter.
[[nodiscard]] outcome<generation_job> read_response_message(boost::json::object message,
                                                            const codec_context& context, std::string lane);

/// DELETE and GET of one that is remembered.
[[nodiscard]] std::string deleted_response(std::string_view id);
[[nodiscard]] api_error no_such_response(std::string_view id);

}  // namespace hawser::net
