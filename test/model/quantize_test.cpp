#include "model/quantize_plan.hpp"
#include "model/tensor.hpp"
#include "test/model/gguf_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace {

using namespace hawser;
using model::tensor_type;

constexpr std::array quantized_types{tensor_type::q8_0, tensor_type::q4_0, tensor_type::q4_1,
                                     tensor_type::q5_0, tensor_type::q5_1, tensor_type::q4_k,
                                     tensor_type::q5_k, tensor_type::q6_k};

std::vector<float> normal(std::size_t count, float deviation, unsigned seed) {
  std::mt19937 chance(seed);
  std::normal_distribution<float> draw(0.0f, deviation);
  std::vector<float> out(count);
  for (float& x : out) x = draw(chance);
  return out;
}

std::vector<std::byte> packed(tensor_type type, const std::vector<float>& values) {
  const model::block_shape shape = model::shape_of(type);
  std::vector<std::byte> out(values.size() / shape.values * shape.bytes);
  BOOST_REQUIRE(model::quantize(type, values, out).has_value());
  return out;
}

std::vector<float> there_and_back(tensor_type type, const std::vector<float>& values) {
  std::vector<float> out(values.size());
  model::dequantize(type, packed(type, values), out);
  return out;
}

/// Root of the mean square error, as a part of the values' own.
double relative_error(const std::vector<float>& values, const std::vector<float>& back) {
  double off = 0;
  double all = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double d = static_cast<double>(values[i]) - static_cast<double>(back[i]);
    off += d * d;
    all += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  return std::sqrt(off / all);
}

BOOST_AUTO_TEST_SUITE(quantize)

BOOST_AUTO_TEST_CASE(errors_on_normal_values_stay_below_their_bounds) {
  struct bound {
    tensor_type type;
    double most;
  };
  const auto values = normal(std::size_t{256} * 256, 0.05f, 7);
  // Of the K-quants: what the format's own tool leaves of such values, measured with it.
  for (const bound& one :
       {bound{tensor_type::q8_0, 0.0060}, bound{tensor_type::q4_0, 0.0930}, bound{tensor_type::q4_1, 0.0800},
        bound{tensor_type::q5_0, 0.0470}, bound{tensor_type::q5_1, 0.0390}, bound{tensor_type::q4_k, 0.0713},
        bound{tensor_type::q5_k, 0.0361}, bound{tensor_type::q6_k, 0.0177}}) {
    const double error = relative_error(values, there_and_back(one.type, values));
    BOOST_TEST_INFO(model::name_of(one.type) << " leaves " << error);
    BOOST_TEST(error < one.most);
    BOOST_TEST(error > one.most / 2);
  }
}

BOOST_AUTO_TEST_CASE(what_is_on_a_type_s_grid_comes_back_unchanged) {
  for (const tensor_type type : quantized_types) {
    // Multiples of 2^-6 up to what each type's steps reach, with both ends present.
    const int top = type == tensor_type::q8_0 ? 127 : type == tensor_type::q6_k ? 31 : 7;
    std::vector<float> values(256);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(static_cast<int>(i % 16) * top / 15) * 0x1p-6f;
    const auto once = there_and_back(type, values);
    const double error = relative_error(values, once);
    BOOST_TEST_INFO(model::name_of(type) << " leaves " << error);
    BOOST_TEST(error < 0.07);
    // Quantizing what was quantized moves nothing much: the grid is still there.
    BOOST_TEST(relative_error(once, there_and_back(type, once)) < 0.02);
  }
}

BOOST_AUTO_TEST_CASE(zeros_stay_zeros_and_one_sided_blocks_keep_their_side) {
  for (const tensor_type type : quantized_types) {
    const auto zeros = there_and_back(type, std::vector<float>(256));
    for (const float x : zeros) BOOST_REQUIRE(x == 0.0f);
    for (const float level : {0.75f, -0.75f}) {
      const std::vector<float> flat(256, level);
      BOOST_TEST_INFO(model::name_of(type));
      BOOST_TEST(relative_error(flat, there_and_back(type, flat)) < 0.005);
    }
  }
}

