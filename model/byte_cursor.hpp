/// Reads little-endian fields from bytes that came from outside: it moves only over what is proven to be
/// there.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace hawser::model {

/// Values of GGUF files are little-endian; hawser is built for machines that are, too.
static_assert(std::endian::native == std::endian::little);

/// Copies a value from bytes that need not be aligned. `from` holds at least sizeof(T) bytes.
template <class T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] T load(std::span<const std::byte> from) noexcept {
  T value;
  std::memcpy(&value, from.data(), sizeof value);
  return value;
}

class byte_cursor {
 public:
  explicit byte_cursor(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t offset() const noexcept { return at_; }

  [[nodiscard]] std::uint64_t left() const noexcept { return bytes_.size() - at_; }

  /// Nothing, and no move, when fewer bytes are left.
  [[nodiscard]] std::optional<std::span<const std::byte>> take(std::uint64_t count) noexcept {
    if (count > left()) return std::nullopt;
    const auto taken = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return taken;
  }

  template <class T>
  [[nodiscard]] std::optional<T> take() noexcept {
    const auto taken = take(sizeof(T));
    if (!taken) return std::nullopt;
    return load<T>(*taken);
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace hawser::model
