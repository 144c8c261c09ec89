#include "net/sha1.hpp"

#include <bit>
#include <cstddef>
#include <string>

namespace hawser::net {
namespace {

constexpr std::size_t block_bytes = 64;

void add_block(std::array<std::uint32_t, 5>& hash, std::string_view block) {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t i = 0; i < block_bytes; ++i)
    w[i / 4] = (w[i / 4] << 8u) | static_cast<std::uint8_t>(block[i]);
  for (std::size_t i = 16; i < w.size(); ++i)
    w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  auto [a, b, c, d, e] = hash;
  for (std::size_t i = 0; i < w.size(); ++i) {
    std::uint32_t mixed = 0;
    if (i < 20) {
      mixed = ((b & c) | (~b & d)) + 0x5A827999u;
    } else if (i < 40) {
      mixed = (b ^ c ^ d) + 0x6ED9EBA1u;
    } else if (i < 60) {
      mixed = ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDCu;
    } else {
      mixed = (b ^ c ^ d) + 0xCA62C1D6u;
    }
    const std::uint32_t next = std::rotl(a, 5) + mixed + e + w[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  hash = {hash[0] + a, hash[1] + b, hash[2] + c, hash[3] + d, hash[4] + e};
}

}  // namespace

std::array<std::uint8_t, 20> sha1(std::string_view bytes) {
  std::array<std::uint32_t, 5> hash{0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u, 0xC3D2E1F0u};
  std::string padded(bytes);
  padded += '\x80';
  padded.append((block_bytes + 56 - padded.size() % block_bytes) % block_bytes, '\0');
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) padded += static_cast<char>((bits >> shift) & 0xffu);
  for (std::size_t at = 0; at < padded.size(); at += block_bytes)
    add_block(hash, std::string_view(padded).substr(at, block_bytes));
  std::array<std::uint8_t, 20> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(hash[i / 4] >> (24 - 8 * (i % 4)));
  return out;
}

}  // namespace hawser::net
