/// A weight matrix of a file, repacked once so that kernels load whole registers.
#pragma once

#include "cpu/kernels/kernel_set.hpp"
#include "model/error.hpp"
#include "model/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace hawser::cpu {

/// A packed matrix in memory that somebody else owns (packed_model).
struct packed_matrix {
  packed_view view;
  std::uint32_t rows = 0;  ///< without the padding to whole blocks

  [[nodiscard]] bool empty() const noexcept { return rows == 0; }
  /// Row blocks [first, first + count).
  [[nodiscard]] packed_view blocks(std::uint32_t first, std::uint32_t count) const noexcept {
    packed_view part = view;
    part.data += first * row_block_bytes(view.format, view.columns);
    part.row_blocks = count;
    return part;
  }
};

[[nodiscard]] weight_format format_of(model::tensor_type type) noexcept;

/// Bytes that `rows` x `columns` of this type take when packed.
[[nodiscard]] std::size_t packed_bytes(model::tensor_type type, std::size_t rows,
                                       std::size_t columns) noexcept;

/// Packs rows [16 * block, 16 * block + 16) of `from` to `to` [row_block_bytes]; missing rows become zero.
/// Any number of threads may pack different blocks.
void pack_block(const model::tensor_view& from, std::uint64_t block, std::byte* to) noexcept;

/// Row `row` as floats [columns], exactly as the file's own values.
void unpack_row(const packed_view& from, std::uint32_t row, std::span<float> out) noexcept;

}  // namespace hawser::cpu
