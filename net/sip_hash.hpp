/// SipHash-2-4 (Aumasson, Bernstein 2012): a keyed function of short inputs. Who does not have the key cannot
/// tell its values from chance, however many were seen. Pure.
#pragma once

#include <array>
#include <cstdint>

namespace hawser::net {

using sip_key = std::array<std::uint64_t, 2>;

/// Of one word of eight bytes, least significant first.
[[nodiscard]] std::uint64_t sip_hash(const sip_key& key, std::uint64_t word) noexcept;

}  // namespace hawser::net
