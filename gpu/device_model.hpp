/// A model's weights on a device, as the kernels take them.
#pragma once

#include "gpu/weight_loading.hpp"
#include "model/decoder_spec.hpp"
#include "model/error.hpp"
#include "model/gguf.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace hawser::gpu {

/// [outputs] rows, as the file holds them.
struct device_matrix {
  const std::uint8_t* bytes = nullptr;
  std::size_t row_bytes = 0;
  int outputs = 0;
  int inputs = 0;
  model::tensor_type type{};

  /// Whether its products read activations in 8 bits.
  [[nodiscard]] bool quantized() const noexcept { return model::shape_of(type).values > 1; }
};

/// Null where the model has none.
struct device_layer {
  device_matrix q, k, v, attention_output, gate, up, down;
  const float* attention_norm = nullptr;
  const float* feed_forward_norm = nullptr;
  const float* post_attention_norm = nullptr;
  const float* post_feed_forward_norm = nullptr;
  const float* q_bias = nullptr;
  const float* k_bias = nullptr;
  const float* v_bias = nullptr;
  const float* q_norm = nullptr;
  const float* k_norm = nullptr;
  std::uint32_t rope = 0;  ///< of device_model::ropes
};

struct device_rope {
  model::rope_spec spec;
  const double* frequencies = nullptr;  ///< [pairs], in half turns a position
  int pairs = 0;                        ///< 0: nothing is turned
};

struct device_model {
  model::decoder_spec spec;
  device_matrix embedding;
  device_matrix output;
  const float* output_norm = nullptr;
  std::vector<device_layer> layers;
  std::vector<device_rope> ropes;
  std::vector<std::shared_ptr<std::byte>> memory;
  std::size_t bytes = 0;
};

/// What is to be loaded, and where what was loaded belongs.
class model_slices {
 public:
  /// Errors: what the file lacks. The file must outlive it.
  [[nodiscard]] static model::result<model_slices> make(const model::gguf_file& file,
                                                        const model::decoder_spec& spec);

  [[nodiscard]] const std::vector<weight_slice>& slices() const noexcept { return slices_; }
  /// `memory` is that of each slice.
  [[nodiscard]] device_model bind(std::vector<std::shared_ptr<std::byte>> memory) const;

 private:
  using place = std::function<void(device_model&, const std::byte*)>;

  void matrix(const model::tensor_view* from, std::function<device_matrix&(device_model&)> to);
  void vector(const model::tensor_view* from, std::function<const float*&(device_model&)> to);
  void layer(const model::layer_tensors& from, std::size_t index);
  void rope(const model::decoder_spec& spec, const model::tensor_view* factors);
  void add(std::string name, const std::byte* bytes, std::size_t row_bytes, std::size_t rows, place to);

  model::decoder_spec spec_;
  std::vector<weight_slice> slices_;
  std::vector<place> places_;                                // [slice]
  std::vector<std::shared_ptr<std::vector<float>>> floats_;  // what the file holds in another type
  std::vector<std::shared_ptr<std::vector<double>>> doubles_;
  std::vector<device_rope> ropes_;
  std::vector<std::uint32_t> rope_of_;  // [layer]
  bool tied_ = false;
};

}  // namespace hawser::gpu
