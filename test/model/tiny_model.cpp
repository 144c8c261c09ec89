#include "test/model/tiny_model.hpp"

#include "test/model/gguf_writer.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string_view>

namespace hawser::test {
namespace {

using model::tensor_type;

constexpr std::array<std::string_view, 24> merges{
    "t h", "Ġ t", "h e", "Ġt he", "i n", "e r", "a n", "Ġ a", "o n", "r e", "Ġ s",   "n d",
    "Ġ w", "o u", "a t", "i t",   "Ġ o", "e n", "i s", "o r", "Ġ b", "e s", "Ġa nd", "in g",
};
static_assert(tiny_first_filler == tiny_first_merge + static_cast<int>(merges.size()));

constexpr std::string_view chat_template =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// Steele, Lea and Flood 2014, SplitMix64: number `index` of the stream `seed`.
std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index) noexcept {
  std::uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// In [-1, 1).
double random_signed(std::uint64_t seed, std::uint64_t index) noexcept {
  return static_cast<double>(random_bits(seed, index) >> 11) * 0x1p-52 - 1.0;
}

/// FNV-1a: every tensor has a stream of its own, whatever the order in which they are made.
std::uint64_t stream_of(std::uint64_t seed, std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash ^ seed;
}

/// UTF-8 of the character that stands for a byte in GPT-2's printable alphabet.
std::string printable(unsigned byte) {
  const auto itself = [](unsigned b) { return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174; };
  unsigned code = byte;
  if (!itself(byte)) {
    code = 256;
    for (unsigned b = 0; b < byte; ++b) code += itself(b) ? 0 : 1;
  }
  if (code < 128) return {static_cast<char>(code)};
  return {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
}

/// Where a block keeps its halves, and how large they are for values of standard deviation 1 when all other
/// bits are random.
struct block_scales {
  std::size_t scale_at;
  double scale;
  std::size_t minimum_at;  // only when `minimum` is not 0
  double minimum;
};

block_scales scales_of(tensor_type type) {
  switch (type) {
  case tensor_type::q8_0:
    return {0, 1.0 / 73.0, 0, 0.0};
  case tensor_type::q4_0:
    return {0, 1.0 / 4.6, 0, 0.0};
  case tensor_type::q4_1:
    return {0, 1.0 / 4.6, 2, -7.5 / 4.6};
  case tensor_type::q5_0:
    return {0, 1.0 / 9.2, 0, 0.0};
  case tensor_type::q5_1:
    return {0, 1.0 / 9.2, 2, -15.5 / 9.2};
  case tensor_type::q4_k:
    return {0, 1.0 / 240.0, 2, 7.5 / 240.0};
  case tensor_type::q5_k:
    return {0, 1.0 / 480.0, 2, 15.5 / 480.0};
  case tensor_type::q6_k:
    return {208, 1.0 / 1366.0, 0, 0.0};
  default:
    throw std::invalid_argument("not a block type");
  }
}

void put_half(std::span<std::byte> block, std::size_t at, double value) {
  const std::uint16_t bits = model::float_to_half(static_cast<float>(value));
  std::memcpy(&block[at], &bits, sizeof bits);
}

class tiny_maker {
 public:
  explicit tiny_maker(const tiny_spec& spec) : spec_(spec) {
    if (spec.vocabulary < static_cast<std::uint32_t>(tiny_first_filler))
      throw std::invalid_argument("vocabulary too small");
  }

  std::vector<std::byte> make() {
    add_hyperparameters();
    add_vocabulary();
    add_matrix("token_embd.weight", spec_.width, spec_.vocabulary, true);
    add_vector("output_norm.weight", spec_.width, 1.0, 0.2);
    if (!spec_.tied) add_matrix("output.weight", spec_.width, spec_.vocabulary, true);
    if (spec_.rope_factors) add_vector("rope_freqs.weight", spec_.head_dim / 2, 4.0, 3.0);
    for (std::uint32_t i = 0; i < spec_.layers; ++i) add_layer("blk." + std::to_string(i) + ".");
    return out_.finish();
  }

 private:
  [[nodiscard]] bool is(std::string_view family) const { return spec_.family == family; }

  void add_hyperparameters() {
    const std::string prefix = spec_.family + ".";
    out_.add_string("general.architecture", spec_.family);
    out_.add_string("general.name", "tiny " + spec_.family);
    out_.add_u32(prefix + "context_length", spec_.context);
    out_.add_u32(prefix + "embedding_length", spec_.width);
    out_.add_u32(prefix + "block_count", spec_.layers);
    out_.add_u32(prefix + "feed_forward_length", spec_.feed_forward);
    out_.add_u32(prefix + "attention.head_count", spec_.heads);
    out_.add_u32(prefix + "attention.head_count_kv", spec_.kv_heads);
    out_.add_u32(prefix + "attention.key_length", spec_.head_dim);
    out_.add_u32(prefix + "attention.value_length", spec_.head_dim);
    out_.add_f32(prefix + "attention.layer_norm_rms_epsilon", 1e-5f);
    out_.add_u32(prefix + "rope.dimension_count", spec_.head_dim);
    out_.add_f32(prefix + "rope.freq_base", spec_.rope_base);
    if (spec_.rope_factor != 1.0f) {
      out_.add_string(prefix + "rope.scaling.type", "linear");
      out_.add_f32(prefix + "rope.scaling.factor", spec_.rope_factor);
    }
    if (spec_.window != 0) out_.add_u32(prefix + "attention.sliding_window", spec_.window);
    if (spec_.logit_soft_cap != 0.0f) out_.add_f32(prefix + "final_logit_softcapping", spec_.logit_soft_cap);
  }

  void add_vocabulary() {
    std::vector<std::string> texts{"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
    std::vector<std::int32_t> kinds{3, 3, 3};
    for (unsigned byte = 0; byte < 256; ++byte) texts.push_back(printable(byte));
    std::vector<std::string> pairs(merges.begin(), merges.end());
    for (std::string pair : pairs) {
      pair.erase(pair.find(' '), 1);
      texts.push_back(pair);
    }
    kinds.resize(texts.size(), 1);
    while (texts.size() < spec_.vocabulary)
      texts.push_back("<|unused_" + std::to_string(texts.size()) + "|>");
    kinds.resize(texts.size(), 5);
    out_.add_string("tokenizer.ggml.model", "gpt2");
    out_.add_string("tokenizer.ggml.pre", "gpt-2");
    out_.add_strings("tokenizer.ggml.tokens", texts);
    out_.add_i32s("tokenizer.ggml.token_type", kinds);
    out_.add_strings("tokenizer.ggml.merges", pairs);
    out_.add_u32("tokenizer.ggml.bos_token_id", tiny_end_of_text);
    out_.add_u32("tokenizer.ggml.eos_token_id", tiny_im_end);
    out_.add_bool("tokenizer.ggml.add_bos_token", false);
    out_.add_string("tokenizer.chat_template", chat_template);
  }

  void add_layer(const std::string& prefix) {
    const std::uint32_t q_width = spec_.heads * spec_.head_dim;
    const std::uint32_t kv_width = spec_.kv_heads * spec_.head_dim;
    add_vector(prefix + "attn_norm.weight", spec_.width, 1.0, 0.2);
    add_matrix(prefix + "attn_q.weight", spec_.width, q_width);
    add_matrix(prefix + "attn_k.weight", spec_.width, kv_width);
    add_matrix(prefix + "attn_v.weight", spec_.width, kv_width);
    if (is("qwen2")) {
      add_vector(prefix + "attn_q.bias", q_width, 0.0, 0.5);
      add_vector(prefix + "attn_k.bias", kv_width, 0.0, 0.5);
      add_vector(prefix + "attn_v.bias", kv_width, 0.0, 0.5);
    }
    if (is("qwen3") || is("gemma3")) {
      add_vector(prefix + "attn_q_norm.weight", spec_.head_dim, 1.0, 0.2);
      add_vector(prefix + "attn_k_norm.weight", spec_.head_dim, 1.0, 0.2);
    }
    add_matrix(prefix + "attn_output.weight", q_width, spec_.width);
    if (is("gemma3")) add_vector(prefix + "post_attention_norm.weight", spec_.width, 1.0, 0.2);
    add_vector(prefix + "ffn_norm.weight", spec_.width, 1.0, 0.2);
    add_matrix(prefix + "ffn_gate.weight", spec_.width, spec_.feed_forward);
    add_matrix(prefix + "ffn_up.weight", spec_.width, spec_.feed_forward);
    add_matrix(prefix + "ffn_down.weight", spec_.feed_forward, spec_.width);
    if (is("gemma3")) add_vector(prefix + "post_ffw_norm.weight", spec_.width, 1.0, 0.2);
  }

  /// F32, uniform in [middle - reach, middle + reach).
  void add_vector(const std::string& name, std::uint32_t size, double middle, double reach) {
    const std::uint64_t stream = stream_of(spec_.seed, name);
    std::vector<float> values(size);
    for (std::uint32_t i = 0; i < size; ++i) {
      const double part = reach * random_signed(stream, i);
      values[i] = static_cast<float>(middle + part);
    }
    const auto bytes = std::as_bytes(std::span<const float>(values));
    out_.add_tensor(name, tensor_type::f32, {size}, {bytes.begin(), bytes.end()});
  }

  /// Values of standard deviation 1/sqrt(columns), about.
  void add_matrix(const std::string& name, std::uint32_t columns, std::uint32_t rows,
                  bool is_vocabulary = false) {
    tensor_type type = spec_.types.at(matrices_++ % spec_.types.size());
    if (columns % model::shape_of(type).values != 0) type = tensor_type::f16;
    const auto shape = model::shape_of(type);
    const std::size_t row_bytes = columns / shape.values * shape.bytes;
    std::vector<std::byte> data(row_bytes * rows);
    const std::uint64_t stream = stream_of(spec_.seed, name);
    const double deviation = 1.0 / std::sqrt(static_cast<double>(columns));
    for (std::uint32_t row = 0; row < rows; ++row) {
      const double size =
          is_vocabulary && is_quiet(static_cast<std::int32_t>(row)) ? deviation / 64.0 : deviation;
      const std::span<std::byte> bytes(&data[row * row_bytes], row_bytes);
      if (shape.values == 1) {
        fill_floats(type, stream, std::uint64_t{row} * columns, size, bytes);
      } else {
        fill_blocks(type, stream, std::uint64_t{row} * row_bytes, size, bytes);
      }
    }
    out_.add_tensor(name, type, {columns, rows}, std::move(data));
  }

  static bool is_quiet(std::int32_t token) {
    const bool plain_byte = token >= tiny_first_byte + ' ' && token <= tiny_first_byte + '~';
    const bool merged = token >= tiny_first_merge && token < tiny_first_filler;
    return !plain_byte && !merged;
  }

  static void fill_floats(tensor_type type, std::uint64_t stream, std::uint64_t first, double deviation,
                          std::span<std::byte> out) {
    const double reach = deviation * std::sqrt(3.0);
    std::vector<float> values(out.size() / model::shape_of(type).bytes);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(reach * random_signed(stream, first + i));
    }
    model::quantize(type, values, out).value();
  }

  /// Byte i of a tensor is byte i % 8 of number i / 8 of its stream; then each block gets scales that fit.
  static void fill_blocks(tensor_type type, std::uint64_t stream, std::uint64_t first, double deviation,
                          std::span<std::byte> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t at = first + i;
      out[i] = static_cast<std::byte>(random_bits(stream, at / 8) >> (at % 8 * 8));
    }
    const auto scales = scales_of(type);
    const std::size_t block_bytes = model::shape_of(type).bytes;
    for (std::size_t at = 0; at < out.size(); at += block_bytes) {
      const auto block = out.subspan(at, block_bytes);
      const double spread = 0.75 + std::to_integer<int>(block[scales.scale_at] & std::byte{15}) / 32.0;
      const double size = deviation * spread;
      put_half(block, scales.scale_at, size * scales.scale);
      if (scales.minimum != 0.0) put_half(block, scales.minimum_at, size * scales.minimum);
      if (type != tensor_type::q8_0) continue;
      for (auto& value : block.subspan(2)) {  // quantizers never give -128
        if (value == std::byte{0x80}) value = std::byte{0x81};
      }
    }
  }

  const tiny_spec& spec_;
  gguf_writer out_;
  std::size_t matrices_ = 0;
};

/// A folder for this process alone, removed at its end.
class temporary_folder {
 public:
  temporary_folder() {
    std::random_device chance;
    path_ = std::filesystem::temp_directory_path() /
            ("hawser-models-" + std::to_string(chance()) + std::to_string(chance()));
    std::filesystem::create_directory(path_);
  }

  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  std::string next_file() {
    const std::scoped_lock lock(mutex_);
    return path_ / ("tiny-" + std::to_string(files_++) + ".gguf");
  }

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
  std::size_t files_ = 0;
};

}  // namespace

std::vector<std::byte> make_tiny_model(const tiny_spec& spec) {
  return tiny_maker(spec).make();
}

std::string write_temp_model(const tiny_spec& spec) {
  static temporary_folder folder;
  const auto bytes = make_tiny_model(spec);
  std::string path = folder.next_file();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
  return path;
}

}  // namespace hawser::test
