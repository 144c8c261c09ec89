#include "net/codec.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

codec_context context() {
  return {"1", "tiny", 1700000000, true, 42, {}, {}};
}

outcome<generation_job> chat(std::string_view body) {
  return read_job(endpoint::chat_completions, body, {}, context());
}

/// A body with one user message and `more` fields.
std::string with(const std::string& more) {
  return R"({"messages":[{"role":"user","content":"hi"}],)" + more + "}";
}
/// A body with one message.
std::string message(const std::string& m) {
  return R"({"messages":[)" + m + "]}";
}

struct refusal {
  std::string body, message;
};

const refusal refusals[] = {
    {"{}", "messages: required: a non-empty array of messages"},
    {R"({"messages":[]})", "messages: required: a non-empty array of messages"},
    {R"({"messages":"hi"})", "messages: expected an array, found the string \"hi\""},
    {message("1"), "messages[0]: expected an object, found 1"},
    {message("{}"), "messages[0].role: required: system, developer, user, assistant or tool"},
    {message(R"({"role":"robot","content":"x"})"),
     "messages[0].role: expected system, developer, user, assistant or tool, found the string \"robot\""},
    {message(R"({"role":"user"})"), "messages[0].content: required: a string or an array of parts"},
    {message(R"({"role":"user","content":5})"),
     "messages[0].content: expected a string or an array of parts, found 5"},
    {message(R"({"role":"user","content":["x"]})"),
     "messages[0].content[0]: expected an object, found the string \"x\""},
    {message(
         R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"u"}}]})"),
     "messages[0].content[1].type: not supported: the string \"image_url\"; this model reads text only"},
    {message(R"({"role":"user","content":[{"type":"text"}]})"),
     "messages[0].content[0].text: required: a string"},
    {message(R"({"role":"user","content":"x","weight":1})"), "messages[0].weight: unknown field"},
    {message(R"({"role":"assistant","tool_calls":[{"id":"1"}]})"),
     "messages[0].tool_calls[0]: expected an object with function.name, found an object"},
    {with(R"("tools":[{"type":"function"}])"), "tools: not supported: this server does not call tools"},
    {with(R"("tool_choice":"required")"),
     "tool_choice: not supported: the string \"required\"; leave it out"},
    {with(R"("functions":[{}])"), "functions: not supported: this server does not call functions"},
    {with(R"("response_format":{"type":"json_object"})"),
     "response_format.type: not supported: the string \"json_object\"; only \"text\" is"},
    {with(R"("store":true)"), "store: not supported: answers are not stored"},
    {with(R"("metadata":{"a":"b"})"), "metadata: not supported: answers are not stored"},
    {with(R"("audio":{"voice":"x"})"), "audio: not supported: this model answers with text only"},
    {with(R"("modalities":["text","audio"])"),
     "modalities: not supported: this model answers with text only; expected [\"text\"]"},
    {with(R"("prediction":{"type":"content"})"), "prediction: not supported: answers are not predicted"},
    {with(R"("web_search_options":{"a":1})"),
     "web_search_options: not supported: this server does not search"},
    {with(R"("web_search_options":{})"), "web_search_options: not supported: this server does not search"},
    {with(R"("moderation":{"model":"m"})"), "moderation: not supported: texts are not judged"},
    {with(R"("prompt_cache_options":{"mode":"explicit"})"),
     "prompt_cache_options.mode: not supported: the string \"explicit\"; leave it out"},
    {with(R"("prompt_cache_options":{"ttl":"30m"})"),
     "prompt_cache_options.ttl: not supported: prompts are remembered while there is room"},
    {message(
         R"({"role":"user","content":[{"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}}]})"),
     "messages[0].content[0].prompt_cache_breakpoint: not supported: prompts are remembered by themselves"},
    {with(R"("service_tier":"flex")"), "service_tier: not supported: the string \"flex\"; leave it out"},
    {with(R"("reasoning_effort":"high")"),
     "reasoning_effort: not supported: the string \"high\"; leave it out"},
    {with(R"("verbosity":"low")"), "verbosity: not supported: the string \"low\"; leave it out"},
    {with(R"("top_logprobs":3)"), "top_logprobs: only allowed with \"logprobs\": true"},
    {with(R"("logprobs":true,"top_logprobs":21)"),
     "top_logprobs: expected an integer from 0 to 20, found 21"},
    {with(R"("max_tokens":3,"max_completion_tokens":4)"),
     "max_tokens: is the older name of max_completion_tokens: send one of them"},
    {with(R"("stream":true,"stream_options":{"include_obfuscation":true})"),
     "stream_options.include_obfuscation: not supported: this server pads no events"},
    {with(R"("chat_template_kwargs":{"messages":[]})"),
     "chat_template_kwargs: must not contain the string \"messages\""},
    {with(R"("guided_json":{})"), "guided_json: unknown field"},
};

