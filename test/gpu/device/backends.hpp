/// The two backends of one model, for sections that compare or measure them.
#pragma once

#include "gpu/gpu_backend.hpp"
#include "model/gguf.hpp"
#include "test/cpu/rig.hpp"
#include "test/gpu/device/subject.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::test {

struct checked_model {
  std::string name;
  std::vector<std::byte> bytes;  // of one that is made here
  std::shared_ptr<const model::gguf_file> file;
  std::vector<model::token_id> prompt;
};

/// A small one of each family, or the one of the file.
[[nodiscard]] checked_model make_tiny(const std::string& family);
[[nodiscard]] checked_model open_real(const std::string& path);

struct backend_size {
  std::uint32_t seats = 2;
  std::uint32_t step_tokens = 64;
  std::uint32_t context = 128;
};
[[nodiscard]] std::unique_ptr<rig> on_device(const subject& on, const checked_model& what,
                                             const backend_size& size);
[[nodiscard]] std::unique_ptr<rig> on_cpu(const checked_model& what, const backend_size& size);

}  // namespace hawser::test
