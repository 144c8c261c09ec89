/// How keys and values of one head lie in a page.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hawser::cpu {

/// bf16, f16: 16 bits a value. q8_0: 8 bits and an f16 scale for each 32 dimensions of a position.
enum class kv_type : std::uint8_t { bf16, f16, q8_0 };

inline constexpr std::size_t kv_types = 3;
inline constexpr std::size_t kv_group = 32;  ///< dimensions that share a scale

[[nodiscard]] constexpr std::size_t kv_groups(std::size_t padded_dim) {
  return (padded_dim + kv_group - 1) / kv_group;
}

/// Bytes of a page's keys of one head of one layer, and of its values: a multiple of 64.
[[nodiscard]] constexpr std::size_t kv_half_bytes(kv_type type, std::size_t padded_dim,
                                                  std::size_t page_tokens) {
  if (type != kv_type::q8_0) return padded_dim * page_tokens * 2;
  return padded_dim * page_tokens + (kv_groups(padded_dim) * page_tokens * 2 + 63) / 64 * 64;
}

/// Room for a page of q8_0 as 16-bit pairs, and for its scales as floats.
[[nodiscard]] constexpr std::size_t unpacked_bytes(std::size_t padded_dim, std::size_t page_tokens) {
  return 2 * padded_dim * page_tokens * 2 + kv_groups(padded_dim) * page_tokens * 4 + 192;
}

/// One head's keys and values of one layer, in pages. Of 16 bits, keys are [head_dim / 2][page_tokens][2] and
/// values [page_tokens / 2][head_dim][2], so that a register holds a pair of values for each position (or
/// dimension). Of 8 bits, keys are [head_dim][page_tokens] with scales [head_dim / 32][page_tokens] behind
/// them, values [page_tokens][head_dim] with scales [page_tokens][head_dim / 32].
struct kv_view {
  std::byte* pool = nullptr;     ///< keys of this layer and head in page 0
  std::size_t page_bytes = 0;    ///< from a page to the next
  std::size_t value_offset = 0;  ///< from a page's keys to its values
  const std::uint32_t* table = nullptr;
  std::uint32_t page_tokens = 0;  ///< 16, 32 or 64
  std::uint32_t head_dim = 0;     ///< padded to a multiple of 16

  [[nodiscard]] std::byte* keys(std::size_t position) const noexcept {
    return pool + std::size_t{table[position / page_tokens]} * page_bytes;
  }
};

/// One head's key and value at one position [dim].
struct kv_row {
  const float* key = nullptr;
  const float* value = nullptr;
};

}  // namespace hawser::cpu
