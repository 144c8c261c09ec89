/// Ids and sampling seeds from one secret: the same server run twice with the same seed gives the same ones,
/// and who has seen some cannot say others. An id is all that a response is asked for by.
#pragma once

#include "net/sip_hash.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace hawser::net {

/// Any thread.
class chance {
 public:
  /// 0: a secret of the system's.
  explicit chance(std::uint64_t seed);
  explicit chance(const sip_key& secret) noexcept : secret_(secret) {}

  [[nodiscard]] std::uint64_t draw() noexcept {
    return sip_hash(secret_, drawn_.fetch_add(1, std::memory_order_relaxed));
  }

  /// 16 hexadecimal digits.
  [[nodiscard]] std::string id();

 private:
  sip_key secret_{};
  std::atomic<std::uint64_t> drawn_{0};
};

}  // namespace hawser::net
