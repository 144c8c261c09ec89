/// GET /openapi.json: every endpoint, as this server takes it, in OpenAPI 3.1. Pure.
#pragma once

#include "actors/service_mail.hpp"
#include "net/limits.hpp"

#include <cstdint>
#include <string>

namespace hawser::net {

/// What differs between two servers.
struct api_facts {
  std::string version;
  std::string model;             ///< empty: not known yet
  std::uint32_t vocabulary = 1;  ///< tokens; at least 1
  std::uint32_t width = 1;       ///< of an embedding; at least 1
  bool has_chat_template = true;
  bool thinks = false;  ///< its template shows thoughts
  bool keys = false;    ///< callers need one
  text_limits limits;
};

[[nodiscard]] api_facts api_facts_of(const actors::service_state& state);

/// Costs as much as reading a body of 60 KB: not for a strand.
[[nodiscard]] std::string openapi_page(const api_facts& facts);

/// A pattern of the numbers from 0 to `last` in decimal digits, zeros before them included.
[[nodiscard]] std::string number_pattern(std::uint32_t last);

}  // namespace hawser::net
