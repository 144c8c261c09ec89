// POST /v1/responses: what is asked, the events of the answer in their order, and what later requests
// continue.
#include "net/codec.hpp"
#include "net/response_answer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hawser::net {
namespace {

namespace json = boost::json;

struct asked {
  asked() { context.responses.shared = std::make_shared<response_shelf>(shelf_limits{}, nullptr); }

  outcome<generation_job> read(std::string_view body) {
    return read_job(endpoint::responses, body, {}, context);
  }
  /// What the model is shown.
  std::string prompt(std::string_view body) {
    auto job = read(body);
    if (!job) return job.error().message;
    return json::serialize(std::get<actors::chat_prompt>(job->specs.front().prompt).context);
  }
  std::string error(std::string_view body) {
    const auto job = read(body);
    return job ? "taken" : job.error().message;
  }

  codec_context context{"1", "tiny", 1700000000, true, 42, {}, {}};
};

actors::generated token(std::string text) {
  actors::generated event;
  event.tokens.emplace_back();
  event.tokens.back().text = text;
  event.tokens.back().piece = std::move(text);
  event.tokens.back().logprob = -0.5f;
  return event;
}

/// Plays a whole answer; what was written.
std::string play(generation_job& job, const std::vector<std::string>& texts,
                 actors::finish why = actors::finish::stop) {
  std::string out;
  job.reply->on(0, actors::admitted{.id = 1, .prompt_tokens = 5, .cached_tokens = 2}, out);
  for (const std::string& text : texts) job.reply->on(0, token(text), out);
  job.reply->on(0, actors::choice_ended{1, 0, {why, {}, {}, 2}}, out);
  job.reply->on(0, actors::ended{1, why, {}, 5, 2, static_cast<std::uint32_t>(texts.size()), {}}, out);
  job.reply->finish(out);
  return out;
}

/// The events of a stream, their names checked against what they are sent under.
std::vector<json::object> events_of(std::string_view out) {
  std::vector<json::object> all;
  while (!out.empty()) {
    const std::size_t end = out.find("\n\n");
    BOOST_TEST_REQUIRE(end != std::string_view::npos);
    const std::string_view frame = out.substr(0, end);
    out.remove_prefix(end + 2);
    BOOST_TEST_REQUIRE(frame.starts_with("event: "));
    const std::size_t line = frame.find("\ndata: ");
    json::object event = json::parse(frame.substr(line + 7)).as_object();
    BOOST_TEST(event.at("type").as_string() == frame.substr(7, line - 7));
    BOOST_TEST(event.at("sequence_number").as_int64() == static_cast<std::int64_t>(all.size()));
    all.push_back(std::move(event));
  }
  return all;
}

std::string names_of(const std::vector<json::object>& events) {
  std::string all;
  for (const json::object& one : events) {
    const std::string_view name(one.at("type").as_string());
    all += std::string(name.starts_with("response.") ? name.substr(9) : name) + " ";
  }
  return all;
}

struct refusal {
  std::string body, message;
};

const refusal refusals[] = {
    {"{}", "input: required: a string or an array of items"},
    {R"({"input":[]})", "input: expected a string or a non-empty array of items, found an array of 0"},
    {R"({"input":5})", "input: expected a string or a non-empty array of items, found 5"},
    {R"({"input":["x"]})", "input[0]: expected an object, found the string \"x\""},
    {R"({"input":[{"role":"tool","content":"x"}]})",
     "input[0].role: expected user, assistant, system or developer, found the string \"tool\""},
    {R"({"input":[{"role":"user"}]})", "input[0].content: required: a string or an array of parts"},
    {R"({"input":[{"role":"user","content":[{"type":"input_image","image_url":"u"}]}]})",
     "input[0].content[0].type: not supported: the string \"input_image\"; this model reads text only"},
    {R"({"input":[{"type":"item_reference","id":"x"}]})",
     "input[0].type: not supported: the string \"item_reference\"; items are messages, function calls, their "
     "outputs, and reasoning"},
    {R"({"input":[{"type":"function_call","name":"f","arguments":"{}"}]})",
     "input[0].call_id: required: a string"},
    {R"({"input":[{"type":"reasoning","summary":[],"encrypted_content":"x"}]})",
     "input[0].encrypted_content: not supported: this server encrypts no reasoning: send its content"},
    {R"({"input":"x","tools":[{"type":"function"}]})",
     "tools: not supported: this server does not call tools"},
    {R"({"input":"x","background":true})",
     "background: not supported: answers are made while they are waited for"},
    {R"({"input":"x","conversation":"c"})", "conversation: not supported: use previous_response_id"},
    {R"({"input":"x","include":["file_search_call.results"]})",
     "include: not supported: the string \"file_search_call.results\"; only \"message.output_text.logprobs\" "
     "is"},
    {R"({"input":"x","top_logprobs":2})",
     "top_logprobs: only allowed with \"include\": [\"message.output_text.logprobs\"]"},
    {R"({"input":"x","text":{"format":{"type":"json_object"}}})",
     "text.format.type: not supported: the string \"json_object\"; only \"text\" is"},
    {R"({"input":"x","reasoning":{"effort":"high"}})",
     "reasoning.effort: not supported: a model thinks as long as it does"},
    {R"({"input":"x","truncation":"auto"})", "truncation: not supported: the string \"auto\"; leave it out"},
    {R"({"input":"x","metadata":{"a":1}})",
     "metadata.a: expected a string of at most 512 characters, under a key of at most 64, found 1"},
    {R"({"input":"x","generate":false})", "generate: unknown field"},
    {R"({"input":"x","weight":1})", "weight: unknown field"},
    {R"({"input":"x","previous_response_id":"resp_9"})",
     "there is no response \"resp_9\" here: it was not stored, or has made room for later ones"},
};

BOOST_AUTO_TEST_SUITE(response_codecs)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  asked a;
  for (const refusal& r : refusals) BOOST_TEST(a.error(r.body) == r.message);
  const auto gone = a.read(R"({"input":"x","previous_response_id":"resp_9"})");
  BOOST_TEST(gone.error().status == 400);
  BOOST_TEST(gone.error().code == "previous_response_not_found");
  BOOST_TEST(gone.error().param == "previous_response_id");
}

