/// What of a matrix goes to a device: rows and bytes of each row, as one run of bytes that can be cut
/// anywhere.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace hawser::gpu {

/// A shard takes some rows (`first_row`, `rows`) and of each some bytes (`skip`, `width`): whole blocks of
/// the weight's type, which the caller sees to. The bytes must outlive the loading.
struct weight_slice {
  std::string name;
  const std::byte* bytes = nullptr;  ///< of the matrix's first row
  std::size_t row_bytes = 0;         ///< from one row to the next
  std::size_t first_row = 0;
  std::size_t rows = 0;
  std::size_t skip = 0;
  std::size_t width = 0;

  [[nodiscard]] std::size_t size() const noexcept { return rows * width; }
};

/// The slice's bytes from `offset` on, as many as `out` holds; there must be so many.
void gather(const weight_slice& slice, std::size_t offset, std::span<std::byte> out);

}  // namespace hawser::gpu
