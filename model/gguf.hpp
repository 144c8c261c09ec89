/// GGUF v2 and v3: a model file mapped read-only, every offset, count and size proven before use.
///
/// Limits (docs/gguf.md): 65,536 tensors, 65,536 keys, names of tensors up to 64 bytes, 4 dimensions,
/// alignment a power of two up to 1 MiB, strings and arrays no longer than the bytes that are left in the
/// file.
#pragma once

#include "model/error.hpp"
#include "model/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::model {

/// The numbers are those of the GGUF format.
enum class value_type : std::uint32_t {
  u8 = 0,
  i8 = 1,
  u16 = 2,
  i16 = 3,
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  string = 8,
  array = 9,
  u64 = 10,
  i64 = 11,
  f64 = 12,
};

[[nodiscard]] std::string_view name_of(value_type type) noexcept;

/// One key of the metadata. Values are read in place: nothing is copied until it is asked for.
/// The typed getters convert between integer widths when the value fits, and answer nothing otherwise.
class metadata_value {
 public:
  [[nodiscard]] value_type type() const noexcept { return type_; }
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  [[nodiscard]] std::optional<double> number() const noexcept;  // floats and integers
  [[nodiscard]] std::optional<bool> boolean() const noexcept;
  [[nodiscard]] std::optional<std::string_view> string() const noexcept;

  /// Arrays. Element type and count are known at once; elements are read in order.
  [[nodiscard]] value_type element_type() const noexcept { return element_; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::optional<std::vector<std::string_view>> strings() const;
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integers() const;  // booleans count as 0 and 1
  [[nodiscard]] std::optional<std::vector<float>> numbers() const;

  /// As it stands in the file: of a string its characters, of an array its elements.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  friend class gguf_reader;
  value_type type_{};
  value_type element_{};
  std::uint64_t count_ = 1;
  std::span<const std::byte> bytes_;  // of a string: its characters; of an array: its elements
};

/// Immutable once open; every view that it hands out lives as long as any copy of the shared pointer.
class gguf_file {
 public:
  [[nodiscard]] static result<std::shared_ptr<const gguf_file>> open(const std::string& path);
  /// The same from memory (tests, embedded models); `bytes` must outlive the file.
  [[nodiscard]] static result<std::shared_ptr<const gguf_file>> parse(std::span<const std::byte> bytes,
                                                                      std::string name);

  virtual ~gguf_file() = default;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint32_t version() const noexcept { return version_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Every tensor's data starts at a multiple of it.
  [[nodiscard]] std::uint64_t alignment() const noexcept { return alignment_; }
  [[nodiscard]] std::span<const tensor_view> tensors() const noexcept { return tensors_; }
  [[nodiscard]] const tensor_view* find_tensor(std::string_view name) const noexcept;
  /// In file order.
  [[nodiscard]] std::span<const std::pair<std::string_view, metadata_value>> metadata() const noexcept {
    return metadata_;
  }
  [[nodiscard]] const metadata_value* find(std::string_view key) const noexcept;

  /// Tells the system that the pages of the tensors are not needed any more (after a backend has repacked
  /// them).
  virtual void release_pages() const noexcept {}

 protected:
  gguf_file() = default;
  std::string path_;
  std::uint32_t version_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t alignment_ = 32;
  std::vector<tensor_view> tensors_;
  std::vector<std::pair<std::string_view, metadata_value>> metadata_;
  std::vector<std::uint32_t> tensors_by_name_;  // indices, sorted by what they stand for
  std::vector<std::uint32_t> keys_by_name_;
};

}  // namespace hawser::model
