/// The name of a prefix: a keyed hash over all of its tokens, made page by page.
#pragma once

#include "model/token.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace hawser::actors {

struct page_hash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const page_hash&, const page_hash&) = default;
};

using hash_key = std::array<std::uint64_t, 2>;

/// SipHash-2-4 with 128 bits (Aumasson and Bernstein 2012): without the key nobody can make two prefixes
/// meet.
[[nodiscard]] page_hash hash_bytes(const hash_key& key, std::string_view bytes) noexcept;

/// Of the prefix that ends with `tokens` and whose part before them has the hash `before`.
[[nodiscard]] page_hash hash_page(const hash_key& key, const page_hash& before,
                                  std::span<const model::token_id> tokens) noexcept;

}  // namespace hawser::actors
