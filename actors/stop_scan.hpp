/// Finds the first of several stop strings in a text that comes in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::actors {

/// The first to be complete wins; among those complete at one byte, the longest. Linear in the text for each
/// stop string (Knuth, Morris and Pratt 1977), whatever the pieces are.
class stop_scan {
 public:
  explicit stop_scan(std::vector<std::string> stops);

  struct found {
    std::size_t end = 0;  ///< bytes of the piece up to and with the match
    const std::string* stop = nullptr;
  };

  /// Reads `piece`; stops at the first match.
  [[nodiscard]] found read(std::string_view piece);
  /// How many of the bytes read last may be the beginning of a stop string.
  [[nodiscard]] std::size_t suspicious() const noexcept;
  [[nodiscard]] bool idle() const noexcept { return stops_.empty(); }

 private:
  struct pattern {
    std::string text;
    std::vector<std::uint32_t> fallback;  // [size + 1] the longest proper border of each prefix
    std::uint32_t matched = 0;
  };

  std::vector<pattern> stops_;
};

}  // namespace hawser::actors
