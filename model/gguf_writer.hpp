/// The bytes of a GGUF file before its tensors' data, and where that data goes. Pure: the data stays with
/// whoever writes the file, so a file may be larger than memory.
#pragma once

#include "model/byte_sink.hpp"
#include "model/gguf.hpp"
#include "model/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::model {

/// Keys and tensors come out in the order in which they were added. Names are not checked: the reader's
/// limits (docs/gguf.md) hold for what is written, too.
class gguf_writer {
 public:
  /// `alignment`: of the tensors' data. When it is not 32, the file needs the key general.alignment as well.
  explicit gguf_writer(std::uint64_t alignment = 32, std::uint32_t version = 3)
      : alignment_(alignment), version_(version) {}

  void add_u32(std::string_view key, std::uint32_t value);
  void add_f32(std::string_view key, float value);
  void add_bool(std::string_view key, bool value);
  void add_string(std::string_view key, std::string_view value);
  void add_strings(std::string_view key, std::span<const std::string> values);
  void add_i32s(std::string_view key, std::span<const std::int32_t> values);
  void add_f32s(std::string_view key, std::span<const float> values);
  void add_bools(std::string_view key, const std::vector<bool>& values);
  /// A value of another file, byte for byte.
  void add_value(std::string_view key, const metadata_value& value);
  /// A value in the form that it has in the file, after its type.
  void add_raw(std::string_view key, value_type type, std::span<const std::byte> value);

  /// dims[0] is the row length, as in tensor_view; `size` is what its data takes in bytes. The tensors' data
  /// follow one another, each at the next multiple of the alignment.
  void add_tensor(std::string_view name, tensor_type type, std::span<const std::uint64_t> dims,
                  std::uint64_t size);

  /// Everything before the first tensor's data, padded.
  [[nodiscard]] std::vector<std::byte> header() const;
  /// Of the data of the tensor that was added as number `index`, from the end of header() on.
  [[nodiscard]] std::uint64_t offset(std::size_t index) const { return tensors_[index].offset; }
  /// Of all the tensors' data, the last one's padded as well: other readers take that for granted.
  [[nodiscard]] std::uint64_t data_size() const noexcept { return data_size_; }

 private:
  struct entry {
    std::string name;
    tensor_type type;
    std::vector<std::uint64_t> dims;
    std::uint64_t offset;
  };

  void begin_array(std::string_view key, value_type element, std::size_t count);

  std::uint64_t alignment_;
  std::uint32_t version_;
  std::uint64_t keys_ = 0;
  byte_sink metadata_;
  std::vector<entry> tensors_;
  std::uint64_t data_size_ = 0;
};

}  // namespace hawser::model
