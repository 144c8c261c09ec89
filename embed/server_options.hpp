/// The configuration as each room wants it. Pure.
#pragma once

#include "actors/core_options.hpp"
#include "conf/settings.hpp"
#include "cpu/cpu_backend.hpp"
#include "embed/redis_options.hpp"
#include "net/net_options.hpp"

#include <cstdint>
#include <optional>

namespace hawser::embed {

[[nodiscard]] actors::core_options core_options_from(const conf::settings& all, std::uint32_t cores);
[[nodiscard]] cpu::cpu_options cpu_options_from(const conf::settings& all);
/// Nothing when there is no second tier. Throws failure (errc::configuration).
[[nodiscard]] std::optional<redis_options> redis_options_from(const conf::settings& all);

[[nodiscard]] net::net_options net_options_from(const conf::settings& all);

/// scheduling.seats, or fewer when max_concurrency says so.
[[nodiscard]] std::uint32_t seats_from(const conf::settings& all);

/// max_concurrency: as configured, or cores x 1.5, at least 1.
[[nodiscard]] std::uint32_t concurrency_from(const conf::settings& all, std::uint32_t cores);

}  // namespace hawser::embed
