/// What is checked: a real device, or the stand-in runtime, with which the program is tested itself.
#pragma once

#include "gpu/cuda_runtime.hpp"
#include "gpu/cuda_types.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace hawser::test {

/// Nothing to check, and why: no device, no code for it.
struct not_there {
  std::string why;
};
/// Something is wrong.
struct failed {
  std::string what;
};

struct subject_wish {
  bool stand_in = false;
  int device = 0;
  std::string code;   ///< file of gpu/compile_kernels.sh
  std::string model;  ///< GGUF; empty: only models made here
};

struct subject {
  const gpu::cuda_runtime* calls = nullptr;
  int device = 0;
  std::vector<std::byte> code;
  std::string name;
  bool stand_in = false;
  std::string model;
};

/// Throws not_there, failed.
[[nodiscard]] subject open_subject(const subject_wish& wish);
/// Throws failed with the call's name and the device's words unless there is no error.
void demand(const subject& on, gpu::cuda_error error, const char* what);
/// Until the stream has done all that it was given; asks without pause.
void finish(const subject& on, gpu::stream_handle stream);

}  // namespace hawser::test
