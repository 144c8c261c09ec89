/// Writes small GGUF files in memory, for tests: valid ones, and pieces of ones that are not.
#pragma once

#include "model/byte_sink.hpp"
#include "model/gguf_writer.hpp"
#include "model/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hawser::test {

using model::byte_sink;

/// The product's writer, with the tensors' data beside it. The alignment is 32.
class gguf_writer : public model::gguf_writer {
 public:
  explicit gguf_writer(std::uint32_t version = 3) : model::gguf_writer(32, version) {}

  /// `data` need not be what the shape says.
  void add_tensor(std::string_view name, model::tensor_type type, std::vector<std::uint64_t> dims,
                  std::vector<std::byte> data);

  [[nodiscard]] std::vector<std::byte> finish() const;

 private:
  std::vector<std::vector<std::byte>> data_;
};

}  // namespace hawser::test
