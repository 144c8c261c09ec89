/// NVIDIA's libraries for attention and products, as this machine has them. None of them is needed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hawser::gpu {

/// A library to look for.
struct library_kind {
  const char* name;            ///< "cuDNN"
  const char* file;            ///< "libcudnn.so.9"
  const char* version_symbol;  ///< size_t of this name () gives 91900 for 9.19.0
  const char* instead;         ///< what serves without it
  const char* package;
};

struct math_library {
  std::string name;
  std::string version;   ///< "9.19.0"; empty: it was not found
  std::string sentence;  ///< what that it is found or missing means, and what to do
};

/// "9.19.0" for 91900.
[[nodiscard]] std::string print_library_version(std::size_t version);

/// Loads it, and keeps it.
[[nodiscard]] math_library look_for(const library_kind& kind);

/// cuDNN and cuBLASLt. Blocks while it reads them; 150 MB of address space come into memory.
[[nodiscard]] std::vector<math_library> find_math_libraries();

}  // namespace hawser::gpu
