#include "net/codec.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace hawser::net {
namespace {

namespace json = boost::json;

codec_context context() {
  return {"1", "tiny", 1700000000, true, 42, {}, {}};
}

outcome<generation_job> completion(std::string_view body) {
  return read_job(endpoint::completions, body, {}, context());
}

actors::generated_token token(std::string text, float logprob = 0, bool scored = false) {
  actors::generated_token made;
  made.id = 3;
  made.text = text;
  if (!scored) return made;
  made.piece = std::move(text);
  made.logprob = logprob;
  made.top = {{9, -0.25f}};
  made.top_pieces = {"\xE6\xB5"};
  return made;
}

struct refusal {
  std::string body, message;
};

const refusal refusals[] = {
    {"{}", "prompt: required: a string, an array of strings, or tokens"},
    {R"({"prompt":1})", "prompt: expected a string, an array of strings, or tokens, found 1"},
    {R"({"prompt":[]})", "prompt: expected at least one prompt, found an empty array"},
    {R"({"prompt":[1,"a"]})", "prompt[1]: expected a token number, found the string \"a\""},
    {R"({"prompt":[1,-1]})", "prompt[1]: expected a token number, found -1"},
    {R"({"prompt":[1,2.5]})", "prompt[1]: expected a token number, found 2.5"},
    {R"({"prompt":["a",[]]})",
     "prompt[1]: expected a string or a non-empty array of tokens, found an array of 0"},
    {R"({"prompt":[[1],[2,null]]})", "prompt[1][1]: expected a token number, found null"},
    {R"({"prompt":"a","suffix":"b"})", "suffix: not supported: text is only continued, not filled in"},
    {R"({"prompt":"a","best_of":2})",
     "best_of: not supported: answers are not ranked; leave it out, or make it equal to n"},
    {R"({"prompt":"a","logprobs":21})", "logprobs: expected an integer from 0 to 20, found 21"},
    {R"({"prompt":"a","logprobs":true})", "logprobs: expected an integer from 0 to 20, found true"},
    {R"({"prompt":"a","echo":1})", "echo: expected true or false, found 1"},
    {R"({"prompt":"a","stream_options":{"include_usage":true}})",
     "stream_options: only allowed with \"stream\": true"},
    {R"({"prompt":"a","stream":true,"stream_options":{"x":1}})", "stream_options.x: unknown field"},
    {R"({"prompt":"a","messages":[]})", "messages: unknown field"},
};

BOOST_AUTO_TEST_SUITE(completion_codec)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  for (const refusal& r : refusals) {
    const auto got = completion(r.body);
    BOOST_TEST_INFO(r.body);
    BOOST_TEST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().status == 400);
    BOOST_TEST(got.error().message == r.message);
    BOOST_TEST(got.error().param == r.message.substr(0, r.message.find(':')));
  }
}

BOOST_AUTO_TEST_CASE(prompts_come_in_four_shapes) {
  const std::pair<std::string, std::size_t> shapes[] = {
      {R"("a")", 1}, {R"(["a","b","c"])", 3}, {"[1,2,3]", 1}, {"[[1,2],[3]]", 2}};
  for (const auto& [prompt, count] : shapes) {
    const auto job = completion(R"({"prompt":)" + prompt + R"(,"best_of":1,"suffix":null})");
    BOOST_TEST_INFO(prompt);
    BOOST_TEST_REQUIRE(job.has_value());
    BOOST_TEST(job->specs.size() == count);
    BOOST_TEST(job->specs[0].max_tokens == 16u);
    BOOST_TEST(job->specs[0].sampling.temperature == 1.0f);
  }
  const auto tokens = completion(R"({"prompt":[[1,2],[3]]})");
  BOOST_TEST(
      (std::get<actors::token_prompt>(tokens->specs[0].prompt).tokens == std::vector<model::token_id>{1, 2}));
}

BOOST_AUTO_TEST_CASE(prompts_without_a_seed_draw_apart) {
  const auto apart = completion(R"({"prompt":["a","a"],"n":2})");
  BOOST_TEST(apart->specs[0].sampling.seed == 42u);
  BOOST_TEST(apart->specs[1].sampling.seed == 44u);
  const auto same = completion(R"({"prompt":["a","a"],"n":2,"seed":7})");
  BOOST_TEST(same->specs[0].sampling.seed == 7u);
  BOOST_TEST(same->specs[1].sampling.seed == 7u);
}

