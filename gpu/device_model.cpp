#include "gpu/device_model.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace hawser::gpu {

model::result<model_slices> model_slices::make(const model::gguf_file& file,
                                               const model::decoder_spec& spec) {
  auto tensors = model::bind_tensors(file, spec);
  if (!tensors) return tensors.error();
  model_slices made;
  made.spec_ = spec;
  made.tied_ = tensors->output->data.data() == tensors->embedding->data.data();
  made.matrix(tensors->embedding, [](device_model& m) -> device_matrix& { return m.embedding; });
  if (!made.tied_) made.matrix(tensors->output, [](device_model& m) -> device_matrix& { return m.output; });
  made.vector(tensors->output_norm, [](device_model& m) -> const float*& { return m.output_norm; });
  for (std::size_t l = 0; l < tensors->layer.size(); ++l) made.layer(tensors->layer[l], l);
  made.rope(spec, tensors->rope_factors);
  return made;
}

void model_slices::add(std::string name, const std::byte* bytes, std::size_t row_bytes, std::size_t rows,
                       place to) {
  slices_.push_back({std::move(name), bytes, row_bytes, 0, rows, 0, row_bytes});
  places_.push_back(std::move(to));
}

void model_slices::matrix(const model::tensor_view* from, std::function<device_matrix&(device_model&)> to) {
  add(std::string(from->name), from->data.data(), from->row_bytes(), from->rows(),
      [to = std::move(to), row_bytes = from->row_bytes(), outputs = static_cast<int>(from->rows()),
       inputs = static_cast<int>(from->columns()), type = from->type](device_model& m, const std::byte* at) {
        to(m) = {reinterpret_cast<const std::uint8_t*>(at), row_bytes, outputs, inputs, type};
      });
}

void model_slices::vector(const model::tensor_view* from, std::function<const float*&(device_model&)> to) {
  if (from == nullptr) return;
  const auto values = std::make_shared<std::vector<float>>(from->columns());
  model::dequantize(from->type, from->data, *values);
  floats_.push_back(values);
  add(std::string(from->name), reinterpret_cast<const std::byte*>(values->data()),
      values->size() * sizeof(float), 1, [to = std::move(to)](device_model& m, const std::byte* at) {
        to(m) = reinterpret_cast<const float*>(at);
      });
}

void model_slices::layer(const model::layer_tensors& from, std::size_t index) {
  const auto take = [&](const model::tensor_view* tensor, device_matrix device_layer::* to) {
    matrix(tensor, [=](device_model& m) -> device_matrix& { return m.layers[index].*to; });
  };
  const auto take_vector = [&](const model::tensor_view* tensor, const float* device_layer::* to) {
    vector(tensor, [=](device_model& m) -> const float*& { return m.layers[index].*to; });
  };
  take(from.q, &device_layer::q);
  take(from.k, &device_layer::k);
  take(from.v, &device_layer::v);
  take(from.attention_output, &device_layer::attention_output);
  take(from.gate, &device_layer::gate);
  take(from.up, &device_layer::up);
  take(from.down, &device_layer::down);
  take_vector(from.attention_norm, &device_layer::attention_norm);
  take_vector(from.feed_forward_norm, &device_layer::feed_forward_norm);
  take_vector(from.post_attention_norm, &device_layer::post_attention_norm);
  take_vector(from.post_feed_forward_norm, &device_layer::post_feed_forward_norm);
  take_vector(from.q_bias, &device_layer::q_bias);
  take_vector(from.k_bias, &device_layer::k_bias);
  take_vector(from.v_bias, &device_layer::v_bias);
  take_vector(from.q_norm, &device_layer::q_norm);
  take_vector(from.k_norm, &device_layer::k_norm);
}

/// One table for each different rope.
void model_slices::rope(const model::decoder_spec& spec, const model::tensor_view* factors) {
  std::vector<float> divisors(factors != nullptr ? factors->columns() : 0);
  if (factors != nullptr) model::dequantize(factors->type, factors->data, divisors);
  for (const model::layer_spec& l : spec.layer) {
    const auto at = std::find_if(ropes_.begin(), ropes_.end(), [&](const device_rope& r) {
      return r.spec.pairing == l.rope.pairing && r.spec.dims == l.rope.dims && r.spec.base == l.rope.base &&
             r.spec.scale == l.rope.scale;
    });
    const auto number = static_cast<std::size_t>(at - ropes_.begin());
    rope_of_.push_back(static_cast<std::uint32_t>(number));
    if (at != ropes_.end()) continue;
    const bool turned = l.rope.pairing != model::rope_pairing::none;
    ropes_.push_back({l.rope, nullptr, turned ? static_cast<int>(l.rope.dims / 2) : 0});
    const auto values = std::make_shared<std::vector<double>>();
    const std::size_t pairs = turned ? l.rope.dims / 2 : 0;
    if (pairs == 0) continue;
    const double step = std::log(static_cast<double>(l.rope.base)) / static_cast<double>(pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
      const double whole = static_cast<double>(l.rope.scale) * std::exp(-step * static_cast<double>(i));
      const double divisor = i < divisors.size() ? static_cast<double>(divisors[i]) : 1.0;
      values->push_back(whole / divisor / std::numbers::pi);
    }
    doubles_.push_back(values);
    add("rope frequencies", reinterpret_cast<const std::byte*>(values->data()), pairs * sizeof(double), 1,
        [number](device_model& m, const std::byte* bytes) {
          m.ropes[number].frequencies = reinterpret_cast<const double*>(bytes);
        });
  }
}

device_model model_slices::bind(std::vector<std::shared_ptr<std::byte>> memory) const {
  device_model made;
  made.spec = spec_;
  made.layers.resize(spec_.layers);
  made.ropes = ropes_;
  for (std::size_t l = 0; l < rope_of_.size(); ++l) made.layers[l].rope = rope_of_[l];
  for (std::size_t i = 0; i < places_.size(); ++i) {
    places_[i](made, memory[i].get());
    made.bytes += slices_[i].size();
  }
  if (tied_) made.output = made.embedding;
  made.memory = std::move(memory);
  return made;
}

}  // namespace hawser::gpu
