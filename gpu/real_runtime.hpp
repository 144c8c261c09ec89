/// The real CUDA runtime, found when the program runs: nothing of it is linked.
#pragma once

#include "gpu/cuda_runtime.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hawser::gpu {

/// The major version of the runtime whose interface cuda_types.hpp holds.
inline constexpr int cuda_major = 13;

/// A shared library. It stays in memory for good: a thread of its own may be running in it.
class shared_library {
 public:
  shared_library() = default;
  /// Tries the names in turn. Afterwards it is either loaded, or error() says why the last one was not.
  explicit shared_library(const std::vector<std::string>& names);

  [[nodiscard]] explicit operator bool() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] void* symbol(const char* name) const noexcept;
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  /// What dlopen gave: for interfaces that look symbols up themselves.
  [[nodiscard]] void* native() const noexcept { return handle_.get(); }

 private:
  struct close {
    void operator()(void* handle) const noexcept;
  };
  std::unique_ptr<void, close> handle_;
  std::string error_;
};

/// What was found of CUDA on this machine, before any device is asked.
struct found_runtime {
  shared_library library;
  cuda_runtime calls;        ///< complete when `missing` is empty
  std::string missing;       ///< why there are no calls: what the loader said, or which call is not there
  bool driver_file = false;  ///< libcuda.so.1 can be loaded
};

/// Loads libcudart from `names`. Blocks while it reads the libraries; for the beginning of a program.
[[nodiscard]] found_runtime find_runtime(const std::vector<std::string>& names = {
                                             "libcudart.so.13", "/usr/local/cuda/lib64/libcudart.so.13"});

}  // namespace hawser::gpu
