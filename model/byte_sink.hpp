/// Bytes of a file that grow by little-endian values: the inverse of byte_cursor.
#pragma once

#include "model/byte_cursor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hawser::model {

class byte_sink {
 public:
  void put(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  template <class T>
    requires std::is_arithmetic_v<T>
  void put(T value) {
    put(std::as_bytes(std::span<const T, 1>(&value, 1)));
  }

  /// Its length in eight bytes, then the text.
  void put_string(std::string_view text) {
    put<std::uint64_t>(text.size());
    put(std::as_bytes(std::span(text.data(), text.size())));
  }

  void pad_to(std::size_t multiple) { bytes_.resize((bytes_.size() + multiple - 1) / multiple * multiple); }

  [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace hawser::model