BOOST_AUTO_TEST_CASE(outliers_and_tiny_values_do_not_break_k_quants) {
  auto values = normal(2048, 0.02f, 3);
  for (std::size_t i = 0; i < values.size(); i += 97) values[i] *= 40.0f;
  for (std::size_t i = 512; i < 1024; ++i) values[i] *= 1e-6f;
  for (const tensor_type type : {tensor_type::q4_k, tensor_type::q5_k, tensor_type::q6_k}) {
    const auto back = there_and_back(type, values);
    BOOST_TEST_INFO(model::name_of(type));
    BOOST_TEST(relative_error(values, back) < 0.10);
    for (const float x : back) BOOST_REQUIRE(std::isfinite(x));
  }
}

BOOST_AUTO_TEST_CASE(values_that_are_no_numbers_do_no_harm) {
  auto values = normal(256, 1.0f, 5);
  values[17] = std::numeric_limits<float>::quiet_NaN();
  values[40] = -std::numeric_limits<float>::infinity();
  values[200] = 3e38f;
  for (const tensor_type type : quantized_types) BOOST_TEST(!packed(type, values).empty());
}

BOOST_AUTO_TEST_CASE(types_are_named_in_either_case) {
  BOOST_TEST((model::tensor_type_named("q4_K") == tensor_type::q4_k));
  BOOST_TEST((model::tensor_type_named("BF16") == tensor_type::bf16));
  BOOST_TEST(!model::tensor_type_named("q3_k").has_value());
  BOOST_TEST(!model::tensor_type_named("").has_value());
  BOOST_TEST(!model::tensor_type_named("unknown").has_value());
}

struct small_file {
  explicit small_file(bool with_head) {
    writer.add_string("general.architecture", "llama");
    writer.add_u32("general.file_type", 0);
    writer.add_strings("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b"});
    add("token_embd.weight", {256, 2});
    add("output_norm.weight", {256});
    if (with_head) add("output.weight", {256, 2});
    add("blk.0.attn_q.weight", {96, 4});
    add("blk.0.attn_k_norm.weight", {256, 2});
    add("blk.0.ffn_down.weight", {40, 3});
    bytes = writer.finish();
    file = model::gguf_file::parse(bytes, "small.gguf").value();
  }

  void add(std::string_view name, std::vector<std::uint64_t> dims) {
    std::uint64_t size = sizeof(float);
    for (const std::uint64_t dim : dims) size *= dim;
    writer.add_tensor(name, tensor_type::f32, std::move(dims), std::vector<std::byte>(size));
  }

  [[nodiscard]] model::planned_tensor planned(const model::quantize_request& asked,
                                              std::string_view name) const {
    for (const auto& one : model::plan_quantization(*file, asked)) {
      if (one.from->name == name) return one;
    }
    throw std::runtime_error("no such tensor");
  }

  test::gguf_writer writer;
  std::vector<std::byte> bytes;
  std::shared_ptr<const model::gguf_file> file;
};

BOOST_AUTO_TEST_CASE(rows_that_are_too_short_get_the_next_type_that_takes_them) {
  const small_file small(true);
  const std::array<std::array<tensor_type, 2>, 4> expected{{{tensor_type::q4_k, tensor_type::q5_0},
                                                            {tensor_type::q5_k, tensor_type::q5_1},
                                                            {tensor_type::q6_k, tensor_type::q8_0},
                                                            {tensor_type::q4_1, tensor_type::q4_1}}};
  for (const auto& [asked, found] : expected) {
    const auto q =
        small.planned({.type = asked, .embedding = {}, .output = {}, .keep = {}}, "blk.0.attn_q.weight");
    BOOST_TEST((q.type == found));
    BOOST_TEST(
        (q.reason == (asked == found ? model::quantize_reason::asked : model::quantize_reason::short_row)));
    const auto down =
        small.planned({.type = asked, .embedding = {}, .output = {}, .keep = {}}, "blk.0.ffn_down.weight");
    BOOST_TEST((down.type == tensor_type::f16));
    BOOST_TEST(down.size() == 240u);
  }
}

