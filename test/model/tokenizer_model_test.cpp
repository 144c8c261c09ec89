#include "model/gguf.hpp"
#include "model/tokenizer.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace hawser::model;

namespace {

std::string model_folder() {
  if (const char* folder = std::getenv("HAWSER_MODELS")) return folder;
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/.cache/hawser/models";
}

std::shared_ptr<const tokenizer> open(const std::string& name) {
  const auto file = gguf_file::open(model_folder() + "/" + name).value();
  return tokenizer::make(read_vocabulary(*file).value()).value();
}

/// Golden tokens of make_tokenizer_golden.py, and the text back from them, whole and as a stream.
void check(const std::shared_ptr<const tokenizer>& t, const std::string& golden, bool parse_special) {
  std::ifstream in(std::string(HAWSER_TEST_DATA) + "/" + golden);
  BOOST_REQUIRE_MESSAGE(in, "cannot open " << golden);
  const auto entries = boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  for (const auto& entry : entries.as_array()) {
    const std::string text(entry.at("text").as_string());
    std::vector<token_id> expected;
    for (const auto& id : entry.at("ids").as_array()) expected.push_back(id.to_number<token_id>());
    const auto found = t->encode(text, {.add_special = false, .parse_special = parse_special});
    BOOST_TEST(found == expected, "other tokens for " << entry.at("text"));
    detokenizer stream(t);
    std::string said;
    for (const token_id id : found) said += stream.push(id);
    said += stream.finish();
    // A vocabulary may lack bytes: then the text does not come back, and what does need not be text.
    if (t->decode(found) == text) BOOST_TEST(said == text);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(smollm2_as_the_reference) {
  const auto t = open("SmolLM2-135M-Instruct.Q4_1.gguf");
  check(t, "tokenizer_smollm2.json", true);
  BOOST_TEST(t->encode("<|im_start|>user\nHi<|im_end|>", {.add_special = true}).front() == 1);
  BOOST_TEST(t->encode("<|im_end|>", {.add_special = false, .parse_special = false}).size() > 1U);
}

BOOST_AUTO_TEST_CASE(gemma3_as_the_reference) {
  const auto t = open("gemma-3-270m-q4_k_m.gguf");
  check(t, "tokenizer_gemma3.json", false);
  BOOST_TEST(t->encode("Hello").front() == 2);
  BOOST_TEST(t->decode(t->encode("  Hello\n\n\n world ")) == "  Hello\n\n\n world ");
}
