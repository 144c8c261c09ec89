#include "model/gguf.hpp"
#include "model/vocabulary.hpp"
#include "test/model/golden.hpp"
#include "test/model/tiny_model.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

namespace {

using namespace hawser;
using model::tensor_type;

BOOST_AUTO_TEST_SUITE(tiny_model)

BOOST_AUTO_TEST_CASE(the_vocabulary_is_where_its_header_says) {
  const auto bytes = test::make_tiny_model({});
  const auto file = model::gguf_file::parse(bytes, "tiny").value();
  const auto words = model::read_vocabulary(*file).value();
  BOOST_TEST(words.texts.size() == 320u);
  BOOST_TEST(words.texts[test::tiny_im_start] == "<|im_start|>");
  BOOST_TEST(words.texts[test::tiny_first_byte + 'a'] == "a");
  BOOST_TEST(words.texts[test::tiny_first_byte + ' '] == "Ġ");
  BOOST_TEST(words.texts[test::tiny_first_merge] == "th");
  BOOST_TEST(words.texts[test::tiny_first_filler] == "<|unused_283|>");
  BOOST_TEST(words.eos == test::tiny_im_end);
  BOOST_TEST(words.ends_generation(test::tiny_end_of_text));
  BOOST_TEST(!words.ends_generation(test::tiny_im_start));
  BOOST_TEST(words.chat_template.starts_with("{% for message in messages %}"));
}

BOOST_AUTO_TEST_CASE(types_take_turns_and_give_way_where_their_block_does_not_fit) {
  test::tiny_spec spec;
  spec.types = {tensor_type::q4_1, tensor_type::q6_k, tensor_type::f32};
  const auto bytes = test::make_tiny_model(spec);
  const auto file = model::gguf_file::parse(bytes, "tiny").value();
  BOOST_TEST((file->find_tensor("token_embd.weight")->type == tensor_type::q4_1));
  BOOST_TEST((file->find_tensor("blk.0.attn_q.weight")->type == tensor_type::f16));
  BOOST_TEST((file->find_tensor("blk.0.attn_k.weight")->type == tensor_type::f32));
}

BOOST_AUTO_TEST_CASE(a_temporary_model_is_the_same_file) {
  const std::string path = test::write_temp_model({});
  const auto bytes = test::make_tiny_model({});
  BOOST_TEST(std::filesystem::file_size(path) == bytes.size());
  const auto file = model::gguf_file::open(path).value();
  BOOST_TEST(file->tensors().size() == 2u + 2u * 9u);
  file->release_pages();
  BOOST_TEST(file->find_tensor("blk.1.ffn_up.weight")->dims[1] == 128u);
  BOOST_TEST(test::write_temp_model({}) != path);
}

BOOST_AUTO_TEST_CASE(its_bytes_are_those_of_the_reference) {
  for (const auto& golden : test::read_tiny_goldens()) {
    BOOST_TEST_INFO("model: " << golden.name);
    BOOST_TEST(test::fnv1a(test::make_tiny_model(golden.spec)) == golden.file);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
