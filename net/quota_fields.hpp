/// How much of its quotas a key has left, as header lines. Pure.
#pragma once

#include "net/api_error.hpp"
#include "net/quota.hpp"

#include <chrono>
#include <string>

namespace hawser::net {

/// x-ratelimit-limit-requests, -remaining-requests, -reset-requests ("1.5s", "2m0s": until all is there
/// again) and the same of tokens, as OpenAI sends them; or anthropic-ratelimit-requests-limit, -remaining,
/// -reset (a time, RFC 3339) and the same of tokens. Nothing of what has no quota. Each line is ended by
/// CRLF.
[[nodiscard]] std::string quota_fields(const quota_view& seen, error_style style,
                                       std::chrono::system_clock::time_point wall);

}  // namespace hawser::net
