/// What the server takes and answers, as an OpenAPI document. Pure.
#pragma once

#include "actors/service_mail.hpp"
#include "net/limits.hpp"
#include "net/response.hpp"

#include <string>
#include <string_view>

namespace hawser::net {

/// The document of net/openapi.json with this server's figures: where a schema there has
/// "x-limit": {"maximum": "choices"}, its `maximum` is replaced by that limit. The model must be loaded.
[[nodiscard]] std::string api_description(const actors::service_state& model, const text_limits& limits,
                                          std::string_view version);

/// GET /openapi.json; 503 while the model is being loaded.
[[nodiscard]] response description_page(const actors::service_state& model, const text_limits& limits,
                                        std::string_view version);

}  // namespace hawser::net
