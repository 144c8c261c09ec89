#include "model/quantize_plan.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace hawser::model {
namespace {

constexpr std::string_view embedding_name = "token_embd.weight";
constexpr std::string_view output_name = "output.weight";
constexpr std::string_view file_type_key = "general.file_type";
constexpr std::string_view version_key = "general.quantization_version";
constexpr std::uint32_t quantization_version = 2;

/// general.file_type of a file that holds mostly this type.
std::uint32_t file_type_of(tensor_type type) noexcept {
  switch (type) {
  case tensor_type::f32:
    return 0;
  case tensor_type::f16:
    return 1;
  case tensor_type::q4_0:
    return 2;
  case tensor_type::q4_1:
    return 3;
  case tensor_type::q8_0:
    return 7;
  case tensor_type::q5_0:
    return 8;
  case tensor_type::q5_1:
    return 9;
  case tensor_type::q4_k:
    return 14;
  case tensor_type::q5_k:
    return 16;
  case tensor_type::q6_k:
    return 18;
  case tensor_type::bf16:
    return 32;
  }
  return 0;
}

/// Vectors; and matrices that the format's other users keep exact: norms, and a router's choice of experts.
bool stays_float(const tensor_view& tensor) noexcept {
  return tensor.rank < 2 || tensor.rows() == 1 || tensor.name.find("_norm.") != std::string_view::npos ||
         tensor.name.find("ffn_gate_inp.") != std::string_view::npos;
}

bool fits(const tensor_view& tensor, tensor_type type) noexcept {
  return tensor.columns() % shape_of(type).values == 0;
}

tensor_type smaller_blocks(tensor_type type) noexcept {
  switch (type) {
  case tensor_type::q4_k:
    return tensor_type::q5_0;
  case tensor_type::q5_k:
    return tensor_type::q5_1;
  case tensor_type::q6_k:
    return tensor_type::q8_0;
  default:
    return tensor_type::f16;
  }
}

tensor_type asked_for(const tensor_view& tensor, const quantize_request& asked, bool has_head) {
  const std::string name(tensor.name);
  for (const quantize_exception& one : asked.keep) {
    if (std::regex_search(name, one.names)) return one.type;
  }
  if (tensor.name == output_name) return asked.output.value_or(asked.type);
  if (tensor.name != embedding_name) return asked.type;
  if (asked.embedding) return *asked.embedding;
  return has_head ? asked.type : asked.output.value_or(asked.type);
}

planned_tensor plan_tensor(const tensor_view& tensor, const quantize_request& asked, bool has_head) {
  planned_tensor made{&tensor, tensor_type::f32, tensor_type::f32, quantize_reason::small};
  if (stays_float(tensor)) return made;
  made.asked = asked_for(tensor, asked, has_head);
  made.type = made.asked;
  made.reason = quantize_reason::asked;
  while (!fits(tensor, made.type)) {
    made.type = smaller_blocks(made.type);
    made.reason = quantize_reason::short_row;
  }
  return made;
}

}  // namespace

std::uint64_t planned_tensor::size() const noexcept {
  const block_shape shape = shape_of(type);
  return from->rows() * (from->columns() / shape.values) * shape.bytes;
}

std::vector<planned_tensor> plan_quantization(const gguf_file& file, const quantize_request& asked) {
  const bool has_head = file.find_tensor(output_name) != nullptr;
  std::vector<planned_tensor> plan;
  plan.reserve(file.tensors().size());
  for (const tensor_view& tensor : file.tensors()) plan.push_back(plan_tensor(tensor, asked, has_head));
  return plan;
}

gguf_writer quantized_header(const gguf_file& file, tensor_type type, std::span<const planned_tensor> plan) {
  gguf_writer out(file.alignment(), file.version());
  const auto add = [&](std::string_view key) {
    out.add_u32(key, key == version_key ? quantization_version : file_type_of(type));
  };
  for (const auto& [key, value] : file.metadata()) {
    if (key == file_type_key || key == version_key)
      add(key);
    else
      out.add_value(key, value);
  }
  for (const std::string_view key : {file_type_key, version_key}) {
    if (file.find(key) == nullptr) add(key);
  }
  for (const planned_tensor& one : plan) {
    const auto dims = std::span(one.from->dims).first(one.from->rank);
    out.add_tensor(one.from->name, one.type, dims, one.size());
  }
  return out;
}

std::optional<tensor_type> tensor_type_named(std::string_view name) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  std::string wanted(name);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), upper);
  for (std::uint32_t number = 0; number <= static_cast<std::uint32_t>(tensor_type::bf16); ++number) {
    const auto type = static_cast<tensor_type>(number);
    if (shape_of(type).bytes != 0 && name_of(type) == wanted) return type;
  }
  return std::nullopt;
}

}  // namespace hawser::model
