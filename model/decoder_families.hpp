/// What a family of models has in common and its files do not say. Inside model/ only.
#pragma once

#include "model/decoder_spec.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hawser::model {

enum class bias_rule : std::uint8_t {
  if_present,  ///< q, k and v have biases when the first layer has them
  always,
};

struct decoder_family {
  std::string_view name;  ///< general.architecture
  activation act = activation::silu;
  rope_pairing pairing = rope_pairing::neighbours;
  bias_rule qkv_bias = bias_rule::if_present;
  bool qk_norm = false;
  bool post_norms = false;
  bool scaled_embedding = false;  ///< embeddings are multiplied by sqrt(width)
  std::uint32_t full_every =
      0;  ///< where there is a window, every n-th layer has none; 0: all layers have it
  float window_rope_base = 0.0f;  ///< of layers with a window, which are not scaled either; 0: as the others
  std::uint32_t wide_scale_layers =
      0;  ///< a model of so many layers scales attention by 1/sqrt(width / heads)
};

[[nodiscard]] std::span<const decoder_family> decoder_families() noexcept;

/// Null when there is none of this name.
[[nodiscard]] const decoder_family* find_family(std::string_view name) noexcept;

/// "llama, qwen2, ...": for errors.
[[nodiscard]] std::string family_names();

}  // namespace hawser::model
