/// The bytes of every token, and the way back from bytes to a token.
#pragma once

#include "model/token.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::model {

/// The bytes of tokens 0, 1, ... in one block of memory.
class token_pieces {
 public:
  void add(std::string_view bytes);

  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }

  /// Empty for an id that there is not.
  [[nodiscard]] std::string_view operator[](token_id id) const noexcept {
    if (id < 0 || static_cast<std::size_t>(id) >= ends_.size()) return {};
    const auto i = static_cast<std::size_t>(id);
    const std::size_t start = i == 0 ? 0 : ends_[i - 1];
    return std::string_view{bytes_}.substr(start, ends_[i] - start);
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

/// Bytes to token, for tokens that are added one by one. The pieces are the caller's and outlive the index.
class piece_index {
 public:
  /// Room for `count` tokens.
  explicit piece_index(std::size_t count = 0);

  /// Of two tokens with the same bytes the first added stays. False: there was one already, or no room.
  bool add(const token_pieces& pieces, token_id id);

  /// no_token when there is none.
  [[nodiscard]] token_id find(const token_pieces& pieces, std::string_view bytes) const noexcept;

  [[nodiscard]] std::size_t longest() const noexcept {
    return longest_;
  }  ///< bytes of the longest token in it

 private:
  struct slot {
    std::uint32_t hash = 0;
    token_id id = no_token;
  };

  [[nodiscard]] std::size_t slot_of(const token_pieces& pieces, std::string_view bytes,
                                    std::uint32_t hash) const noexcept;

  std::vector<slot> slots_;
  std::size_t room_ = 0;
  std::size_t longest_ = 0;
};

}  // namespace hawser::model