BOOST_AUTO_TEST_CASE(vectors_and_norms_stay_floats) {
  const small_file small(true);
  const model::quantize_request asked{.type = tensor_type::f16, .embedding = {}, .output = {}, .keep = {}};
  for (const char* name : {"output_norm.weight", "blk.0.attn_k_norm.weight"}) {
    BOOST_TEST((small.planned(asked, name).type == tensor_type::f32));
    BOOST_TEST((small.planned(asked, name).reason == model::quantize_reason::small));
  }
}

BOOST_AUTO_TEST_CASE(head_and_embedding_have_types_of_their_own) {
  model::quantize_request asked;
  asked.type = tensor_type::q4_0;
  asked.output = tensor_type::q6_k;
  const small_file headed(true);
  const small_file tied(false);
  BOOST_TEST((headed.planned(asked, "output.weight").type == tensor_type::q6_k));
  BOOST_TEST((headed.planned(asked, "token_embd.weight").type == tensor_type::q4_0));
  BOOST_TEST((tied.planned(asked, "token_embd.weight").type == tensor_type::q6_k));
  asked.embedding = tensor_type::q8_0;
  BOOST_TEST((headed.planned(asked, "token_embd.weight").type == tensor_type::q8_0));
  BOOST_TEST((tied.planned(asked, "token_embd.weight").type == tensor_type::q8_0));
  asked.keep.push_back({std::regex("^token_"), tensor_type::f16});
  asked.keep.push_back({std::regex("embd"), tensor_type::f32});
  BOOST_TEST((tied.planned(asked, "token_embd.weight").type == tensor_type::f16));
  BOOST_TEST((tied.planned(asked, "blk.0.attn_q.weight").type == tensor_type::q4_0));
}

BOOST_AUTO_TEST_CASE(the_new_header_keeps_everything_but_what_says_the_type) {
  const small_file small(true);
  const auto plan = model::plan_quantization(*small.file, {});
  const auto layout = model::quantized_header(*small.file, tensor_type::q8_0, plan);
  auto bytes = layout.header();
  bytes.resize(bytes.size() + layout.data_size());
  const auto made = model::gguf_file::parse(bytes, "made.gguf").value();
  BOOST_TEST(made->find("general.architecture")->string().value() == "llama");
  BOOST_TEST(made->find("tokenizer.ggml.tokens")->strings().value()[1] == "b");
  BOOST_TEST(made->find("general.file_type")->integer().value() == 7);
  BOOST_TEST(made->find("general.quantization_version")->integer().value() == 2);
  BOOST_TEST(made->metadata()[1].first == "general.file_type");
  BOOST_TEST(made->metadata().size() == 4u);
  BOOST_TEST(made->find_tensor("blk.0.attn_q.weight")->data.size() == std::size_t{4} * 3 * 34);
  BOOST_TEST((made->find_tensor("blk.0.ffn_down.weight")->type == tensor_type::f16));
  BOOST_TEST(made->find_tensor("output_norm.weight")->data.size() == 1024u);
}

BOOST_AUTO_TEST_CASE(the_alignment_of_the_file_is_kept) {
  model::gguf_writer writer(64);
  writer.add_u32("general.alignment", 64);
  const std::array<std::uint64_t, 2> dims{32, 1};
  writer.add_tensor("a", tensor_type::f32, dims, 128);
  writer.add_tensor("b", tensor_type::f32, dims, 128);
  auto bytes = writer.header();
  BOOST_TEST(bytes.size() % 64 == 0u);
  bytes.resize(bytes.size() + writer.data_size());
  const auto file = model::gguf_file::parse(bytes, "aligned.gguf").value();
  BOOST_TEST(file->alignment() == 64u);
  const auto plan = model::plan_quantization(*file, {});
  const auto layout = model::quantized_header(*file, tensor_type::q8_0, plan);
  auto again = layout.header();
  BOOST_TEST(again.size() % 64 == 0u);
  BOOST_TEST(layout.offset(1) % 64 == 0u);
  again.resize(again.size() + layout.data_size());
  BOOST_TEST(model::gguf_file::parse(again, "again.gguf").value()->alignment() == 64u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
