/// A generating request's body to a job, by its endpoint. Pure; costs time in proportion to the body.
#pragma once

#include "net/answer.hpp"
#include "net/limits.hpp"
#include "net/route.hpp"

#include <string_view>

namespace hawser::net {

[[nodiscard]] outcome<generation_job> read_job(endpoint where, std::string_view body,
                                               const http_limits& limits, const codec_context& context);

}  // namespace hawser::net
