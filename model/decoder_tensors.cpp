#include "model/decoder_spec.hpp"
#include "model/wording.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::model {
namespace {

using wording::quoted;

std::string shape_text(std::uint64_t columns, std::uint64_t rows) {
  return rows == 1 ? "[" + std::to_string(columns) + "]"
                   : "[" + std::to_string(columns) + ", " + std::to_string(rows) + "]";
}

/// Tensors of a layer that hold what follows from the metadata anyway.
bool is_derived(std::string_view name) noexcept {
  constexpr std::array suffixes{std::string_view(".rope_freqs.weight"),
                                std::string_view(".attn_rot_embd.weight"),
                                std::string_view(".attn.rotary_emb.inv_freq")};
  return std::any_of(suffixes.begin(), suffixes.end(),
                     [&](std::string_view suffix) { return name.ends_with(suffix); });
}

class tensor_binder {
 public:
  tensor_binder(const gguf_file& file, const decoder_spec& spec) : file_(file), spec_(spec) {}

  result<decoder_tensors> bind() {
    need("token_embd.weight", spec_.width, spec_.vocabulary, out_.embedding);
    need("output_norm.weight", spec_.width, 1, out_.output_norm);
    out_.output = out_.embedding;
    if (!spec_.tied_output) need("output.weight", spec_.width, spec_.vocabulary, out_.output);
    if (!spec_.layer.empty() && file_.find_tensor("rope_freqs.weight") != nullptr) {
      need("rope_freqs.weight", spec_.layer.front().rope.dims / 2, 1, out_.rope_factors);
    }
    out_.layer.resize(spec_.layers);
    for (std::uint32_t i = 0; i < spec_.layers && failure_.what.empty(); ++i) bind_layer(i);
    if (failure_.what.empty()) refuse_strangers();
    if (!failure_.what.empty()) return std::move(failure_);
    return std::move(out_);
  }

 private:
  void bind_layer(std::uint32_t index) {
    layer_tensors& layer = out_.layer[index];
    prefix_ = "blk." + std::to_string(index) + ".";
    need("attn_norm.weight", spec_.width, 1, layer.attention_norm);
    need("attn_q.weight", spec_.width, spec_.q_width(), layer.q);
    need("attn_k.weight", spec_.width, spec_.kv_width(), layer.k);
    need("attn_v.weight", spec_.width, spec_.kv_width(), layer.v);
    if (spec_.qkv_bias) {
      need("attn_q.bias", spec_.q_width(), 1, layer.q_bias);
      need("attn_k.bias", spec_.kv_width(), 1, layer.k_bias);
      need("attn_v.bias", spec_.kv_width(), 1, layer.v_bias);
    }
    if (spec_.qk_norm) {
      need("attn_q_norm.weight", spec_.head_dim, 1, layer.q_norm);
      need("attn_k_norm.weight", spec_.head_dim, 1, layer.k_norm);
    }
    need("attn_output.weight", spec_.q_width(), spec_.width, layer.attention_output);
    need("ffn_norm.weight", spec_.width, 1, layer.feed_forward_norm);
    need("ffn_gate.weight", spec_.width, spec_.feed_forward, layer.gate);
    need("ffn_up.weight", spec_.width, spec_.feed_forward, layer.up);
    need("ffn_down.weight", spec_.feed_forward, spec_.width, layer.down);
    if (spec_.post_norms) {
      need("post_attention_norm.weight", spec_.width, 1, layer.post_attention_norm);
      need("post_ffw_norm.weight", spec_.width, 1, layer.post_feed_forward_norm);
    }
  }

  /// Only the first thing that is wrong is told.
  void need(std::string_view name, std::uint64_t columns, std::uint64_t rows, const tensor_view*& out) {
    if (!failure_.what.empty()) return;
    const std::string full = prefix_ + std::string(name);
    out = file_.find_tensor(full);
    if (out == nullptr) {
      fail(errc::malformed, "tensor ", quoted(full), " is missing, expected one of shape ",
           shape_text(columns, rows));
    } else if (out->columns() != columns || out->rows() != rows) {
      fail(errc::malformed, "tensor ", quoted(full), " has the shape ",
           shape_text(out->columns(), out->rows()), ", expected ", shape_text(columns, rows));
    } else {
      bound_.push_back(out);
    }
  }

  /// A tensor of a layer that the family has no place for would be passed over, and the answer be wrong.
  void refuse_strangers() {
    std::sort(bound_.begin(), bound_.end());
    for (const tensor_view& tensor : file_.tensors()) {
      if (!tensor.name.starts_with("blk.") || is_derived(tensor.name)) continue;
      if (std::binary_search(bound_.begin(), bound_.end(), &tensor)) continue;
      return fail(errc::unsupported, "tensor ", quoted(tensor.name), " has no place in a model of family ",
                  spec_.family, " with ", spec_.layers, " layers");
    }
  }

  template <class... Part>
  void fail(errc cause, const Part&... parts) {
    failure_ = wording::failed(cause, file_.path(), ": ", parts..., ".");
  }

  const gguf_file& file_;
  const decoder_spec& spec_;
  decoder_tensors out_;
  std::string prefix_;
  std::vector<const tensor_view*> bound_;
  error failure_;
};

}  // namespace

result<decoder_tensors> bind_tensors(const gguf_file& file, const decoder_spec& spec) {
  return tensor_binder(file, spec).bind();
}

}  // namespace hawser::model
