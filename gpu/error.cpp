#include "gpu/error.hpp"

#include <string>

namespace hawser::gpu {
namespace {

class gpu_errors final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "gpu"; }
  std::string message(int) const override { return "the device did not finish in time"; }
};

class cuda_errors final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "cuda"; }
  std::string message(int value) const override {
    const auto number = "CUDA error " + std::to_string(value);
    if (static_cast<cuda_error>(value) == cuda_error::out_of_memory)
      return number + ": the device has no memory left";
    if (is_sticky(static_cast<cuda_error>(value)))
      return number + ": the device's context is lost with all that was on it";
    return number;
  }
};

}  // namespace

const boost::system::error_category& gpu_category() noexcept {
  static const gpu_errors it;
  return it;
}

const boost::system::error_category& cuda_category() noexcept {
  static const cuda_errors it;
  return it;
}

}  // namespace hawser::gpu