BOOST_AUTO_TEST_CASE(items_become_messages) {
  asked a;
  BOOST_TEST(a.prompt(R"({"input":"hi","instructions":"be brief"})") ==
             R"({"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]})");
  BOOST_TEST(
      a.prompt(
          R"({"input":[{"role":"developer","content":"x"},)"
          R"({"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},)"
          R"({"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},)"
          R"({"type":"message","id":"msg_1","role":"assistant","status":"completed","content":)"
          R"([{"type":"output_text","text":"so","annotations":[],"logprobs":[]}]},)"
          R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
          R"({"type":"function_call_output","call_id":"c","output":"7"}]})") ==
      R"({"messages":[{"role":"system","content":"x"},{"role":"user","content":"a\nb"},)"
      R"({"role":"assistant","content":"so","reasoning_content":"hm","tool_calls":)"
      R"([{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"({"role":"tool","content":"7","tool_call_id":"c"}]})");
}

BOOST_AUTO_TEST_CASE(a_whole_response) {
  asked a;
  auto job = a.read(R"({"input":"hi","max_output_tokens":9,"metadata":{"k":"v"},"instructions":"be brief"})");
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST(!job->stream);
  BOOST_TEST(job->specs.front().max_tokens == 9u);
  const json::object made = json::parse(play(*job, {"he", "llo"})).as_object();
  BOOST_TEST(made.at("id") == "resp_1");
  BOOST_TEST(made.at("object") == "response");
  BOOST_TEST(made.at("status") == "completed");
  BOOST_TEST(made.at("instructions") == "be brief");
  BOOST_TEST(json::serialize(made.at("metadata")) == R"({"k":"v"})");
  BOOST_TEST(json::serialize(made.at("output")) ==
             R"([{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":)"
             R"([{"type":"output_text","text":"hello","annotations":[],"logprobs":[]}]}])");
  BOOST_TEST(json::serialize(made.at("usage")) ==
             R"({"input_tokens":5,"input_tokens_details":{"cached_tokens":2,"cache_write_tokens":0},)"
             R"("output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":7})");
  BOOST_TEST(a.context.responses.shared->find("", "resp_1")->body == json::serialize(made));
}

BOOST_AUTO_TEST_CASE(a_stream_in_its_order) {
  asked a;
  auto job = a.read(R"({"input":"hi","stream":true})");
  BOOST_TEST_REQUIRE(job.has_value());
  BOOST_TEST(job->stream);
  const auto events = events_of(play(*job, {"he", "", "llo"}, actors::finish::length));
  BOOST_TEST(names_of(events) == "created in_progress output_item.added content_part.added output_text.delta "
                                 "output_text.delta output_text.done content_part.done output_item.done "
                                 "incomplete ");
  BOOST_TEST(events[0].at("response").at("status") == "in_progress");
  BOOST_TEST(json::serialize(events[0].at("response").at("output")) == "[]");
  BOOST_TEST(json::serialize(events[4]) ==
             R"({"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,)"
             R"("content_index":0,"delta":"he","logprobs":[]})");
  BOOST_TEST(events[6].at("text") == "hello");
  BOOST_TEST(events[8].at("item").at("status") == "incomplete");
  BOOST_TEST(json::serialize(events[9].at("response").at("incomplete_details")) ==
             R"({"reason":"max_output_tokens"})");
}

