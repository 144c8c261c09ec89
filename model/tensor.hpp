/// Tensor types of GGUF files, and rows of them turned into floats.
#pragma once

#include "model/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hawser::model {

/// The numbers are those of the GGUF format.
enum class tensor_type : std::uint32_t {
  f32 = 0,
  f16 = 1,
  q4_0 = 2,
  q4_1 = 3,
  q5_0 = 6,
  q5_1 = 7,
  q8_0 = 8,
  q4_k = 12,
  q5_k = 13,
  q6_k = 14,
  bf16 = 30,
};

/// Shape of one block of a type: `values` consecutive values of a row are stored in `bytes` bytes.
struct block_shape {
  std::uint32_t values = 1;
  std::uint32_t bytes = 0;
};

/// "Q4_1", "F32", ...: the names that files and people use.
[[nodiscard]] std::string_view name_of(tensor_type type) noexcept;
/// Empty for a number that hawser does not support.
[[nodiscard]] result<tensor_type> tensor_type_from(std::uint32_t number);
[[nodiscard]] block_shape shape_of(tensor_type type) noexcept;

/// A tensor inside a mapped file. dims[0] is the fastest-moving dimension (the row length), as in GGUF;
/// a matrix of R rows with K columns has dims {K, R, 1, 1}. `data` lives as long as the file is mapped.
struct tensor_view {
  std::string_view name;
  tensor_type type{};
  std::uint32_t rank = 0;
  std::array<std::uint64_t, 4> dims{1, 1, 1, 1};
  std::span<const std::byte> data;

  [[nodiscard]] std::uint64_t columns() const noexcept { return dims[0]; }
  [[nodiscard]] std::uint64_t rows() const noexcept { return dims[1] * dims[2] * dims[3]; }
  [[nodiscard]] std::size_t row_bytes() const noexcept;
  [[nodiscard]] std::span<const std::byte> row(std::uint64_t index) const noexcept {
    return data.subspan(index * row_bytes(), row_bytes());
  }
};

/// Turns `out.size()` values (a whole number of blocks of `type`) stored at `from` into floats.
void dequantize(tensor_type type, std::span<const std::byte> from, std::span<float> out) noexcept;
/// The inverse. F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0 and Q5_1 round as the format's reference quantizer
/// does, bit for bit; the scales of Q4_K, Q5_K and Q6_K, for which there is none, are searched for the least
/// square error. A block that holds an infinity or NaN has no quantized form: what comes out of it is
/// unspecified.
[[nodiscard]] result<void> quantize(tensor_type type, std::span<const float> from, std::span<std::byte> out);

[[nodiscard]] float half_to_float(std::uint16_t bits) noexcept;
[[nodiscard]] std::uint16_t float_to_half(float value) noexcept;  // round to nearest, ties to even

}  // namespace hawser::model
