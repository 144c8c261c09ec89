#include "net/api_description.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <regex>
#include <string>

namespace hawser::net {
namespace {

namespace json = boost::json;

actors::service_state& served(actors::service_state& made, std::uint32_t vocabulary) {
  made.now = actors::phase::ready;
  made.model_name = "tiny";
  made.vocabulary = vocabulary;
  made.width = 96;
  return made;
}

json::value described(const actors::service_state& model, const text_limits& limits = {}) {
  return json::parse(api_description(model, limits, "1.2.3"));
}

json::value schema(const json::value& whole, std::string_view name) {
  return whole.at("components").at("schemas").at(json::string_view(name.data(), name.size()));
}

BOOST_AUTO_TEST_SUITE(api_descriptions)

BOOST_AUTO_TEST_CASE(limits_are_this_servers) {
  actors::service_state model;
  text_limits limits;
  limits.choices = 3;
  limits.stop_strings = 2;
  limits.stop_bytes = 9;
  limits.top_logprobs = 4;
  limits.prompts = 5;
  limits.logit_biases = 6;
  const json::value made = described(served(model, 300), limits);
  BOOST_TEST(made.at("info").at("version").as_string() == "1.2.3");
  BOOST_TEST(schema(made, "Choices").at("maximum").to_number<int>() == 3);
  BOOST_TEST(schema(made, "Stop").at("anyOf").at(1).at("maxItems").to_number<int>() == 2);
  BOOST_TEST(schema(made, "StopString").at("maxLength").to_number<int>() == 9);
  BOOST_TEST(schema(made, "TopLogprobs").at("maximum").to_number<int>() == 4);
  BOOST_TEST(schema(made, "Prompt").at("anyOf").at(1).at("maxItems").to_number<int>() == 5);
  BOOST_TEST(schema(made, "LogitBias").at("maxProperties").to_number<int>() == 6);
  BOOST_TEST(schema(made, "Token").at("maximum").to_number<int>() == 299);
  BOOST_TEST(
      schema(made, "EmbeddingRequest").at("properties").at("dimensions").at("maximum").to_number<int>() ==
      96);
  BOOST_TEST((schema(made, "Model").at("enum") == json::array{"tiny", nullptr}));
  BOOST_TEST((api_description(model, limits, "").find("x-limit") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(thinking_is_for_models_that_think) {
  actors::service_state model;
  const auto kinds = [&] {
    return schema(described(served(model, 300)), "CountRequest")
        .at("properties")
        .at("thinking")
        .at("properties")
        .at("type")
        .at("enum");
  };
  BOOST_TEST((kinds() == json::array{"disabled"}));
  model.thinking.open = "<think>";
  BOOST_TEST((kinds() == json::array{"adaptive", "disabled"}));
}

BOOST_AUTO_TEST_CASE(names_of_tokens_are_those_of_the_vocabulary) {
  for (const std::uint32_t size : {1u, 2u, 9u, 10u, 11u, 100u, 101u, 320u, 1000u, 1020u, 2109u}) {
    actors::service_state model;
    const std::regex names(std::string(
        schema(described(served(model, size)), "LogitBias").at("propertyNames").at("pattern").as_string()));
    for (std::uint32_t token = 0; token < 2 * size + 20; ++token)
      BOOST_TEST_REQUIRE(std::regex_match(std::to_string(token), names) == (token < size));
    for (const char* const wrong : {"", "00", "01", "-1", "1a", "a"})
      BOOST_TEST(!std::regex_match(wrong, names));
  }
}

BOOST_AUTO_TEST_CASE(there_is_none_before_the_model) {
  actors::service_state model;
  BOOST_TEST(description_page(model, {}, "").status == 503);
  BOOST_TEST(description_page(served(model, 300), {}, "").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
