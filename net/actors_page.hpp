/// The live actors of the program as JSON, for `hawser top`. Pure.
#pragma once

#include "net/http_request.hpp"
#include "runtime/clock.hpp"
#include "runtime/registry.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

/// Siblings of one name beyond this many, all without children, are one entry that adds them up: a page of
/// 10,000 sessions helps nobody.
inline constexpr std::size_t actors_apart = 16;

/// {"hawser": version, "seconds": now, "actors": [...]}, parents before their children. `now` makes rates of
/// two pages; it counts from anywhere. An entry of many has the id of none: 0.
[[nodiscard]] std::string actors_page(const std::vector<runtime::actor_view>& actors, runtime::time_point now,
                                      std::string_view version);

/// Did a proxy hand the request on? Then who asks is not who is connected.
[[nodiscard]] bool was_forwarded(const http_request& request) noexcept;

}  // namespace hawser::net
