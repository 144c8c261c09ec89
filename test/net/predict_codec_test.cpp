#include "net/codec.hpp"
#include "net/predict_codec.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::net {
namespace {

codec_context context() {
  return {"1", "tiny", 1700000000, true, 42, {}, {}};
}

outcome<generation_job> predict(std::string_view body) {
  return read_job(endpoint::predict, body, {}, context());
}

struct refusal {
  std::string body, param, message;
  int status = 400;
};

const refusal refusals[] = {
    {"", "", "the request has no body: expected a JSON object"},
    {"[]", "", "the body's JSON is not an object"},
    {"{}", "text", "text: required: the text to continue, a string"},
    {R"({"text":null})", "text", "text: required: the text to continue, a string"},
    {R"({"text":1})", "text", "text: expected a string, found 1"},
    {R"({"text":["a"]})", "text", "text: expected a string, found an array of 1"},
    {R"({"text":"a","max_tokens":0})", "max_tokens",
     "max_tokens: expected an integer from 1 to 2147483647, found 0"},
    {R"({"text":"a","max_tokens":1.5})", "max_tokens",
     "max_tokens: expected an integer from 1 to 2147483647, found 1.5"},
    {R"({"text":"a","max_tokens":"4"})", "max_tokens",
     "max_tokens: expected an integer from 1 to 2147483647, found the string \"4\""},
    {R"({"text":"a","temperature":2.1})", "temperature",
     "temperature: expected a number from 0 to 2, found 2.1"},
    {R"({"text":"a","temperature":-1})", "temperature",
     "temperature: expected a number from 0 to 2, found -1"},
    {R"({"text":"a","temperature":true})", "temperature",
     "temperature: expected a number from 0 to 2, found true"},
    {R"({"text":"a","top_p":1.5})", "top_p", "top_p: expected a number from 0 to 1, found 1.5"},
    {R"({"text":"a","top_k":-2})", "top_k", "top_k: expected an integer from -1 to 2147483647, found -2"},
    {R"({"text":"a","min_p":-0.1})", "min_p", "min_p: expected a number from 0 to 1, found -0.1"},
    {R"({"text":"a","presence_penalty":3})", "presence_penalty",
     "presence_penalty: expected a number from -2 to 2, found 3"},
    {R"({"text":"a","repetition_penalty":0})", "repetition_penalty",
     "repetition_penalty: expected a number from 0.01 to 10, found 0"},
    {R"({"text":"a","n":9})", "n", "n: expected an integer from 1 to 8, found 9"},
    {R"({"text":"a","n":0})", "n", "n: expected an integer from 1 to 8, found 0"},
    {R"({"text":"a","stream":"yes"})", "stream", "stream: expected true or false, found the string \"yes\""},
    {R"({"text":"a","stop":[]x})", "", "the body is not JSON: syntax error at byte 21"},
    {R"({"text":"a","stop":[1]})", "stop[0]", "stop[0]: expected a string of 1 to 256 bytes, found 1"},
    {R"({"text":"a","stop":""})", "stop", "stop: expected a string of 1 to 256 bytes, found the string \"\""},
    {R"({"text":"a","stop":["1","2","3","4","5","6","7","8","9","0","1","2","3","4","5","6","7"]})", "stop",
     "stop: expected at most 16 strings, found an array of 17"},
    {R"({"text":"a","logit_bias":{"x":1}})", "logit_bias",
     "logit_bias: expected token numbers as keys, found the string \"x\""},
    {R"({"text":"a","logit_bias":{"5":101}})", "logit_bias.5",
     "logit_bias.5: expected a number from -100 to 100, found 101"},
    {R"({"text":"a","logit_bias":[]})", "logit_bias", "logit_bias: expected an object, found an array of 0"},
    {R"({"text":"a","seed":"1"})", "seed",
     "seed: expected an integer from -9223372036854775808 to 9223372036854775807, found the string \"1\""},
    {R"({"text":"a","priority":"soon"})", "priority",
     "priority: expected an integer, \"interactive\", \"standard\" or \"batch\", found the string \"soon\""},
    {R"({"text":"a","prompt":"b"})", "prompt", "prompt: unknown field"},
    {R"({"text":"a","model":"other"})", "model",
     "model: the string \"other\" is not served here; GET /v1/models lists what is", 404},
};

BOOST_AUTO_TEST_SUITE(predict_codec)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  for (const refusal& r : refusals) {
    const auto got = predict(r.body);
    BOOST_TEST_INFO(r.body);
    BOOST_TEST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().status == r.status);
    BOOST_TEST(got.error().param == r.param);
    BOOST_TEST(got.error().message == r.message);
  }
}

BOOST_AUTO_TEST_CASE(defaults_are_greedy_and_64_tokens) {
  const auto job = predict(R"({"text":"Once"})");
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST_REQUIRE(job->specs.size() == 1u);
  const actors::generation_spec& spec = job->specs[0];
  BOOST_TEST(std::get<actors::plain_prompt>(spec.prompt).text == "Once");
  BOOST_TEST(spec.max_tokens == 64u);
  BOOST_TEST(spec.sampling.temperature == 0.0f);
  BOOST_TEST(spec.sampling.seed == 42u);
  BOOST_TEST(spec.choices == 1u);
  BOOST_TEST(!job->stream);
}

BOOST_AUTO_TEST_CASE(every_field_arrives) {
  const auto job = predict(
      R"({"text":"a","model":"tiny","max_tokens":3.0,"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.1,
    "presence_penalty":1,"frequency_penalty":-1,"repetition_penalty":1.1,"seed":-1,"n":2,"stop":["x","y"],"stream":true,
    "logit_bias":{"5":-100,"7":2.5},"ignore_eos":true,"priority":1,"user":"u"})");
  BOOST_TEST_REQUIRE(job.has_value());
  const actors::generation_spec& spec = job->specs[0];
  BOOST_TEST(job->stream);
  BOOST_TEST(spec.max_tokens == 3u);
  BOOST_TEST(spec.sampling.temperature == 0.5f);
  BOOST_TEST(spec.sampling.top_p == 0.9f);
  BOOST_TEST(spec.sampling.top_k == 40);
  BOOST_TEST(spec.sampling.min_p == 0.1f);
  BOOST_TEST(spec.sampling.presence_penalty == 1.0f);
  BOOST_TEST(spec.sampling.frequency_penalty == -1.0f);
  BOOST_TEST(spec.sampling.repetition_penalty == 1.1f);
  BOOST_TEST(spec.sampling.seed == ~std::uint64_t{0});
  BOOST_TEST(spec.choices == 2u);
  BOOST_TEST((spec.stop == std::vector<std::string>{"x", "y"}));
  BOOST_TEST(
      (spec.sampling.logit_bias == std::vector<std::pair<model::token_id, float>>{{5, -100.0f}, {7, 2.5f}}));
  BOOST_TEST(spec.ignore_end);
  BOOST_TEST((spec.rank == actors::priority::batch));
}

BOOST_AUTO_TEST_CASE(null_is_the_same_as_absent) {
  const auto job = predict(
      R"({"text":"a","max_tokens":null,"stop":null,"logit_bias":null,"n":null,"seed":null,"stream":null,"model":null})");
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST(job->specs[0].max_tokens == 64u);
  BOOST_TEST(job->specs[0].sampling.seed == 42u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
