#include "model/gguf_writer.hpp"

namespace hawser::model {

void gguf_writer::add_raw(std::string_view key, value_type type, std::span<const std::byte> value) {
  metadata_.put_string(key);
  metadata_.put(static_cast<std::uint32_t>(type));
  metadata_.put(value);
  ++keys_;
}

void gguf_writer::add_value(std::string_view key, const metadata_value& value) {
  if (value.type() == value_type::array) {
    begin_array(key, value.element_type(), value.count());
    metadata_.put(value.bytes());
  } else if (value.type() == value_type::string) {
    add_string(key, *value.string());
  } else {
    add_raw(key, value.type(), value.bytes());
  }
}

void gguf_writer::add_u32(std::string_view key, std::uint32_t value) {
  add_raw(key, value_type::u32, {});
  metadata_.put(value);
}

void gguf_writer::add_f32(std::string_view key, float value) {
  add_raw(key, value_type::f32, {});
  metadata_.put(value);
}

void gguf_writer::add_bool(std::string_view key, bool value) {
  add_raw(key, value_type::boolean, {});
  metadata_.put(static_cast<std::uint8_t>(value));
}

void gguf_writer::add_string(std::string_view key, std::string_view value) {
  add_raw(key, value_type::string, {});
  metadata_.put_string(value);
}

void gguf_writer::begin_array(std::string_view key, value_type element, std::size_t count) {
  add_raw(key, value_type::array, {});
  metadata_.put(static_cast<std::uint32_t>(element));
  metadata_.put<std::uint64_t>(count);
}

void gguf_writer::add_strings(std::string_view key, std::span<const std::string> values) {
  begin_array(key, value_type::string, values.size());
  for (const auto& value : values) metadata_.put_string(value);
}

void gguf_writer::add_i32s(std::string_view key, std::span<const std::int32_t> values) {
  begin_array(key, value_type::i32, values.size());
  metadata_.put(std::as_bytes(values));
}

void gguf_writer::add_f32s(std::string_view key, std::span<const float> values) {
  begin_array(key, value_type::f32, values.size());
  metadata_.put(std::as_bytes(values));
}

void gguf_writer::add_bools(std::string_view key, const std::vector<bool>& values) {
  begin_array(key, value_type::boolean, values.size());
  for (const bool value : values) metadata_.put(static_cast<std::uint8_t>(value));
}

void gguf_writer::add_tensor(std::string_view name, tensor_type type, std::span<const std::uint64_t> dims,
                             std::uint64_t size) {
  tensors_.push_back({std::string(name), type, {dims.begin(), dims.end()}, data_size_});
  data_size_ += (size + alignment_ - 1) / alignment_ * alignment_;
}

std::vector<std::byte> gguf_writer::header() const {
  byte_sink out;
  out.put(std::as_bytes(std::span("GGUF", 4)));
  out.put(version_);
  out.put<std::uint64_t>(tensors_.size());
  out.put(keys_);
  out.put(metadata_.bytes());
  for (const entry& tensor : tensors_) {
    out.put_string(tensor.name);
    out.put(static_cast<std::uint32_t>(tensor.dims.size()));
    for (const std::uint64_t dim : tensor.dims) out.put(dim);
    out.put(static_cast<std::uint32_t>(tensor.type));
    out.put(tensor.offset);
  }
  out.pad_to(static_cast<std::size_t>(alignment_));
  return out.bytes();
}

}  // namespace hawser::model
