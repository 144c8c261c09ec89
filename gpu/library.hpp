/// hawser's GPU library, loaded at run time: the program itself needs nothing of it.
#pragma once

#include "gpu/border.hpp"
#include "gpu/discovery.hpp"
#include "gpu/real_runtime.hpp"

#include <string>

namespace hawser::gpu {

class library {
 public:
  /// Loads `file`, or when that is empty what $HAWSER_GPU_LIBRARY names, or libhawser_gpu.so beside the
  /// program or in ../lib/hawser. Blocks while it reads the file.
  [[nodiscard]] static library load(const std::string& file = {});

  /// Null when there is no library, or one of another build; then problem() is the sentence for it.
  [[nodiscard]] const border* table() const noexcept { return table_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] const std::string& file() const noexcept { return file_; }

  /// The devices, or the one sentence that says why there are none.
  [[nodiscard]] device_report find() const;

 private:
  shared_library loaded_;
  const border* table_ = nullptr;
  std::string problem_;
  std::string file_;
};

}  // namespace hawser::gpu
