#include "gpu/weight_slice.hpp"

#include <algorithm>
#include <cstring>

namespace hawser::gpu {

void gather(const weight_slice& slice, std::size_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const std::size_t row = slice.first_row + offset / slice.width;
    const std::size_t within = offset % slice.width;
    // Whole rows that lie side by side are one copy.
    const bool whole = slice.width == slice.row_bytes;
    const std::size_t bytes = whole ? out.size() : std::min(out.size(), slice.width - within);
    std::memcpy(out.data(), slice.bytes + row * slice.row_bytes + slice.skip + within, bytes);
    out = out.subspan(bytes);
    offset += bytes;
  }
}

}  // namespace hawser::gpu
