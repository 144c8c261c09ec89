#include "model/decoder_spec.hpp"

#include "model/decoder_families.hpp"
#include "model/wording.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace hawser::model {
namespace {

using wording::quoted;

// Far above every model that there is; below what would overflow a product of two of them.
constexpr std::int64_t max_layers = 1'024;
constexpr std::int64_t max_width = 1 << 20;
constexpr std::int64_t max_heads = 4'096;
constexpr std::int64_t max_head_dim = 4'096;
constexpr std::int64_t max_feed_forward = 1 << 24;
constexpr std::int64_t max_vocabulary = 1 << 24;
constexpr std::int64_t max_context = 1 << 30;

class spec_reader {
 public:
  explicit spec_reader(const gguf_file& file) : file_(file) {}

  result<decoder_spec> read() {
    for (const auto step :
         {&spec_reader::read_family, &spec_reader::refuse_unknown, &spec_reader::read_sizes,
          &spec_reader::read_heads, &spec_reader::read_vocabulary, &spec_reader::read_numbers,
          &spec_reader::read_scales, &spec_reader::read_rope, &spec_reader::read_windows}) {
      if (const auto done = (this->*step)(); !done) return done.error();
    }
    return std::move(spec_);
  }

 private:
  template <class... Part>
  [[nodiscard]] error failed(errc cause, const Part&... parts) const {
    return wording::failed(cause, file_.path(), ": ", parts..., ".");
  }

  [[nodiscard]] std::string key(std::string_view name) const { return prefix_ + std::string(name); }

  [[nodiscard]] error wrong_type(const std::string& name, const metadata_value& value,
                                 std::string_view expected) const {
    return failed(errc::malformed, "key ", quoted(name), " is of type ", name_of(value.type()), ", expected ",
                  expected);
  }

  /// An integer from `least` to `most`; nothing when the key is missing.
  result<std::optional<std::uint32_t>> integer_of(std::string_view name, std::int64_t least,
                                                  std::int64_t most) const {
    const std::string full = key(name);
    const auto* value = file_.find(full);
    if (value == nullptr) return std::optional<std::uint32_t>();
    const auto number = value->integer();
    if (!number) return wrong_type(full, *value, "one integer");
    if (*number < least || *number > most) {
      return failed(errc::malformed, "key ", quoted(full), " is ", *number, ", expected ", least, " to ",
                    most);
    }
    return std::optional<std::uint32_t>(static_cast<std::uint32_t>(*number));
  }

  result<void> required(std::string_view name, std::int64_t most, std::uint32_t& out) const {
    const auto number = integer_of(name, 1, most);
    if (!number) return number.error();
    if (!*number) return failed(errc::malformed, "key ", quoted(key(name)), " is missing");
    out = **number;
    return {};
  }

  /// A finite number above `least`; `otherwise` when the key is missing.
  result<float> number_of(std::string_view name, double least, float otherwise) const {
    const std::string full = key(name);
    const auto* value = file_.find(full);
    if (value == nullptr) return otherwise;
    const auto number = value->number();
    if (!number) return wrong_type(full, *value, "a number");
    const auto narrow = static_cast<float>(*number);
    if (!std::isfinite(narrow) || !(narrow > least)) {
      return failed(errc::malformed, "key ", quoted(full), " is ", *number,
                    ", expected a finite number above ", least);
    }
    return narrow;
  }

  result<void> read_family() {
    const auto* value = file_.find("general.architecture");
    const auto name = value == nullptr ? std::nullopt : value->string();
    if (!name) {
      return failed(errc::malformed, "key \"general.architecture\" is ",
                    value == nullptr ? "missing" : "not a string", ", expected the family of the model");
    }
    family_ = find_family(*name);
    if (family_ == nullptr) {
      return failed(errc::unsupported, "models of architecture ", quoted(*name), " are not supported, only ",
                    family_names());
    }
    prefix_ = std::string(*name) + ".";
    spec_.family = *name;
    spec_.act = family_->act;
    spec_.qk_norm = family_->qk_norm;
    spec_.post_norms = family_->post_norms;
    return {};
  }

  /// What would make the answer wrong when it is passed over.
  result<void> refuse_unknown() {
    if (const auto* parts = file_.find("split.count"); parts != nullptr && parts->integer().value_or(0) > 1) {
      return failed(errc::unsupported, "the file is one of ", *parts->integer(),
                    " parts of a model: join them first with llama-gguf-split --merge");
    }
    if (const auto* causal = file_.find(key("attention.causal"));
        causal != nullptr && !causal->boolean().value_or(true)) {
      return failed(errc::unsupported, "key ", quoted(key("attention.causal")),
                    " is false: models that see what follows are not supported");
    }
    for (const std::string_view name : {"expert_count", "residual_scale", "logit_scale",
                                        "attention.clamp_kqv", "attention.max_alibi_bias"}) {
      const auto* value = file_.find(key(name));
      const double number = value == nullptr ? 0.0 : value->number().value_or(0.0);
      if (number != 0.0 && !(number == 1.0 && name.ends_with("_scale"))) {
        return failed(errc::unsupported, "key ", quoted(key(name)), " is ", number,
                      ": models with it are not supported in family ", family_->name);
      }
    }
    return {};
  }

