#include "cpu/buffer.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace hawser::cpu {

buffer::~buffer() {
  if (data_ != nullptr) munmap(data_, size_);
}

model::result<buffer> buffer::make(std::size_t bytes, std::string_view purpose) {
  constexpr std::size_t huge = std::size_t{2} << 20;
  const std::size_t unit = bytes >= 4 * huge ? huge : 4096;
  const std::size_t size = (bytes + unit - 1) / unit * unit;
  if (size < bytes || size == 0)
    return model::error{model::errc::bad_argument, "A buffer for " + std::string(purpose) + " of " +
                                                       std::to_string(bytes) + " bytes cannot be made."};
  void* const at =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return model::error{model::errc::over_limit, "The system does not give " + std::to_string(bytes >> 20) +
                                                     " MiB for " + std::string(purpose) + ": " +
                                                     std::strerror(errno) + "."};
  return buffer(static_cast<std::byte*>(at), size);
}

}  // namespace hawser::cpu
