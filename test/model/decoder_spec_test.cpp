#include "model/decoder_spec.hpp"
#include "test/model/gguf_writer.hpp"
#include "test/model/golden.hpp"
#include "test/model/tiny_model.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>

namespace {

using namespace hawser;
using model::errc;
using model::tensor_type;

struct opened {
  std::vector<std::byte> bytes;
  std::shared_ptr<const model::gguf_file> file;
};

opened open(std::vector<std::byte> bytes) {
  opened out{.bytes = std::move(bytes), .file = nullptr};
  out.file = model::gguf_file::parse(out.bytes, "m.gguf").value();
  return out;
}

/// The keys of a small llama, of which a test changes or leaves out some.
struct keys {
  std::string family = "llama";
  std::vector<std::pair<std::string, std::uint32_t>> numbers{
      {"block_count", 2},           {"embedding_length", 64},       {"feed_forward_length", 32},
      {"context_length", 128},      {"attention.head_count", 4},    {"attention.head_count_kv", 2},
      {"attention.key_length", 16}, {"attention.value_length", 16},
  };
  float epsilon = 1e-5f;
  std::function<void(test::gguf_writer&)> more = [](test::gguf_writer&) {};
  std::uint64_t rows = 7;

  keys& set(const std::string& name, std::uint32_t value) {
    drop(name);
    numbers.emplace_back(name, value);
    return *this;
  }

  keys& drop(const std::string& name) {
    std::erase_if(numbers, [&](const auto& pair) { return pair.first == name; });
    return *this;
  }

  keys& with(std::function<void(test::gguf_writer&)> add) {
    more = std::move(add);
    return *this;
  }