  result<void> read_sizes() {
    if (auto done = required("block_count", max_layers, spec_.layers); !done) return done;
    if (auto done = required("embedding_length", max_width, spec_.width); !done) return done;
    if (auto done = required("feed_forward_length", max_feed_forward, spec_.feed_forward); !done) return done;
    return required("context_length", max_context, spec_.context);
  }

  result<void> read_heads() {
    if (auto done = required("attention.head_count", max_heads, spec_.heads); !done) return done;
    const auto kv_heads = integer_of("attention.head_count_kv", 1, max_heads);
    if (!kv_heads) return kv_heads.error();
    spec_.kv_heads = kv_heads->value_or(spec_.heads);
    if (spec_.heads % spec_.kv_heads != 0) {
      return failed(errc::malformed, "key ", quoted(key("attention.head_count_kv")), " is ", spec_.kv_heads,
                    ", expected a divisor of the ", spec_.heads, " heads of ",
                    quoted(key("attention.head_count")));
    }
    const auto keys = integer_of("attention.key_length", 1, max_head_dim);
    if (!keys) return keys.error();
    const auto values = integer_of("attention.value_length", 1, max_head_dim);
    if (!values) return values.error();
    if (!*keys && spec_.width % spec_.heads != 0) {
      return failed(errc::malformed, "key ", quoted(key("attention.key_length")),
                    " is missing and the width of ", spec_.width, " does not divide among ", spec_.heads,
                    " heads");
    }
    const std::uint32_t even_share = spec_.width / spec_.heads;
    spec_.head_dim = keys->value_or(even_share);
    if (values->value_or(even_share) != spec_.head_dim) {
      return failed(errc::unsupported, "keys of ", spec_.head_dim, " and values of ",
                    values->value_or(even_share), " numbers a head (", quoted(key("attention.key_length")),
                    ", ", quoted(key("attention.value_length")), "), expected the same for both");
    }
    if (spec_.head_dim > max_head_dim) {
      return failed(errc::malformed, "heads of ", spec_.head_dim, " values, expected at most ", max_head_dim);
    }
    return {};
  }

  result<void> read_vocabulary() {
    const auto* embedding = file_.find_tensor("token_embd.weight");
    if (embedding == nullptr) {
      return failed(errc::malformed, "tensor \"token_embd.weight\" is missing: the file holds ",
                    file_.tensors().empty() ? "a vocabulary only, no model" : "no embeddings");
    }
    const std::uint64_t rows = embedding->rows();
    if (rows > max_vocabulary) {
      return failed(errc::over_limit, "tensor \"token_embd.weight\" has ", rows, " rows, expected at most ",
                    max_vocabulary);
    }
    spec_.vocabulary = static_cast<std::uint32_t>(rows);
    const auto* tokens = file_.find("tokenizer.ggml.tokens");
    if (tokens != nullptr && tokens->count() != rows) {
      return failed(errc::malformed, "tensor \"token_embd.weight\" has ", rows,
                    " rows, but key \"tokenizer.ggml.tokens\" holds ", tokens->count(), " tokens");
    }
    spec_.tied_output = file_.find_tensor("output.weight") == nullptr;
    spec_.qkv_bias =
        family_->qkv_bias == bias_rule::always || file_.find_tensor("blk.0.attn_q.bias") != nullptr;
    return {};
  }

  result<void> read_numbers() {
    const auto epsilon = number_of("attention.layer_norm_rms_epsilon", 0.0, 0.0f);
    if (!epsilon) return epsilon.error();
    if (*epsilon == 0.0f)
      return failed(errc::malformed, "key ", quoted(key("attention.layer_norm_rms_epsilon")), " is missing");
    spec_.norm_epsilon = *epsilon;
    const std::array caps{std::pair{"attn_logit_softcapping", &spec_.attention_soft_cap},
                          std::pair{"final_logit_softcapping", &spec_.logit_soft_cap}};
    for (const auto& [name, cap] : caps) {
      // Some converters write a cap of 0 for none.
      const auto* value = file_.find(key(name));
      if (value == nullptr || value->number() == 0.0) continue;
      const auto number = number_of(name, 0.0, 0.0f);
      if (!number) return number.error();
      *cap = *number;
    }
    return {};
  }

