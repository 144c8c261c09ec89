/// SHA-1 (FIPS 180-4), for the handshake of WebSockets, which asks for it by name. Not for secrets. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hawser::net {

[[nodiscard]] std::array<std::uint8_t, 20> sha1(std::string_view bytes);

}  // namespace hawser::net
