#include "actors/page_hash.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace hawser::actors {
namespace {

class sip {
 public:
  explicit sip(const hash_key& key) noexcept
      : a_(key[0] ^ 0x736f6d6570736575ull), b_(key[1] ^ 0x646f72616e646f6dull ^ 0xee),
        c_(key[0] ^ 0x6c7967656e657261ull), d_(key[1] ^ 0x7465646279746573ull) {}

  void take(std::uint64_t word) noexcept {
    d_ ^= word;
    round();
    round();
    a_ ^= word;
  }

  [[nodiscard]] page_hash done() noexcept {
    c_ ^= 0xee;
    const std::uint64_t low = four_rounds();
    b_ ^= 0xdd;
    return {low, four_rounds()};
  }

 private:
  void round() noexcept {
    a_ += b_;
    b_ = std::rotl(b_, 13) ^ a_;
    a_ = std::rotl(a_, 32);
    c_ += d_;
    d_ = std::rotl(d_, 16) ^ c_;
    a_ += d_;
    d_ = std::rotl(d_, 21) ^ a_;
    c_ += b_;
    b_ = std::rotl(b_, 17) ^ c_;
    c_ = std::rotl(c_, 32);
  }

  std::uint64_t four_rounds() noexcept {
    for (int i = 0; i < 4; ++i) round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

  std::uint64_t a_, b_, c_, d_;
};

// Whole words little-endian, then the rest with the length's lowest byte on top.
void take_all(sip& in, std::string_view bytes, std::size_t before) noexcept {
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    in.take(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(before + bytes.size()) << 56;
  for (std::size_t i = 0; at + i < bytes.size(); ++i)
    last |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  in.take(last);
}

}  // namespace

page_hash hash_bytes(const hash_key& key, std::string_view bytes) noexcept {
  sip in(key);
  take_all(in, bytes, 0);
  return in.done();
}

page_hash hash_page(const hash_key& key, const page_hash& before,
                    std::span<const model::token_id> tokens) noexcept {
  sip in(key);
  in.take(before.low);
  in.take(before.high);
  take_all(in, {reinterpret_cast<const char*>(tokens.data()), tokens.size_bytes()}, 16);
  return in.done();
}

}  // namespace hawser::actors
