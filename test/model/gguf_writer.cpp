#include "test/model/gguf_writer.hpp"

#include <utility>

namespace hawser::test {

void gguf_writer::add_tensor(std::string_view name, model::tensor_type type, std::vector<std::uint64_t> dims,
                             std::vector<std::byte> data) {
  model::gguf_writer::add_tensor(name, type, dims, data.size());
  data_.push_back(std::move(data));
}

std::vector<std::byte> gguf_writer::finish() const {
  byte_sink out;
  out.put(header());
  for (const auto& data : data_) {
    out.pad_to(32);
    out.put(data);
  }
  return out.bytes();
}

}  // namespace hawser::test
