/// Tokens that are matched in a text before everything else: user-defined ones, and control tokens when asked
/// for.
#pragma once

#include "model/token.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::model {

/// Finds the leftmost token, and of those that begin there the longest.
class special_tokens {
 public:
  /// An empty text is left out; of equal texts the lowest id stays.
  void add(std::string text, token_id id);
  /// Call once, after the last add().
  void sort();

  struct match {
    std::size_t at;
    std::size_t bytes;
    token_id id;
  };

  /// The first match that begins at `from` or later.
  [[nodiscard]] std::optional<match> find(std::string_view text, std::size_t from) const noexcept;

 private:
  struct entry {
    std::string text;
    token_id id;
  };

  [[nodiscard]] const entry* longest_at(std::string_view text) const noexcept;

  std::vector<entry> entries_;  ///< by text
  std::array<std::uint32_t, 257>
      first_bytes_{};  ///< entries that begin with b: [first_bytes_[b], first_bytes_[b + 1])
};

}  // namespace hawser::model
