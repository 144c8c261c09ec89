#include "net/codec.hpp"
#include "net/embedding_codec.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace hawser::net {
namespace {

codec_context context() {
  codec_context made{"1", "tiny", 1700000000, true, 42, {}, {}};
  made.width = 4;
  return made;
}

outcome<generation_job> read(std::string_view body) {
  return read_job(endpoint::embeddings, body, {}, context());
}

actors::choice_ended ended_with(std::vector<float> values) {
  return {1, 0, {actors::finish::stop, {}, {}, 0, std::move(values)}};
}

struct refusal {
  std::string body, message;
};

const refusal refusals[] = {
    {"{}", "input: required: a string, an array of strings, or tokens"},
    {R"({"input":["a",""]})", "input: an empty text has no embedding"},
    {R"({"input":[]})", "input: expected at least one prompt, found an empty array"},
    {R"({"input":5})", "input: expected a string, an array of strings, or tokens, found 5"},
    {R"({"input":["a",5]})", "input[1]: expected a string or a non-empty array of tokens, found 5"},
    {R"({"input":[1,-5]})", "input[1]: expected a token number, found -5"},
    {R"({"input":"a","dimensions":5})", "dimensions: expected an integer from 1 to 4, found 5"},
    {R"({"input":"a","dimensions":0})", "dimensions: expected an integer from 1 to 4, found 0"},
    {R"({"input":"a","encoding_format":"hex"})",
     "encoding_format: expected float or base64, found the string \"hex\""},
    {R"({"input":"a","pooling":"cls"})", "pooling: expected mean or last, found the string \"cls\""},
    {R"({"input":"a","temperature":1})", "temperature: unknown field"},
};

BOOST_AUTO_TEST_SUITE(embedding_codecs)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  for (const refusal& r : refusals) {
    const auto job = read(r.body);
    BOOST_TEST_REQUIRE(!job.has_value());
    BOOST_TEST(job.error().message == r.message);
  }
}

BOOST_AUTO_TEST_CASE(one_prompt_each) {
  const auto job = read(R"({"input":[[1,2],[3]],"pooling":"last","user":"u","priority":"batch"})");
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST_REQUIRE(job->specs.size() == 2u);
  BOOST_TEST(std::get<actors::token_prompt>(job->specs[1].prompt).tokens.front() == 3);
  for (const actors::generation_spec& one : job->specs) {
    BOOST_TEST((one.embed == actors::pooling::last));
    BOOST_TEST((one.rank == actors::priority::batch));
    BOOST_TEST(one.max_tokens == 1u);
  }
  BOOST_TEST(!job->stream);
  BOOST_TEST((read(R"({"input":"a"})")->specs.front().embed == actors::pooling::mean));
}

BOOST_AUTO_TEST_CASE(answers_are_normalised_and_in_order) {
  auto job = read(R"({"input":["a","b","c"]})");
  std::string out;
  job->reply->on(2, ended_with({0.0f, 0.0f}), out);
  job->reply->on(1, ended_with({0.0f, -2.0f}), out);
  job->reply->on(0, ended_with({3.0f, 4.0f}), out);
  for (prompt_index i = 0; i < 3; ++i)
    job->reply->on(i, actors::ended{i, actors::finish::stop, {}, 2, 0, 0, {}}, out);
  BOOST_TEST(out.empty());
  job->reply->finish(out);
  BOOST_TEST(out == R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.6,0.8]},)"
                    R"({"object":"embedding","index":1,"embedding":[0,-1]},)"
                    R"({"object":"embedding","index":2,"embedding":[0,0]}],)"
                    R"("model":"tiny","usage":{"prompt_tokens":6,"total_tokens":6}})");
}

// What is cut off is normalised again.
BOOST_AUTO_TEST_CASE(the_first_dimensions) {
  auto job = read(R"({"input":"a","dimensions":2})");
  std::string out;
  job->reply->on(0, ended_with({3.0f, 4.0f, 100.0f, 7.0f}), out);
  job->reply->finish(out);
  BOOST_TEST(out.find(R"("embedding":[0.6,0.8])") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(base64_of_floats) {
  const std::vector<float> values{1.0f, -2.0f, 0.5f, 3.0f};
  const std::string_view coded[] = {"", "AACAPw==", "AACAPwAAAMA=", "AACAPwAAAMAAAAA/",
                                    "AACAPwAAAMAAAAA/AABAQA=="};
  for (std::size_t many = 0; many <= values.size(); ++many)
    BOOST_TEST(base64_of(std::span(values).first(many)) == coded[many]);
  auto job = read(R"({"input":"a","encoding_format":"base64"})");
  std::string out;
  job->reply->on(0, ended_with({2.0f, 0.0f}), out);
  job->reply->finish(out);
  BOOST_TEST(out.find(R"("embedding":"AACAPwAAAAA=")") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
