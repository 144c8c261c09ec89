#include "model/byte_cursor.hpp"
#include "model/gguf.hpp"
#include "model/gguf_reader.hpp"

#include <limits>
#include <type_traits>

namespace hawser::model {
namespace {

/// Calls `use` with the value of a fixed-size type that stands at the start of `bytes`.
template <class Use>
auto with_value(value_type type, std::span<const std::byte> bytes, Use use) -> decltype(use(std::int64_t{})) {
  switch (type) {
  case value_type::u8:
    return use(load<std::uint8_t>(bytes));
  case value_type::i8:
    return use(load<std::int8_t>(bytes));
  case value_type::u16:
    return use(load<std::uint16_t>(bytes));
  case value_type::i16:
    return use(load<std::int16_t>(bytes));
  case value_type::u32:
    return use(load<std::uint32_t>(bytes));
  case value_type::i32:
    return use(load<std::int32_t>(bytes));
  case value_type::u64:
    return use(load<std::uint64_t>(bytes));
  case value_type::i64:
    return use(load<std::int64_t>(bytes));
  case value_type::f32:
    return use(load<float>(bytes));
  case value_type::f64:
    return use(load<double>(bytes));
  case value_type::boolean:
    return use(bytes.front() != std::byte{0});
  case value_type::string:
  case value_type::array:
    break;
  }
  return {};
}

struct as_integer {
  template <class T>
  std::optional<std::int64_t> operator()(T value) const noexcept {
    if constexpr (std::is_floating_point_v<T>) {
      return std::nullopt;
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
      return static_cast<std::int64_t>(value);
    } else {
      return static_cast<std::int64_t>(value);
    }
  }
};

struct as_number {
  template <class T>
  std::optional<double> operator()(T value) const noexcept {
    if constexpr (std::is_same_v<T, bool>) {
      return std::nullopt;
    } else {
      return static_cast<double>(value);
    }
  }
};

/// The elements of an array of a fixed-size type, each through `Convert`; nothing when one of them does not
/// convert.
template <class T, class Convert>
std::optional<std::vector<T>> elements(value_type type, std::uint64_t count, std::span<const std::byte> bytes,
                                       Convert convert) {
  const std::uint64_t size = fixed_size_of(type);
  if (size == 0) return std::nullopt;
  std::vector<T> out;
  out.reserve(static_cast<std::size_t>(count));
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto value = with_value(type, bytes.subspan(at), convert);
    if (!value) return std::nullopt;
    out.push_back(static_cast<T>(*value));
  }
  return out;
}

}  // namespace

std::string_view name_of(value_type type) noexcept {
  switch (type) {
  case value_type::u8:
    return "u8";
  case value_type::i8:
    return "i8";
  case value_type::u16:
    return "u16";
  case value_type::i16:
    return "i16";
  case value_type::u32:
    return "u32";
  case value_type::i32:
    return "i32";
  case value_type::f32:
    return "f32";
  case value_type::boolean:
    return "bool";
  case value_type::string:
    return "string";
  case value_type::array:
    return "array";
  case value_type::u64:
    return "u64";
  case value_type::i64:
    return "i64";
  case value_type::f64:
    return "f64";
  }
  return "unknown";
}

std::uint64_t fixed_size_of(value_type type) noexcept {
  switch (type) {
  case value_type::u8:
  case value_type::i8:
  case value_type::boolean:
    return 1;
  case value_type::u16:
  case value_type::i16:
    return 2;
  case value_type::u32:
  case value_type::i32:
  case value_type::f32:
    return 4;
  case value_type::u64:
  case value_type::i64:
  case value_type::f64:
    return 8;
  case value_type::string:
  case value_type::array:
    return 0;
  }
  return 0;
}

std::optional<std::int64_t> metadata_value::integer() const noexcept {
  if (type_ == value_type::boolean) return std::nullopt;
  return with_value(type_, bytes_, as_integer{});
}

std::optional<double> metadata_value::number() const noexcept {
  return with_value(type_, bytes_, as_number{});
}

std::optional<bool> metadata_value::boolean() const noexcept {
  if (type_ != value_type::boolean) return std::nullopt;
  return bytes_.front() != std::byte{0};
}

std::optional<std::string_view> metadata_value::string() const noexcept {
  if (type_ != value_type::string) return std::nullopt;
  return as_text(bytes_);
}

std::optional<std::vector<std::string_view>> metadata_value::strings() const {
  if (type_ != value_type::array || element_ != value_type::string) return std::nullopt;
  std::vector<std::string_view> out;
  out.reserve(static_cast<std::size_t>(count_));
  byte_cursor cursor(bytes_);
  while (cursor.left() > 0) {
    const auto length = cursor.take<std::uint64_t>();
    const auto text = length ? cursor.take(*length) : std::nullopt;
    if (!text) return std::nullopt;
    out.push_back(as_text(*text));
  }
  return out;
}

std::optional<std::vector<std::int64_t>> metadata_value::integers() const {
  if (type_ != value_type::array) return std::nullopt;
  return elements<std::int64_t>(element_, count_, bytes_, as_integer{});
}

std::optional<std::vector<float>> metadata_value::numbers() const {
  if (type_ != value_type::array) return std::nullopt;
  return elements<float>(element_, count_, bytes_, as_number{});
}

}  // namespace hawser::model
