#include "cpu/buffer.hpp"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

namespace hawser::cpu {

buffer::~buffer() {
  if (data_ != nullptr) munmap(data_, size_);
}

namespace {

constexpr std::size_t huge = std::size_t{2} << 20;

/// Anonymous memory at a multiple of `unit`; MAP_FAILED when the system gives none.
void* map_aligned(std::size_t size, std::size_t unit) {
  const std::size_t spare = unit > 4096 ? unit : 0;
  void* const at =
      mmap(nullptr, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED || spare == 0) return at;
  const std::size_t before = (unit - reinterpret_cast<std::uintptr_t>(at) % unit) % unit;
  std::byte* const begin = static_cast<std::byte*>(at) + before;
  if (before != 0) munmap(at, before);
  if (before != spare) munmap(begin + size, spare - before);
  return begin;
}

}  // namespace

void buffer::discard(std::size_t from, std::size_t bytes) const noexcept {
  constexpr std::size_t unit = 4096;
  const std::size_t begin = (from + unit - 1) / unit * unit;
  const std::size_t end = (from + bytes) / unit * unit;
  // A refusal leaves the memory where it is.
  if (begin < end && end <= size_) madvise(data_ + begin, end - begin, MADV_DONTNEED);
}

void buffer::spread(const std::set<int>& nodes) const noexcept {
  unsigned long mask[16] = {};
  constexpr int bits = 8 * sizeof mask[0];
  for (const int node : nodes)
    if (node >= 0 && node < 16 * bits) mask[node / bits] |= 1ul << node % bits;
  // The library for this call adds nothing to it.
  if (!nodes.empty() && size_ != 0) syscall(SYS_mbind, data_, size_, MPOL_INTERLEAVE, mask, 16 * bits, 0u);
}

model::result<buffer> buffer::make(std::size_t bytes, std::string_view purpose) {
  const std::size_t unit = bytes >= 4 * huge ? huge : 4096;
  const std::size_t size = (bytes + unit - 1) / unit * unit;
  if (size < bytes || size + huge < bytes || size == 0)
    return model::error{model::errc::bad_argument, "A buffer for " + std::string(purpose) + " of " +
                                                       std::to_string(bytes) + " bytes cannot be made."};
  void* const at = map_aligned(size, unit);
  if (at == MAP_FAILED)
    return model::error{model::errc::over_limit, "The system does not give " + std::to_string(bytes >> 20) +
                                                     " MiB for " + std::string(purpose) + ": " +
                                                     std::strerror(errno) + "."};
  // A stream over huge pages reads twice as fast as one over small ones (docs/cpu.md); a refusal costs only
  // that.
  if (unit == huge) madvise(at, size, MADV_HUGEPAGE);
  return buffer(static_cast<std::byte*>(at), size);
}

}  // namespace hawser::cpu
