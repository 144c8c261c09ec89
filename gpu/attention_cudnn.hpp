/// Attention by cuDNN: a graph for a shape, finalised to a plan for a device. Loads cuDNN when it is first
/// asked; a build without cuDNN's headers has the same functions, which say so.
#pragma once

#include "gpu/attention_shape.hpp"
#include "model/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hawser::gpu {

/// A device as cuDNN is told of it, whether it is here or not.
struct cudnn_device {
  std::string properties;  ///< JSON with the keys that cuDNN itself gives for a device
  int compute = 0;         ///< 90 for compute capability 9.0
};

/// The oldest cuDNN that takes a device's properties without the device.
inline constexpr int least_cudnn = 90800;

/// 91900 for cuDNN 9.19.0. Errors: that it is missing or too old, and what to install, in one sentence.
/// Blocks while it reads the library; any thread.
[[nodiscard]] model::result<int> find_cudnn();

/// Immutable, and cheap to copy. Any thread.
class cudnn_attention {
 public:
  /// Takes a second or two: cuDNN compiles a kernel for most shapes. Errors: what find_cudnn() says, or that
  /// cuDNN has nothing for this shape and device, with its words.
  [[nodiscard]] static model::result<cudnn_attention> make(const attention_shape& shape,
                                                           const cudnn_device& device);
  /// A plan that was serialised for a device with these very properties, by this very cuDNN.
  [[nodiscard]] static model::result<cudnn_attention> read(std::span<const std::uint8_t> serialised,
                                                           const cudnn_device& device);

  [[nodiscard]] model::result<std::vector<std::uint8_t>> serialise() const;
  [[nodiscard]] std::size_t workspace_bytes() const;
  /// What cuDNN calls the engine that it chose, with its knobs.
  [[nodiscard]] std::string engine() const;

 private:
  struct plan;
  explicit cudnn_attention(std::shared_ptr<plan> made) : plan_(std::move(made)) {}

  std::shared_ptr<plan> plan_;
};

}  // namespace hawser::gpu