actors::generated_token token(std::string text) {
  actors::generated_token made;
  made.text = made.piece = std::move(text);
  made.logprob = -0.5f;
  made.top = {{1, -0.5f}, {2, -3.25f}};
  made.top_pieces = {made.piece, "\xF0\x9F"};
  return made;
}

std::string frame(const std::string& choice, bool usage) {
  return R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"tiny","choices":[)" +
         choice + "]" + (usage ? R"(,"usage":null)" : "") + "}\n\n";
}

BOOST_AUTO_TEST_SUITE(chat_codec)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  for (const refusal& r : refusals) {
    const auto got = chat(r.body);
    BOOST_TEST_INFO(r.body);
    BOOST_TEST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().status == 400);
    BOOST_TEST(got.error().message == r.message);
    BOOST_TEST(got.error().param == r.message.substr(0, r.message.find(':')));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_said_is_sampled_as_configured) {
  codec_context configured = context();
  configured.sampling = {.temperature = 0.7f, .top_k = 20, .top_p = 0.8f, .min_p = 0.1f};
  const auto silent = read_job(endpoint::chat_completions, with(R"("n":1)"), {}, configured);
  BOOST_TEST_REQUIRE(silent.has_value());
  const model::sampling_params& used = silent->specs[0].sampling;
  BOOST_TEST(used.temperature == 0.7f);
  BOOST_TEST(used.top_k == 20);
  BOOST_TEST(used.top_p == 0.8f);
  BOOST_TEST(used.min_p == 0.1f);
  const auto clear = read_job(endpoint::chat_completions,
                              with(R"("temperature":1,"top_k":0,"top_p":1,"min_p":0)"), {}, configured);
  BOOST_TEST_REQUIRE(clear.has_value());
  const model::sampling_params& said = clear->specs[0].sampling;
  BOOST_TEST(said.temperature == 1.0f);
  BOOST_TEST(said.top_k == 0);
  BOOST_TEST(said.top_p == 1.0f);
  BOOST_TEST(said.min_p == 0.0f);
}

BOOST_AUTO_TEST_CASE(what_asks_for_nothing_is_taken) {
  for (
      const std::string more :
      {R"("tools":[],"tool_choice":"none","functions":[],"response_format":{"type":"text"})",
       R"("store":false,"metadata":{},"modalities":["text"],"service_tier":"auto","parallel_tool_calls":true)",
       R"("prompt_cache_options":{"mode":"implicit"},"moderation":null,"web_search_options":null)",
       R"("user":"u","safety_identifier":"s","prompt_cache_key":"k","prompt_cache_retention":"in-memory")",
       R"("max_completion_tokens":5,"top_k":5,"min_p":0.1,"repetition_penalty":1.1,"priority":0)",
       R"("tools":null,"logprobs":null,"top_logprobs":null,"stream_options":null,"response_format":null)"}) {
    const auto job = chat(with(more));
    BOOST_TEST_INFO(more);
    BOOST_TEST(job.has_value());
  }
}

