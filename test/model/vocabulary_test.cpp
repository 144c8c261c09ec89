#include "model/vocabulary.hpp"
#include "test/model/gguf_writer.hpp"
#include "test/model/golden.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>

namespace {

using namespace hawser;
using model::token_kind;

std::vector<std::string> words(std::initializer_list<const char*> texts) {
  return {texts.begin(), texts.end()};
}

/// The keys that every vocabulary needs.
test::gguf_writer with_tokens(std::string_view kind, const std::vector<std::string>& texts) {
  test::gguf_writer writer;
  writer.add_string("tokenizer.ggml.model", kind);
  writer.add_strings("tokenizer.ggml.tokens", texts);
  return writer;
}

model::result<model::vocabulary> read(const test::gguf_writer& writer) {
  const auto bytes = writer.finish();
  return model::read_vocabulary(*model::gguf_file::parse(bytes, "words.gguf").value());
}

void check_error(const test::gguf_writer& writer, std::string_view sentence) {
  const auto found = read(writer);
  BOOST_REQUIRE(found.has_error());
  BOOST_TEST(found.error().what == "words.gguf: " + std::string(sentence));
  BOOST_TEST((found.error().cause == model::errc::malformed));
}

BOOST_AUTO_TEST_SUITE(vocabulary)

BOOST_AUTO_TEST_CASE(a_sentencepiece_file_that_says_little_has_the_usual_defaults) {
  const auto found = read(with_tokens("llama", words({"<unk>", "<s>", "</s>", "a"}))).value();
  BOOST_TEST(found.unknown == 0);
  BOOST_TEST(found.bos == 1);
  BOOST_TEST(found.eos == 2);
  BOOST_TEST(found.eot == model::no_token);
  BOOST_TEST(found.padding == model::no_token);
  BOOST_TEST(found.add_bos);
  BOOST_TEST(!found.add_eos);
  BOOST_TEST(found.add_space_prefix);
  BOOST_TEST(found.scores.empty());
  BOOST_TEST((found.kinds == std::vector<token_kind>(4, token_kind::normal)));
  BOOST_TEST(found.end_of_generation == std::vector<model::token_id>{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_byte_level_file_begins_with_bos_where_its_family_does) {
  const auto plain = read(with_tokens("gpt2", words({"a"}))).value();
  BOOST_TEST(!plain.add_bos);
  BOOST_TEST(!plain.add_space_prefix);
  BOOST_TEST(plain.bos == model::no_token);
  auto llama3 = with_tokens("gpt2", words({"a"}));
  llama3.add_string("tokenizer.ggml.pre", "llama-bpe");
  BOOST_TEST(read(llama3).value().add_bos);
  llama3.add_bool("tokenizer.ggml.add_bos_token", false);
  BOOST_TEST(!read(llama3).value().add_bos);
}

BOOST_AUTO_TEST_CASE(everything_that_the_file_says_is_read) {
  auto writer = with_tokens("gpt2", words({"a", "b", "ab", "<end>"}));
  writer.add_string("tokenizer.ggml.pre", "qwen2");
  writer.add_f32s("tokenizer.ggml.scores", std::array{0.0f, -1.0f, -2.0f, -3.0f, -4.0f});
  writer.add_i32s("tokenizer.ggml.token_type", std::array{1, 6, 4, 99});
  writer.add_strings("tokenizer.ggml.merges", words({"a b"}));
  writer.add_u32("tokenizer.ggml.bos_token_id", 0);
  writer.add_u32("tokenizer.ggml.eos_token_id", 3);
  writer.add_u32("tokenizer.ggml.eom_token_id", 2);
  writer.add_u32("tokenizer.ggml.padding_token_id", 1);
  writer.add_bool("tokenizer.ggml.add_eos_token", true);
  writer.add_bool("tokenizer.ggml.add_space_prefix", true);
  writer.add_bool("tokenizer.ggml.remove_extra_whitespaces", true);
  writer.add_string("tokenizer.chat_template", "{{ messages }}");
  const auto found = read(writer).value();
  BOOST_TEST(found.model == "gpt2");
  BOOST_TEST(found.pre_tokenizer == "qwen2");
  BOOST_TEST(found.scores == (std::vector<float>{0, -1, -2, -3}), boost::test_tools::per_element());
  BOOST_TEST((found.kinds == std::vector{token_kind::normal, token_kind::byte, token_kind::user_defined,
                                         token_kind::undefined}));
  BOOST_TEST(found.merges == words({"a b"}), boost::test_tools::per_element());
  BOOST_TEST(found.bos == 0);
  BOOST_TEST(found.padding == 1);
  BOOST_TEST(found.add_eos);
  BOOST_TEST(found.add_space_prefix);
  BOOST_TEST(found.remove_extra_whitespaces);
  BOOST_TEST(found.chat_template == "{{ messages }}");
  BOOST_TEST(found.end_of_generation == (std::vector<model::token_id>{2, 3}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(well_known_ends_of_a_turn_are_found_by_their_text) {
  auto writer =
      with_tokens("gpt2", words({"<|im_end|>", "<|eot_id|>", "</s>", "<eos>", "<|file_sep|>", "x", "</s> "}));
  writer.add_i32s("tokenizer.ggml.token_type", std::array{1, 4, 4, 3, 4, 1, 3});
  const auto found = read(writer).value();
  // </s> is struck-out HTML here, for the file does not call it a control token.
  BOOST_TEST(found.end_of_generation == (std::vector<model::token_id>{0, 1, 3, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(found.eot == 1);
  BOOST_TEST((found.kinds[0] == token_kind::control));
  BOOST_TEST((found.kinds[1] == token_kind::control));
  BOOST_TEST((found.kinds[2] == token_kind::user_defined));
  BOOST_TEST(found.ends_generation(3));
  BOOST_TEST(!found.ends_generation(2));
  BOOST_TEST(!found.ends_generation(model::no_token));
}

BOOST_AUTO_TEST_CASE(an_eot_of_the_file_goes_before_one_found_by_text) {
  auto writer = with_tokens("gpt2", words({"<|eot_id|>", "mine"}));
  writer.add_u32("tokenizer.ggml.eot_token_id", 1);
  const auto found = read(writer).value();
  BOOST_TEST(found.eot == 1);
  BOOST_TEST(found.end_of_generation == (std::vector<model::token_id>{0, 1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ids_behind_the_vocabulary) {
  auto padding = with_tokens("gpt2", words({"a"}));
  padding.add_u32("tokenizer.ggml.padding_token_id", 1);
  padding.add_u32("tokenizer.ggml.eos_token_id", 0xffffffffu);
  const auto found = read(padding).value();
  BOOST_TEST(found.padding == model::no_token);
  BOOST_TEST(found.eos == model::no_token);
  auto eos = with_tokens("gpt2", words({"a"}));
  eos.add_u32("tokenizer.ggml.eos_token_id", 1);
  check_error(eos, "key \"tokenizer.ggml.eos_token_id\" is 1, expected a token from 0 to 0.");
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_contradicts_is_named) {
  test::gguf_writer none;
  check_error(none, "key \"tokenizer.ggml.model\" is missing: the file holds no tokenizer.");
  test::gguf_writer no_tokens;
  no_tokens.add_string("tokenizer.ggml.model", "gpt2");
  check_error(no_tokens, "key \"tokenizer.ggml.tokens\" is missing or empty: the file holds no vocabulary.");
  auto few_scores = with_tokens("llama", words({"a", "b"}));
  few_scores.add_f32s("tokenizer.ggml.scores", std::array{0.0f});
  check_error(few_scores,
              "key \"tokenizer.ggml.scores\" has 1 elements, expected one for each of the 2 tokens.");
  auto few_kinds = with_tokens("llama", words({"a", "b"}));
  few_kinds.add_i32s("tokenizer.ggml.token_type", std::array{1});
  check_error(few_kinds,
              "key \"tokenizer.ggml.token_type\" has 1 elements, expected one for each of the 2 tokens.");
  auto flag = with_tokens("llama", words({"a"}));
  flag.add_u32("tokenizer.ggml.add_bos_token", 1);
  check_error(flag, "key \"tokenizer.ggml.add_bos_token\" is of type u32, expected bool.");
  auto merges = with_tokens("gpt2", words({"a"}));
  merges.add_string("tokenizer.ggml.merges", "a b");
  check_error(merges, "key \"tokenizer.ggml.merges\" is of type string, expected an array of strings.");
}

BOOST_AUTO_TEST_CASE(real_files) {
  struct expected {
    const char* file;
    std::size_t tokens;
    std::vector<model::token_id> ends;
    bool add_bos;
  };
  const std::array files{expected{"SmolLM2-135M-Instruct.Q4_1.gguf", 49'152, {0, 2, 4}, false},
                         expected{"gemma-3-270m-q4_k_m.gguf", 262'144, {1, 106}, true}};
  for (const auto& [name, tokens, ends, add_bos] : files) {
    const auto path = test::real_model(name);
    if (!path) {
      BOOST_TEST_MESSAGE("no " << name << " here");
      continue;
    }
    const auto found = model::read_vocabulary(*model::gguf_file::open(*path).value()).value();
    BOOST_TEST(found.texts.size() == tokens);
    BOOST_TEST(found.kinds.size() == tokens);
    BOOST_TEST(found.end_of_generation == ends, boost::test_tools::per_element());
    BOOST_TEST(found.add_bos == add_bos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
