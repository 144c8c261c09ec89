/// POST /v1/embeddings: OpenAI's embeddings. Pure.
#pragma once

#include "net/answer.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>

namespace hawser::net {

[[nodiscard]] outcome<generation_job> read_embedding(const boost::json::object& body,
                                                     const codec_context& context);

/// The bytes of 32-bit floats, least significant first, in base64 (RFC 4648, 4).
[[nodiscard]] std::string base64_of(std::span<const float> values);

}  // namespace hawser::net
