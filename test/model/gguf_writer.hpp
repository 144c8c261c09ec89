/// Writes small GGUF files in memory, for tests: valid ones, and pieces of ones that are not.
#pragma once

#include "model/gguf.hpp"
#include "model/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hawser::test {

/// Bytes that grow by little-endian values.
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

/// Keys and tensors come out in the order in which they were added; the alignment is 32.
class gguf_writer {
 public:
  explicit gguf_writer(std::uint32_t version = 3) : version_(version) {}

  void add_u32(std::string_view key, std::uint32_t value);
  void add_f32(std::string_view key, float value);
  void add_bool(std::string_view key, bool value);
  void add_string(std::string_view key, std::string_view value);
  void add_strings(std::string_view key, std::span<const std::string> values);
  void add_i32s(std::string_view key, std::span<const std::int32_t> values);
  void add_f32s(std::string_view key, std::span<const float> values);
  void add_bools(std::string_view key, const std::vector<bool>& values);
  /// A value in the form that it has in the file, after its type.
  void add_raw(std::string_view key, model::value_type type, std::span<const std::byte> value);

  void add_tensor(std::string_view name, model::tensor_type type, std::vector<std::uint64_t> dims,
                  std::vector<std::byte> data);

  [[nodiscard]] std::vector<std::byte> finish() const;

 private:
  struct entry {
    std::string name;
    model::tensor_type type;
    std::vector<std::uint64_t> dims;
    std::vector<std::byte> data;
  };

  void begin_array(std::string_view key, model::value_type element, std::size_t count);

  std::uint32_t version_;
  std::uint64_t keys_ = 0;
  byte_sink metadata_;
  std::vector<entry> tensors_;
};

}  // namespace hawser::test