  [[nodiscard]] std::vector<std::byte> bytes() const {
    test::gguf_writer writer;
    writer.add_string("general.architecture", family);
    for (const auto& [name, value] : numbers) writer.add_u32(family + "." + name, value);
    if (epsilon != 0.0f) writer.add_f32(family + ".attention.layer_norm_rms_epsilon", epsilon);
    more(writer);
    if (rows != 0)
      writer.add_tensor("token_embd.weight", tensor_type::f16, {64, rows},
                        std::vector<std::byte>(128 * rows));
    return writer.finish();
  }
};

model::decoder_spec read(const keys& from) {
  return model::read_decoder_spec(*open(from.bytes()).file).value();
}

void check_error(const keys& from, errc cause, std::string_view sentence) {
  const auto file = open(from.bytes());
  const auto spec = model::read_decoder_spec(*file.file);
  BOOST_REQUIRE(spec.has_error());
  BOOST_TEST(spec.error().what == "m.gguf: " + std::string(sentence));
  BOOST_TEST((spec.error().cause == cause));
}

BOOST_AUTO_TEST_SUITE(decoder_spec)

BOOST_AUTO_TEST_CASE(llama_has_plain_rope_of_neighbours) {
  const auto spec = read({});
  BOOST_TEST(spec.layer.size() == 2u);
  BOOST_TEST(spec.q_width() == 64u);
  BOOST_TEST(spec.kv_width() == 32u);
  BOOST_TEST(spec.vocabulary == 7u);
  BOOST_TEST(spec.attention_scale == 0.25f);
  BOOST_TEST(spec.embedding_scale == 1.0f);
  BOOST_TEST(spec.tied_output);
  BOOST_TEST(!(spec.qkv_bias || spec.qk_norm || spec.post_norms));
  BOOST_TEST((spec.act == model::activation::silu));
  const auto& rope = spec.layer[1].rope;
  BOOST_TEST((rope.pairing == model::rope_pairing::neighbours));
  BOOST_TEST(rope.dims == 16u);
  BOOST_TEST(rope.base == 10000.0f);
  BOOST_TEST(rope.scale == 1.0f);
  BOOST_TEST(spec.layer[1].window == 0u);
}

BOOST_AUTO_TEST_CASE(missing_lengths_follow_from_the_width) {
  const auto spec = read(
      keys().drop("attention.key_length").drop("attention.value_length").drop("attention.head_count_kv"));
  BOOST_TEST(spec.head_dim == 16u);
  BOOST_TEST(spec.kv_heads == 4u);
}

BOOST_AUTO_TEST_CASE(a_mistral_has_its_window_in_every_layer) {
  const auto spec = read(keys().set("attention.sliding_window", 32));
  BOOST_TEST(spec.layer[0].window == 32u);
  BOOST_TEST(spec.layer[1].window == 32u);
  BOOST_TEST(read(keys().set("attention.sliding_window", 0)).layer[0].window == 0u);
}

BOOST_AUTO_TEST_CASE(gemma3_sees_everything_in_each_sixth_layer) {
  keys gemma{.family = "gemma3"};
  gemma.set("block_count", 13).set("attention.sliding_window", 16).with([](test::gguf_writer& writer) {
    writer.add_f32("gemma3.rope.freq_base", 1e6f);
    writer.add_string("gemma3.rope.scaling.type", "linear");
    writer.add_f32("gemma3.rope.scaling.factor", 8.0f);
    writer.add_f32("gemma3.final_logit_softcapping", 30.0f);
    writer.add_f32("gemma3.attn_logit_softcapping", 0.0f);
  });
  const auto spec = read(gemma);
  for (std::uint32_t i = 0; i < 13; ++i) {
    const bool full = i == 5 || i == 11;
    BOOST_TEST(spec.layer[i].window == (full ? 0u : 16u));
    BOOST_TEST(spec.layer[i].rope.base == (full ? 1e6f : 1e4f));
    BOOST_TEST(spec.layer[i].rope.scale == (full ? 0.125f : 1.0f));
  }
  BOOST_TEST(spec.embedding_scale == 8.0f);
  BOOST_TEST(spec.logit_soft_cap == 30.0f);
  BOOST_TEST(spec.attention_soft_cap == 0.0f);
  BOOST_TEST(spec.post_norms);
  BOOST_TEST(spec.qk_norm);
  BOOST_TEST((spec.act == model::activation::gelu_tanh));
  BOOST_TEST((spec.layer[0].rope.pairing == model::rope_pairing::halves));
}

BOOST_AUTO_TEST_CASE(the_file_may_say_which_layers_are_local_and_with_which_base) {
  keys gemma{.family = "gemma3"};
  gemma.set("attention.sliding_window", 16).with([](test::gguf_writer& writer) {
    writer.add_bools("gemma3.attention.sliding_window_pattern", {false, true});
    writer.add_f32("gemma3.rope.freq_base_swa", 5000.0f);
  });
  const auto spec = read(gemma);
  BOOST_TEST(spec.layer[0].window == 0u);
  BOOST_TEST(spec.layer[1].window == 16u);
  BOOST_TEST(spec.layer[1].rope.base == 5000.0f);
  gemma.with([](test::gguf_writer& writer) { writer.add_u32("gemma3.attention.sliding_window_pattern", 2); });
  BOOST_TEST(read(gemma).layer[0].window == 16u);
  BOOST_TEST(read(gemma).layer[1].window == 0u);
  gemma.with(
      [](test::gguf_writer& writer) { writer.add_bools("gemma3.attention.sliding_window_pattern", {true}); });
  check_error(gemma, errc::malformed,
              "key \"gemma3.attention.sliding_window_pattern\" has 1 elements of type bool, expected a "
              "boolean for each of the 2 "
              "layers.");
}

BOOST_AUTO_TEST_CASE(the_largest_gemma3_scales_attention_by_its_width) {
  keys gemma{.family = "gemma3"};
  gemma.set("block_count", 62).set("attention.head_count", 8).set("embedding_length", 64);
  BOOST_TEST(read(gemma).attention_scale == 1.0f / std::sqrt(8.0f));
  BOOST_TEST(read(gemma.set("block_count", 48)).attention_scale == 0.25f);
}

BOOST_AUTO_TEST_CASE(qwen_families) {
  const auto qwen2 = read(keys{.family = "qwen2"});
  BOOST_TEST(qwen2.qkv_bias);
  BOOST_TEST(!qwen2.qk_norm);
  BOOST_TEST((qwen2.layer[0].rope.pairing == model::rope_pairing::halves));
  const auto qwen3 = read(keys{.family = "qwen3"});
  BOOST_TEST(qwen3.qk_norm);
  BOOST_TEST(!qwen3.qkv_bias);
}

BOOST_AUTO_TEST_CASE(older_and_plainer_forms_of_rope_scaling) {
  BOOST_TEST(read(keys().with([](auto& writer) { writer.add_f32("llama.rope.scale_linear", 4.0f); }))
                 .layer[0]
                 .rope.scale == 0.25f);
  BOOST_TEST(read(keys().with([](auto& writer) {
               writer.add_string("llama.rope.scaling.type", "none");
               writer.add_f32("llama.rope.scaling.factor", 4.0f);
             }))
                 .layer[0]
                 .rope.scale == 1.0f);
  check_error(keys().with([](auto& writer) { writer.add_string("llama.rope.scaling.type", "yarn"); }),
              errc::unsupported,
              "key \"llama.rope.scaling.type\" is \"yarn\": only none and linear are supported.");
  check_error(keys().with([](auto& writer) { writer.add_f32("llama.rope.scaling.factor", -1.0f); }),
              errc::malformed,
              "key \"llama.rope.scaling.factor\" is -1.000000, expected a finite number above 0.000000.");
  check_error(keys().set("rope.dimension_count", 15), errc::malformed,
              "key \"llama.rope.dimension_count\" is 15, expected an even number.");
  check_error(keys().set("rope.dimension_count", 18), errc::malformed,
              "key \"llama.rope.dimension_count\" is 18, expected 1 to 16.");
}

BOOST_AUTO_TEST_CASE(unknown_families_are_named) {
  check_error(keys{.family = "mamba"}, errc::unsupported,
              "models of architecture \"mamba\" are not supported, only llama, qwen2, qwen3, gemma3.");
  test::gguf_writer writer;
  const auto bare = open(writer.finish());
  BOOST_TEST(model::read_decoder_spec(*bare.file).error().what ==
             "m.gguf: key \"general.architecture\" is missing, expected the family of the model.");
}

BOOST_AUTO_TEST_CASE(sizes_are_proven) {
  for (const char* name :
       {"block_count", "embedding_length", "feed_forward_length", "context_length", "attention.head_count"}) {
    check_error(keys().drop(name), errc::malformed, "key \"llama." + std::string(name) + "\" is missing.");
  }
  check_error(keys().set("block_count", 0), errc::malformed,
              "key \"llama.block_count\" is 0, expected 1 to 1024.");
  check_error(keys().set("block_count", 0xffffffffu), errc::malformed,
              "key \"llama.block_count\" is 4294967295, expected 1 to 1024.");
  check_error(keys().set("attention.head_count", 0), errc::malformed,
              "key \"llama.attention.head_count\" is 0, expected 1 to 4096.");
  check_error(keys().set("attention.head_count_kv", 3), errc::malformed,
              "key \"llama.attention.head_count_kv\" is 3, expected a divisor of the 4 heads of "
              "\"llama.attention.head_count\".");
  check_error(keys().set("attention.value_length", 8), errc::unsupported,
              "keys of 16 and values of 8 numbers a head (\"llama.attention.key_length\", "
              "\"llama.attention.value_length\"), expected the "
              "same for both.");
  check_error(
      keys().drop("attention.key_length").set("attention.head_count", 6).set("attention.head_count_kv", 6),
      errc::malformed,
      "key \"llama.attention.key_length\" is missing and the width of 64 does not divide among 6 heads.");
  keys no_epsilon;
  no_epsilon.epsilon = 0.0f;
  check_error(no_epsilon, errc::malformed, "key \"llama.attention.layer_norm_rms_epsilon\" is missing.");
  check_error(
      keys().drop("block_count").with([](auto& writer) { writer.add_string("llama.block_count", "two"); }),
      errc::malformed, "key \"llama.block_count\" is of type string, expected one integer.");
}

BOOST_AUTO_TEST_CASE(the_vocabulary_is_that_of_the_embedding) {
  check_error(keys{.rows = 0}, errc::malformed,
              "tensor \"token_embd.weight\" is missing: the file holds a vocabulary only, no model.");
  const std::vector<std::string> texts(9, "x");
  check_error(keys().with([&](auto& writer) { writer.add_strings("tokenizer.ggml.tokens", texts); }),
              errc::malformed,
              "tensor \"token_embd.weight\" has 7 rows, but key \"tokenizer.ggml.tokens\" holds 9 tokens.");
}

BOOST_AUTO_TEST_CASE(what_would_be_passed_over_is_refused) {
  check_error(keys().set("expert_count", 8), errc::unsupported,
              "key \"llama.expert_count\" is 8.000000: models with it are not supported in family llama.");
  check_error(keys().with([](auto& writer) { writer.add_u32("split.count", 3); }), errc::unsupported,
              "the file is one of 3 parts of a model: join them first with llama-gguf-split --merge.");
  check_error(keys().with([](auto& writer) { writer.add_bool("llama.attention.causal", false); }),
              errc::unsupported,
              "key \"llama.attention.causal\" is false: models that see what follows are not supported.");
}

BOOST_AUTO_TEST_CASE(every_tensor_of_every_family_is_bound) {
  for (const auto& golden : test::read_tiny_goldens()) {
    BOOST_TEST_INFO("model: " << golden.name);
    const auto file = open(test::make_tiny_model(golden.spec));
    const auto spec = model::read_decoder_spec(*file.file).value();
    const auto bound = model::bind_tensors(*file.file, spec).value();
    BOOST_TEST(bound.layer.size() == golden.spec.layers);
    BOOST_TEST((bound.output == bound.embedding) == golden.spec.tied);
    BOOST_TEST((bound.rope_factors != nullptr) == golden.spec.rope_factors);
    const auto& last = bound.layer.back();
    BOOST_TEST((last.q_bias != nullptr) == (golden.spec.family == "qwen2"));
    BOOST_TEST((last.k_norm != nullptr) == spec.qk_norm);
    BOOST_TEST((last.post_feed_forward_norm != nullptr) == spec.post_norms);
    BOOST_TEST(last.down->name == "blk." + std::to_string(golden.spec.layers - 1) + ".ffn_down.weight");
  }
}

BOOST_AUTO_TEST_CASE(tensors_that_are_missing_or_of_the_wrong_shape_are_named) {
  const auto file = open(test::make_tiny_model({}));
  auto spec = model::read_decoder_spec(*file.file).value();
  const auto message = [&] { return model::bind_tensors(*file.file, spec).error().what; };
  spec.layers = 3;
  spec.layer.resize(3);
  BOOST_TEST(message() ==
             "m.gguf: tensor \"blk.2.attn_norm.weight\" is missing, expected one of shape [64].");
  spec.layers = 1;
  spec.layer.resize(1);
  BOOST_TEST(
      message() ==
      "m.gguf: tensor \"blk.1.attn_norm.weight\" has no place in a model of family llama with 1 layers.");
  spec.feed_forward = 64;
  BOOST_TEST(message() ==
             "m.gguf: tensor \"blk.0.ffn_gate.weight\" has the shape [64, 128], expected [64, 64].");
}

BOOST_AUTO_TEST_CASE(real_files_bind) {
  for (const char* name : {"SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"}) {
    const auto path = test::real_model(name);
    if (!path) {
      BOOST_TEST_MESSAGE("no " << name << " here");
      continue;
    }
    const auto file = model::gguf_file::open(*path).value();
    const auto spec = model::read_decoder_spec(*file).value();
    BOOST_TEST(model::bind_tensors(*file, spec).value().layer.size() == spec.layers);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
