/// Who may ask at all: by the name that they call the server, and by their key. Pure but for the key's
/// look-up.
#pragma once

#include "actors/generation_mail.hpp"
#include "net/api_error.hpp"
#include "net/http_request.hpp"
#include "net/key_desk.hpp"
#include "net/quota.hpp"

#include <string>
#include <vector>

namespace hawser::net {

struct door_policy {
  /// Names that the server goes by, without ports; "*.example.org": every name below it; "*": any.
  std::vector<std::string> hosts{"*"};
  bool open_metrics = false;  ///< /metrics without a key
};

/// 403 where Host is another name than the policy's: a page that has its own name resolved to this machine
/// (DNS rebinding) is the only one who would ask so. Addresses, localhost and names below it are always good,
/// and so is every name for /health and /ready.
[[nodiscard]] outcome<void> judge_host(const http_request& request, const door_policy& policy);

/// Whose request it is: null where no keys are asked for (`desk` is null), or none is needed: for /, /health,
/// /ready, preflights, and /metrics if so configured. 401: no key, or nobody's. Keys come as `Authorization:
/// Bearer` or `x-api-key`.
[[nodiscard]] outcome<caller> judge_caller(const http_request& request, const door_policy& policy,
                                           const key_desk* desk);

/// 403 where a request asks for a higher class than its key may.
[[nodiscard]] outcome<void> judge_rank(const caller& who, actors::priority wanted);

/// What a request may come to, in tokens: a quarter of its bytes, and of each answer what it may have at
/// most, or 256 where it does not say.
[[nodiscard]] double expected_tokens(const actors::generation_spec& what) noexcept;

/// 429, with the time after which the same would be granted; above two minutes clients are told not to retry.
[[nodiscard]] api_error over_quota(const api_key& whose, const quota_verdict& why);

}  // namespace hawser::net