BOOST_AUTO_TEST_CASE(logprobs_and_echo_line_up) {
  auto job = completion(R"({"prompt":"hi","echo":true,"logprobs":1,"max_tokens":2})");
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST(job->specs[0].echo_logprobs);
  BOOST_TEST(job->specs[0].sampling.top_logprobs == 1);
  std::string out;
  job->reply->on(0, actors::admitted{1, 2, 0}, out);
  job->reply->on(0, actors::generated{1, 0, true, {token("h", 0, true), token("i", -1, true)}}, out);
  job->reply->on(0, actors::generated{1, 0, false, {token("\xE6\xB5\x8B", -0.5f, true)}}, out);
  job->reply->on(0, actors::choice_ended{1, 0, {actors::finish::length, "!", {}, 1}}, out);
  job->reply->on(0, actors::ended{1, actors::finish::length, {}, 2, 0, 1, {}}, out);
  BOOST_TEST(out.empty());
  job->reply->finish(out);
  BOOST_TEST(
      out ==
      R"({"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"tiny","choices":[{"index":0,)"
      "\"text\":\"hi\xE6\xB5\x8B!\",\"logprobs\":{\"tokens\":[\"h\",\"i\",\"\xE6\xB5\x8B\"],"
      "\"token_logprobs\":[null,-1,-0.5],\"top_logprobs\":[null,{\"bytes:\\\\xe6\\\\xb5\":-0.25,\"i\":-1},"
      "{\"bytes:\\\\xe6\\\\xb5\":-0.25,\"\xE6\xB5\x8B\":-0.5}],\"text_offset\":[0,1,2]},"
      R"("finish_reason":"length"}],"usage":{"prompt_tokens":2,"completion_tokens":1,"total_tokens":3,)"
      R"("prompt_tokens_details":{"cached_tokens":0}}})");
  BOOST_TEST(json::parse(out).is_object());
}

BOOST_AUTO_TEST_CASE(echo_of_tokens_gets_its_text_from_their_pieces) {
  auto job = completion(R"({"prompt":[5,6],"echo":true})");
  BOOST_TEST(job->specs[0].echo_logprobs);
  BOOST_TEST(job->specs[0].sampling.top_logprobs == 0);
  std::string out;
  job->reply->on(0, actors::admitted{1, 2, 0}, out);
  job->reply->on(0, actors::generated{1, 0, true, {token("h", 0, true), token("i", 0, true)}}, out);
  job->reply->on(0, actors::generated{1, 0, false, {token("!", 0, true)}}, out);
  job->reply->on(0, actors::choice_ended{1, 0, {actors::finish::stop, {}, {}, 1}}, out);
  job->reply->finish(out);
  const json::value answer = json::parse(out);
  BOOST_TEST(answer.at("choices").at(0).at("text").as_string() == "hi!");
  BOOST_TEST(answer.at("choices").at(0).at("logprobs").is_null());
}

BOOST_AUTO_TEST_CASE(streamed_choices_of_two_prompts_keep_their_places) {
  auto job =
      completion(R"({"prompt":["a","b"],"n":2,"stream":true,"stream_options":{"include_usage":true}})");
  BOOST_TEST_REQUIRE(job.has_value());
  std::string out;
  job->reply->on(1, actors::admitted{2, 1, 0}, out);
  BOOST_TEST(out.empty());
  job->reply->on(1, actors::generated{2, 1, false, {token("x"), token("y")}}, out);
  BOOST_TEST(
      out ==
      R"(data: {"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"tiny","choices":[)"
      R"({"index":3,"text":"xy","logprobs":null,"finish_reason":null}],"usage":null})"
      "\n\n");
  out.clear();
  job->reply->on(1, actors::choice_ended{2, 1, {actors::finish::stop, {}, {}, 2}}, out);
  BOOST_TEST(out.ends_with(R"([{"index":3,"text":"","logprobs":null,"finish_reason":"stop"}],"usage":null})"
                           "\n\n"));
  out.clear();
  for (prompt_index p = 0; p < 2; ++p)
    job->reply->on(p, actors::ended{1, actors::finish::stop, {}, 3, 1, 4, {}}, out);
  job->reply->finish(out);
  BOOST_TEST(
      out ==
      R"(data: {"id":"cmpl-1","object":"text_completion","created":1700000000,"model":"tiny","choices":[],)"
      R"("usage":{"prompt_tokens":6,"completion_tokens":8,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":2}},)"
      R"("timings":{"queue_ms":0,"prefill_ms":0,"decode_ms":0}})"
      "\n\ndata: [DONE]\n\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
