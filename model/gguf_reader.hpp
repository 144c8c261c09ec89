/// The one pass over the bytes of a GGUF file that proves all of it. Inside model/ only.
#pragma once

#include "model/byte_cursor.hpp"
#include "model/gguf.hpp"
#include "model/wording.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::model {

/// Bytes of a value of this type; 0 for strings, arrays and unknown types.
[[nodiscard]] std::uint64_t fixed_size_of(value_type type) noexcept;

/// What read() proved; the views point into the bytes that it was given.
struct gguf_contents {
  std::uint32_t version = 0;
  std::vector<std::pair<std::string_view, metadata_value>> metadata;
  std::vector<tensor_view> tensors;
  std::vector<std::uint32_t> keys_by_name;
  std::vector<std::uint32_t> tensors_by_name;
  std::uint64_t alignment = 32;
  std::uint64_t data_start = 0;  ///< of the tensors' bytes
};

/// Time and memory are linear in the size of the file (n log n in its number of keys and tensors); memory is
/// taken only after the file was shown to be long enough to need it. Errors carry the name of the file, the
/// place and what was expected there.
class gguf_reader {
 public:
  gguf_reader(std::span<const std::byte> bytes, std::string_view name)
      : bytes_(bytes), cursor_(bytes), name_(name) {}

  [[nodiscard]] result<gguf_contents> read();

 private:
  struct tensor_place {
    std::uint64_t offset = 0;  // in the file
    std::uint64_t size = 0;
    std::uint32_t tensor = 0;
  };

  [[nodiscard]] result<void> read_header();
  [[nodiscard]] result<void> read_metadata();
  [[nodiscard]] result<metadata_value> read_value(std::string_view key);
  [[nodiscard]] result<metadata_value> read_array(std::string_view key);
  [[nodiscard]] result<void> skip_elements(std::string_view key, value_type element, std::uint64_t count,
                                           std::uint32_t depth);
  [[nodiscard]] result<void> skip_strings(std::string_view key, std::uint64_t count);
  [[nodiscard]] result<void> read_alignment();
  [[nodiscard]] result<void> read_tensors();
  [[nodiscard]] result<void> read_tensor();
  [[nodiscard]] result<std::uint64_t> read_shape(tensor_view& tensor);
  [[nodiscard]] result<void> place_tensors();
  [[nodiscard]] result<void> check_overlap();
  [[nodiscard]] result<void> sort_names();

  /// A string's characters; `what` is what it is for.
  [[nodiscard]] result<std::string_view> read_string(std::string_view what);

  template <class T>
  [[nodiscard]] result<T> read(std::string_view what) {
    const std::uint64_t at = cursor_.offset();
    const auto value = cursor_.take<T>();
    if (!value) return cut_short(what, at, sizeof(T));
    return *value;
  }

  template <class... Part>
  [[nodiscard]] error failed(errc cause, const Part&... parts) const {
    return wording::failed(cause, name_, ": ", parts..., ".");
  }

  /// "the value of key "x" at byte N needs M bytes, but the file ends ..."
  [[nodiscard]] error cut_short(std::string_view what, std::uint64_t at, std::uint64_t needed) const;

  std::span<const std::byte> bytes_;
  byte_cursor cursor_;
  std::string_view name_;
  std::uint64_t tensor_count_ = 0;
  std::uint64_t key_count_ = 0;
  std::vector<tensor_place> places_;
  gguf_contents contents_;
};

}  // namespace hawser::model
