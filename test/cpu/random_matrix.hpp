/// A matrix of any file type with random contents, and the floats that it stands for.
#pragma once

#include "cpu/packed_matrix.hpp"
#include "model/tensor.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

namespace hawser::test {

inline constexpr std::array all_types = {
    model::tensor_type::q4_0, model::tensor_type::q4_1, model::tensor_type::q4_k, model::tensor_type::q5_0,
    model::tensor_type::q5_1, model::tensor_type::q5_k, model::tensor_type::q6_k, model::tensor_type::q8_0,
    model::tensor_type::f16,  model::tensor_type::bf16, model::tensor_type::f32};

/// Offsets of the f16 scales inside a block of a type.
inline std::vector<std::size_t> half_scales(model::tensor_type type) {
  switch (type) {
  case model::tensor_type::q4_1:
  case model::tensor_type::q5_1:
  case model::tensor_type::q4_k:
  case model::tensor_type::q5_k:
    return {0, 2};
  case model::tensor_type::q6_k:
    return {208};
  case model::tensor_type::f32:
  case model::tensor_type::bf16:
  case model::tensor_type::f16:
    return {};
  default:
    return {0};
  }
}

struct random_matrix {
  random_matrix(model::tensor_type type, std::uint32_t rows, std::uint32_t columns, unsigned seed)
      : values(std::size_t{rows} * columns) {
    std::mt19937 chance(seed);
    std::normal_distribution<float> normal(0.0f, 0.05f);
    const model::block_shape shape = model::shape_of(type);
    bytes.resize(values.size() / shape.values * shape.bytes);
    if (model::quantize(type, values, bytes) && type != model::tensor_type::q8_0) {
      for (float& v : values) v = normal(chance);
      model::quantize(type, values, bytes).value();
    } else {
      for (std::byte& b : bytes) b = static_cast<std::byte>(chance());
      for (std::size_t block = 0; block < bytes.size(); block += shape.bytes)
        for (const std::size_t at : half_scales(type)) {
          const std::uint16_t half = model::float_to_half(normal(chance) * 0.05f);
          std::memcpy(bytes.data() + block + at, &half, sizeof half);
        }
    }
    view.type = type;
    view.rank = 2;
    view.dims = {columns, rows, 1, 1};
    view.data = bytes;
    model::dequantize(type, bytes, values);
    const std::size_t step = cpu::row_block_bytes(cpu::format_of(type), columns);
    const std::uint32_t blocks = (rows + cpu::block_rows - 1) / cpu::block_rows;
    memory.resize(step * blocks / sizeof(line));
    auto* const to = reinterpret_cast<std::byte*>(memory.data());
    for (std::uint32_t b = 0; b < blocks; ++b) cpu::pack_block(view, b, to + b * step);
    packed = {to, cpu::format_of(type), columns, blocks};
  }

  struct alignas(64) line {
    std::byte bytes[64];
  };
  std::vector<float> values;
  std::vector<std::byte> bytes;
  std::vector<line> memory;
  model::tensor_view view;
  cpu::packed_view packed;
};

}  // namespace hawser::test