BOOST_AUTO_TEST_CASE(thoughts_are_an_item_of_their_own) {
  asked a;
  a.context.thinking = {.open = "<think>", .close = "</think>", .begun = {}};
  auto job = a.read(R"({"input":"hi","stream":true})");
  const auto events = events_of(play(*job, {"<think>", "\nwhy", "</think>", "\n\nso"}));
  BOOST_TEST(
      names_of(events) ==
      "created in_progress output_item.added content_part.added reasoning_text.delta reasoning_text.done "
      "content_part.done output_item.done output_item.added content_part.added output_text.delta "
      "output_text.done content_part.done output_item.done completed ");
  BOOST_TEST(json::serialize(events[7]) ==
             R"({"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":)"
             R"({"type":"reasoning","id":"rs_1","status":"completed","summary":[],"content":)"
             R"([{"type":"reasoning_text","text":"why"}]}})");
  BOOST_TEST(events[10].at("output_index") == 1);
  BOOST_TEST(
      a.context.responses.shared->find("", "resp_1")->messages ==
      R"({"role":"user","content":"hi"},{"role":"assistant","content":"so","reasoning_content":"why"})");
}

BOOST_AUTO_TEST_CASE(a_failure_is_the_last_event) {
  asked a;
  api_error e = internal_error("the device failed");
  auto job = a.read(R"({"input":"hi","stream":true})");
  std::string out;
  job->reply->on(0, actors::admitted{.id = 1, .prompt_tokens = 5}, out);
  job->reply->on(0, token("he"), out);
  job->reply->fail(e, out);
  const auto events = events_of(out);
  BOOST_TEST(events.back().at("type") == "response.failed");
  BOOST_TEST(json::serialize(events.back().at("response").at("error")) ==
             R"({"code":"server_error","message":"the device failed"})");
  BOOST_TEST(events.back().at("response").at("output").as_array().size() == 1u);
  BOOST_TEST(!a.context.responses.shared->find("", "resp_1"));

  auto second = a.read(R"({"input":"hi","stream":true})");
  out.clear();
  second->reply->fail(e, out);
  BOOST_TEST(out == "event: error\ndata: {\"type\":\"error\",\"sequence_number\":0,\"code\":null,"
                    "\"message\":\"the device failed\",\"param\":null}\n\n");
}

BOOST_AUTO_TEST_CASE(a_conversation_goes_on) {
  asked a;
  auto first = a.read(R"({"input":"one","instructions":"be brief"})");
  play(*first, {"1"});
  a.context.id = "2";
  auto second = a.read(R"({"input":"two","previous_response_id":"resp_1"})");
  BOOST_TEST_REQUIRE(second.has_value());
  play(*second, {"2"});
  // Instructions are of their own request only.
  BOOST_TEST(a.prompt(R"({"input":"three","previous_response_id":"resp_2","instructions":"new"})") ==
             R"({"messages":[{"role":"system","content":"new"},{"role":"user","content":"one"},)"
             R"({"role":"assistant","content":"1"},{"role":"user","content":"two"},)"
             R"({"role":"assistant","content":"2"},{"role":"user","content":"three"}]})");
  // Two may go on from the same.
  BOOST_TEST(a.prompt(R"({"input":"other","previous_response_id":"resp_1"})") ==
             R"({"messages":[{"role":"user","content":"one"},{"role":"assistant","content":"1"},)"
             R"({"role":"user","content":"other"}]})");
  a.context.responses.tenant = "another";
  BOOST_TEST(
      a.error(R"({"input":"two","previous_response_id":"resp_1"})").starts_with("there is no response"));
}

BOOST_AUTO_TEST_CASE(what_is_not_to_be_stored_is_not) {
  asked a;
  auto job = a.read(R"({"input":"one","store":false})");
  play(*job, {"1"});
  BOOST_TEST(a.context.responses.shared->count() == 0u);
  a.context.responses.own = std::make_shared<response_shelf>(shelf_limits{}, nullptr);
  job = a.read(R"({"input":"one","store":false})");
  play(*job, {"1"});
  BOOST_TEST(a.context.responses.shared->count() == 0u);
  BOOST_TEST(a.context.responses.own->count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_conversation_has_an_end) {
  asked a;
  a.context.responses.shared = std::make_shared<response_shelf>(shelf_limits{.turns = 1}, nullptr);
  auto job = a.read(R"({"input":"one"})");
  play(*job, {"1"});
  BOOST_TEST(a.error(R"({"input":"two","previous_response_id":"resp_1"})") ==
             "previous_response_id: the conversation has as many turns as the server remembers (1): send its "
             "text as input");
}

BOOST_AUTO_TEST_CASE(logprobs_come_with_the_text) {
  asked a;
  auto job = a.read(R"({"input":"hi","include":["message.output_text.logprobs"],"top_logprobs":1})");
  BOOST_TEST(job->specs.front().sampling.top_logprobs == 1);
  const json::object made = json::parse(play(*job, {"a", "b"})).as_object();
  BOOST_TEST(json::serialize(made.at("output").at(0).at("content").at(0).at("logprobs")) ==
             R"([{"token":"a","logprob":-5E-1,"bytes":[97],"top_logprobs":[]},)"
             R"({"token":"b","logprob":-5E-1,"bytes":[98],"top_logprobs":[]}])");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
