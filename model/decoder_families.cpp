#include "model/decoder_families.hpp"

#include <array>

namespace hawser::model {
namespace {

constexpr std::array families{
    // Touvron et al. 2023; also Mistral (whose window every layer has), SmolLM and all that are stored as
    // llama. GGUF keeps
    // q and k permuted, so that the rope turns neighbours.
    decoder_family{.name = "llama", .pairing = rope_pairing::neighbours},
    // Qwen team 2024, Qwen2 technical report.
    decoder_family{.name = "qwen2", .pairing = rope_pairing::halves, .qkv_bias = bias_rule::always},
    // Qwen team 2025, Qwen3 technical report: norms of q and k instead of biases.
    decoder_family{.name = "qwen3", .pairing = rope_pairing::halves, .qk_norm = true},
    // Gemma team 2025, Gemma 3 technical report: five local layers for each global one, whose rope has the
    // base of the file;
    // the 27B model (62 layers) keeps the attention scale of width / heads = 168 though its heads have 128
    // values.
    decoder_family{.name = "gemma3",
                   .act = activation::gelu_tanh,
                   .pairing = rope_pairing::halves,
                   .qk_norm = true,
                   .post_norms = true,
                   .scaled_embedding = true,
                   .full_every = 6,
                   .window_rope_base = 10000.0f,
                   .wide_scale_layers = 62},
};

}  // namespace

std::span<const decoder_family> decoder_families() noexcept {
  return families;
}

const decoder_family* find_family(std::string_view name) noexcept {
  for (const auto& family : families) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

std::string family_names() {
  std::string names;
  for (const auto& family : families) {
    if (!names.empty()) names += ", ";
    names += family.name;
  }
  return names;
}

}  // namespace hawser::model
