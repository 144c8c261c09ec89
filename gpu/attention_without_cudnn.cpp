#include "gpu/attention_cudnn.hpp"

namespace hawser::gpu {

struct cudnn_attention::plan {};

model::result<int> find_cudnn() {
  return model::error{model::errc::unsupported, "this build has no attention by cuDNN, because cuDNN's "
                                                "headers or its frontend were not found when it was "
                                                "built: install CUDA 13, cuDNN 9 and nvidia-cudnn-frontend "
                                                "(tools/setup.sh test) and build again; until then "
                                                "hawser's own kernels serve"};
}

model::result<cudnn_attention> cudnn_attention::make(const attention_shape&, const cudnn_device&) {
  return find_cudnn().error();
}

model::result<cudnn_attention> cudnn_attention::read(std::span<const std::uint8_t>, const cudnn_device&) {
  return find_cudnn().error();
}

model::result<std::vector<std::uint8_t>> cudnn_attention::serialise() const {
  return find_cudnn().error();
}

std::size_t cudnn_attention::workspace_bytes() const {
  return 0;
}

std::string cudnn_attention::engine() const {
  return {};
}

}  // namespace hawser::gpu
