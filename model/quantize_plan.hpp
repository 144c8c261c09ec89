/// Which type each tensor of a file gets when the file is quantized, and the file that comes of it. Pure.
#pragma once

#include "model/gguf.hpp"
#include "model/gguf_writer.hpp"
#include "model/tensor.hpp"

#include <cstdint>
#include <optional>
#include <regex>
#include <string_view>
#include <vector>

namespace hawser::model {

/// Tensors whose names match get this type.
struct quantize_exception {
  std::regex names;
  tensor_type type{};
};

struct quantize_request {
  tensor_type type = tensor_type::q8_0;
  std::optional<tensor_type> embedding;  ///< of token_embd.weight
  std::optional<tensor_type>
      output;  ///< of output.weight; of token_embd.weight in files that have no other head
  std::vector<quantize_exception> keep;  ///< the first that matches counts, before everything else
};

/// Why a tensor gets its type.
enum class quantize_reason : std::uint8_t {
  asked,      ///< the request says so
  small,      ///< norms, biases and other vectors become F32: they are few, and matter
  short_row,  ///< its rows are no whole number of the asked type's blocks
};

struct planned_tensor {
  const tensor_view* from = nullptr;
  tensor_type asked{};
  tensor_type type{};
  quantize_reason reason{};

  [[nodiscard]] std::uint64_t size() const noexcept;
};

/// In the file's order. Rows of 32 that a K-quant cannot take get Q5_0 for Q4_K, Q5_1 for Q5_K, Q8_0 for
/// Q6_K, which are no smaller and no worse; what is no multiple of 32 gets F16.
[[nodiscard]] std::vector<planned_tensor> plan_quantization(const gguf_file& file,
                                                            const quantize_request& asked);

/// The new file: metadata as in `file` but for general.file_type and general.quantization_version, tensors as
/// planned.
[[nodiscard]] gguf_writer quantized_header(const gguf_file& file, tensor_type type,
                                           std::span<const planned_tensor> plan);

/// "q4_1", "Q4_1": by the names of tensor types, in either case.
[[nodiscard]] std::optional<tensor_type> tensor_type_named(std::string_view name);

}  // namespace hawser::model
