/// An API key, as the server remembers it: not the key, but its hash.
#pragma once

#include "actors/generation_mail.hpp"
#include "net/quota.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hawser::net {

using key_digest = std::array<std::uint8_t, 32>;

struct api_key {
  std::string name;     ///< of its owner: the account of its quotas, its fair share and its caches
  key_digest digest{};  ///< SHA-256
  actors::priority rank = actors::priority::standard;        ///< of requests that name none
  actors::priority ceiling = actors::priority::interactive;  ///< the highest that requests may name
  float weight = 1.0f;                                       ///< of the fair share
  quota_limits limits{};
};

/// SHA-256.
[[nodiscard]] key_digest digest_of(std::string_view key);

}  // namespace hawser::net