  result<void> read_scales() {
    const bool wide = family_->wide_scale_layers != 0 && spec_.layers == family_->wide_scale_layers;
    const std::uint32_t scaled_by = wide ? spec_.width / spec_.heads : spec_.head_dim;
    if (scaled_by == 0)
      return failed(errc::malformed, "a width of ", spec_.width, " for ", spec_.heads, " heads");
    const auto attention = number_of("attention.scale", 0.0, 1.0f / std::sqrt(static_cast<float>(scaled_by)));
    if (!attention) return attention.error();
    spec_.attention_scale = *attention;
    const float usual = family_->scaled_embedding ? std::sqrt(static_cast<float>(spec_.width)) : 1.0f;
    const auto embedding = number_of("embedding_scale", 0.0, usual);
    if (!embedding) return embedding.error();
    spec_.embedding_scale = *embedding;
    return {};
  }

  /// Of the layers that see everything.
  result<void> read_rope() {
    rope_.pairing = family_->pairing;
    const auto dims = integer_of("rope.dimension_count", 1, spec_.head_dim);
    if (!dims) return dims.error();
    rope_.dims = dims->value_or(spec_.head_dim);
    if (rope_.dims % 2 != 0) {
      return failed(errc::malformed, "key ", quoted(key("rope.dimension_count")), " is ", rope_.dims,
                    ", expected an even number");
    }
    const auto base = number_of("rope.freq_base", 0.0, 10000.0f);
    if (!base) return base.error();
    rope_.base = *base;
    std::string_view kind = "linear";
    if (const auto* value = file_.find(key("rope.scaling.type")); value != nullptr) {
      const auto text = value->string();
      if (!text) return wrong_type(key("rope.scaling.type"), *value, "string");
      kind = *text;
    }
    if (kind == "none") return {};
    if (kind != "linear") {
      return failed(errc::unsupported, "key ", quoted(key("rope.scaling.type")), " is ", quoted(kind),
                    ": only none and linear are supported");
    }
    return read_rope_factor();
  }

  result<void> read_rope_factor() {
    for (const std::string_view name :
         {"rope.scaling.factor", "rope.scale_linear"}) {  // the second in older files
      const auto* value = file_.find(key(name));
      if (value == nullptr) continue;
      if (value->number() == 0.0) return {};
      const auto factor = number_of(name, 0.0, 1.0f);
      if (!factor) return factor.error();
      rope_.scale = 1.0f / *factor;
      return {};
    }
    return {};
  }

  result<void> read_windows() {
    const auto window = integer_of("attention.sliding_window", 0, max_context);
    if (!window) return window.error();
    spec_.layer.assign(spec_.layers, layer_spec{.window = 0, .rope = rope_});
    const std::uint32_t size = window->value_or(0);
    if (size == 0) return {};
    rope_spec local = rope_;
    if (family_->window_rope_base != 0.0f) {
      const auto base = number_of("rope.freq_base_swa", 0.0, family_->window_rope_base);
      if (!base) return base.error();
      local.base = *base;
      local.scale = 1.0f;
    }
    const auto windowed = read_window_pattern();
    if (!windowed) return windowed.error();
    for (std::uint32_t i = 0; i < spec_.layers; ++i) {
      if ((*windowed)[i]) spec_.layer[i] = layer_spec{.window = size, .rope = local};
    }
    return {};
  }

  /// For each layer whether it has the window: the file's list, or every n-th layer has none.
  result<std::vector<bool>> read_window_pattern() const {
    constexpr std::string_view name = "attention.sliding_window_pattern";
    std::vector<bool> windowed(spec_.layers, true);
    std::uint32_t full_every = family_->full_every;
    const auto* value = file_.find(key(name));
    if (value != nullptr && value->type() == value_type::array) {
      const auto flags = value->integers();
      if (!flags || flags->size() < spec_.layers) {
        return failed(errc::malformed, "key ", quoted(key(name)), " has ", value->count(),
                      " elements of type ", name_of(value->element_type()),
                      ", expected a boolean for each of the ", spec_.layers, " layers");
      }
      for (std::uint32_t i = 0; i < spec_.layers; ++i) windowed[i] = (*flags)[i] != 0;
      return windowed;
    }
    if (value != nullptr) {
      const auto number = integer_of(name, 0, max_layers);
      if (!number) return number.error();
      full_every = number->value_or(full_every);
    }
    for (std::uint32_t i = 0; full_every != 0 && i < spec_.layers; ++i)
      windowed[i] = (i + 1) % full_every != 0;
    return windowed;
  }

  const gguf_file& file_;
  const decoder_family* family_ = nullptr;
  std::string prefix_;
  rope_spec rope_;
  decoder_spec spec_;
};

}  // namespace

result<decoder_spec> read_decoder_spec(const gguf_file& file) {
  return spec_reader(file).read();
}

}  // namespace hawser::model
