/// A generating request's body to a job, by its endpoint. Pure; costs time in proportion to the body.
#pragma once

#include "net/answer.hpp"
#include "net/limits.hpp"
#include "net/route.hpp"

#include <string>
#include <string_view>

namespace hawser::net {

[[nodiscard]] outcome<generation_job> read_job(endpoint where, std::string_view body,
                                               const http_limits& limits, const codec_context& context);

/// A message of a WebSocket at /predict or /v1/responses.
struct socket_request {
  std::string name;  ///< its id; empty: none
  bool cancels = false;
  outcome<generation_job> job = internal_error("it was not read");
};

[[nodiscard]] socket_request read_socket_request(std::string_view message, const http_limits& limits,
                                                 const codec_context& context);
/// The same at /v1/responses: its name is its lane.
[[nodiscard]] socket_request read_socket_response(std::string_view message, const http_limits& limits,
                                                  const codec_context& context);
/// {"id":"a" or, without a name, {
[[nodiscard]] std::string socket_head(std::string_view name);

}  // namespace hawser::net
