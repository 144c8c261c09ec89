/// Numbers of bytes for people. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace hawser::embed {

/// "1.5 KB", in powers of 1024.
[[nodiscard]] std::string print_bytes(std::uint64_t count);

}  // namespace hawser::embed