BOOST_AUTO_TEST_CASE(messages_reach_the_template) {
  const auto job = chat(R"({"messages":[{"role":"developer","content":"be brief"},
    {"role":"user","name":"ann","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
    {"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"1","content":"42"}],"chat_template_kwargs":{"enable_thinking":false}})");
  BOOST_TEST_REQUIRE(job.has_value());
  const json::object& context = std::get<actors::chat_prompt>(job->specs[0].prompt).context;
  BOOST_TEST(
      json::serialize(context) ==
      R"({"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"a\nb","name":"ann"},)"
      R"({"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"({"role":"tool","content":"42","tool_call_id":"1"}],"enable_thinking":false})");
  BOOST_TEST(job->specs[0].max_tokens == 0u);
  BOOST_TEST(job->specs[0].sampling.temperature == 1.0f);
}

BOOST_AUTO_TEST_CASE(a_model_without_a_template_says_so) {
  codec_context plain = context();
  plain.has_chat_template = false;
  const auto job = read_job(endpoint::chat_completions, with(R"("n":1)"), {}, plain);
  BOOST_TEST_REQUIRE(!job.has_value());
  BOOST_TEST(job.error().message == "messages: this model has no chat template; use /v1/completions");
}

BOOST_AUTO_TEST_CASE(a_stream_has_openais_frames) {
  for (const bool usage : {false, true}) {
    auto job = chat(
        with(R"("stream":true)" + std::string(usage ? R"(,"stream_options":{"include_usage":true})" : "")));
    BOOST_TEST_REQUIRE(job.has_value());
    std::string out;
    job->reply->on(0, actors::admitted{1, 9, 4}, out);
    job->reply->on(0, actors::generated{1, 0, false, {token("Hel"), token("lo \"\n")}}, out);
    job->reply->on(0, actors::generated{1, 0, false, {token("")}}, out);
    job->reply->on(0, actors::choice_ended{1, 0, {actors::finish::length, " held", {}, 3}}, out);
    job->reply->on(0, actors::ended{1, actors::finish::length, {}, 9, 4, 3, {}}, out);
    job->reply->finish(out);
    std::string expected =
        frame(R"({"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null})",
              usage);
    expected +=
        frame(R"({"index":0,"delta":{"content":"Hello \"\n"},"logprobs":null,"finish_reason":null})", usage);
    expected +=
        frame(R"({"index":0,"delta":{"content":" held"},"logprobs":null,"finish_reason":null})", usage);
    expected += frame(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"length"})", usage);
    if (usage) {
      expected +=
          R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"tiny","choices":[],)"
          R"("usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}},)"
          R"("timings":{"queue_ms":0,"prefill_ms":0,"decode_ms":0}})"
          "\n\n";
    }
    expected += "data: [DONE]\n\n";
    BOOST_TEST(out == expected);
  }
}

BOOST_AUTO_TEST_CASE(logprobs_have_bytes) {
  auto job = chat(with(R"("logprobs":true,"top_logprobs":2)"));
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST(job->specs[0].sampling.top_logprobs == 2);
  std::string out;
  job->reply->on(0, actors::admitted{1, 9, 4}, out);
  job->reply->on(0, actors::generated{1, 0, false, {token("a")}}, out);
  job->reply->on(0, actors::choice_ended{1, 0, {actors::finish::stop, {}, {}, 1}}, out);
  job->reply->on(0, actors::ended{1, actors::finish::stop, {}, 9, 4, 1, {}}, out);
  job->reply->finish(out);
  BOOST_TEST(
      out ==
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"tiny","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"a","refusal":null},"logprobs":{"content":[{"token":"a","logprob":-0.5,)"
      R"("bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.5,"bytes":[97]},)"
      "{\"token\":\"\xEF\xBF\xBD\xEF\xBF\xBD\",\"logprob\":-3.25,\"bytes\":[240,159]}]}],\"refusal\":null},"
      R"("finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10,)"
      R"("prompt_tokens_details":{"cached_tokens":4}}})");
}

BOOST_AUTO_TEST_CASE(no_good_frame_has_an_error_key) {
  auto job = chat(with(R"("stream":true)"));
  std::string out;
  api_error e = internal_error("it broke");
  job->reply->fail(e, out);
  BOOST_TEST(out == R"(data: {"error":{"message":"it broke","type":"api_error","param":null,"code":null}})"
                    "\n\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
