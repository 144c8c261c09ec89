/// The endpoints that answer at once, from what is known already. Pure.
#pragma once

#include "actors/service_mail.hpp"
#include "net/response.hpp"
#include "net/route.hpp"

#include <string_view>

namespace hawser::net {

/// What /version says.
struct build_name {
  std::string_view version;
  std::string_view revision;  ///< of the sources
};

/// For every endpoint that neither generates, scrapes nor describes.
[[nodiscard]] response page(const route& where, const actors::service& core, const build_name& build);

/// Why nothing can be generated now, or null-status (0) when it can.
[[nodiscard]] api_error not_serving(actors::phase now);

}  // namespace hawser::net
