/// What a request's header says about when its answer is wanted. Pure.
#pragma once

#include "actors/generation_mail.hpp"
#include "net/api_error.hpp"
#include "net/http_request.hpp"
#include "runtime/clock.hpp"

namespace hawser::net {

struct request_wishes {
  actors::priority rank = actors::priority::standard;
  runtime::duration timeout = runtime::duration::max();  ///< from its arrival to its end
  runtime::duration first_token{};                       ///< 0: no wish
  runtime::duration token{};
  bool returns = false;  ///< it was refused before, and comes back
  bool fresh = false;    ///< no answer that was computed before
  bool forget = false;   ///< nor may its own be remembered
};

/// x-priority (or x-gateway-inference-objective, whose unknown names say nothing), x-request-timeout
/// (seconds, or with s, ms or m), x-slo-ttft-ms, x-slo-tpot-ms, x-stainless-retry-count, Cache-Control
/// (no-cache, max-age=0, no-store). `otherwise`: the class of who names none. 400 for what is not understood,
/// except in Cache-Control.
[[nodiscard]] outcome<request_wishes> read_wishes(const http_request& request,
                                                  actors::priority otherwise = actors::priority::standard);

}  // namespace hawser::net
