#include "gpu/math_libraries.hpp"

#include "gpu/real_runtime.hpp"

#include <cstddef>

namespace hawser::gpu {
namespace {

constexpr library_kind kinds[] = {
    {"cuDNN", "libcudnn.so.9", "cudnnGetVersion", "hawser's own kernels attend", "libcudnn9-cuda-13"},
    {"cuBLASLt", "libcublasLt.so.13", "cublasLtGetVersion", "hawser's own kernels compute all products",
     "libcublas-13-0"},
};

}  // namespace

std::string print_library_version(std::size_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

math_library look_for(const library_kind& kind) {
  const shared_library library({kind.file});
  const auto version = reinterpret_cast<std::size_t (*)()>(library.symbol(kind.version_symbol));
  if (version != nullptr) {
    math_library found{kind.name, print_library_version(version()), {}};
    found.sentence =
        found.name + " " + found.version + " was found, and no step uses it yet: " + kind.instead;
    return found;
  }
  const std::string why =
      library ? std::string(kind.file) + " lacks " + kind.version_symbol : library.error();
  return {kind.name,
          {},
          std::string(kind.name) + " was not found (" + why + "), and no step needs it: " + kind.instead +
              "; install " + kind.package + " to have it listed"};
}

std::vector<math_library> find_math_libraries() {
  std::vector<math_library> all;
  for (const library_kind& each : kinds) all.push_back(look_for(each));
  return all;
}

}  // namespace hawser::gpu
