#include "net/codec.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "connection.hpp"

#include <string>

namespace hawser::net::test {
namespace {

namespace json = boost::json;

codec_context context() {
  return {"1", "tiny", 1700000000, true, 42, {}, {}};
}

outcome<generation_job> ask(std::string_view body) {
  return read_job(endpoint::messages, body, {}, context());
}

/// A body with one user message and `more` fields.
std::string with(const std::string& more) {
  return R"({"max_tokens":5,"messages":[{"role":"user","content":"hi"}],)" + more + "}";
}
std::string message(const std::string& m) {
  return R"({"max_tokens":5,"messages":[)" + m + "]}";
}
std::string user(const std::string& block) {
  return message(R"({"role":"user","content":[)" + block + "]}");
}

struct refusal {
  std::string body, message;
};

const refusal refusals[] = {
    {R"({"max_tokens":5})", "messages: required: a non-empty array of messages"},
    {R"({"messages":[{"role":"user","content":"hi"}]})", "max_tokens: required: an integer, at least 1"},
    {message("1"), "messages[0]: expected an object, found 1"},
    {message("{}"), "messages[0].role: required: user or assistant"},
    {message(R"({"role":"user"})"), "messages[0].content: required: a string or an array of blocks"},
    {message(R"({"role":"tool","content":"x"})"),
     "messages[0].role: expected user or assistant, found the string \"tool\""},
    {message(R"({"role":"user","content":5})"),
     "messages[0].content: expected a string or an array of blocks, found 5"},
    {message(R"({"role":"user","content":"x","name":"a"})"), "messages[0].name: unknown field"},
    {user("1"), "messages[0].content[0]: expected an object, found 1"},
    {user("{}"), "messages[0].content[0].type: required: a string"},
    {user(R"({"type":"text"})"), "messages[0].content[0].text: required: a string"},
    {user(R"({"type":"text","text":"a","x":1})"), "messages[0].content[0].x: unknown field"},
    {user(R"({"type":"text","text":"a","citations":[{}]})"),
     "messages[0].content[0].citations: not supported: this server cites nothing"},
    {user(R"({"type":"text","text":"a"},{"type":"image","source":{}})"),
     "messages[0].content[1].type: not supported here: the string \"image\"; this model reads text only"},
    {user(R"({"type":"tool_use","id":"1","name":"f","input":{}})"),
     "messages[0].content[0].type: not supported here: the string \"tool_use\"; this model reads text only"},
    {user(R"({"type":"tool_result","tool_use_id":"1","content":[{"type":"image"}]})"),
     "messages[0].content[0].content[0].type: not supported here: the string \"image\"; this model reads "
     "text only"},
    {message(R"({"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f"}]})"),
     "messages[0].content[0].input: required: an object"},
    {with(R"("system":[{"type":"image"}])"),
     "system[0].type: not supported here: the string \"image\"; this model reads text only"},
    {with(R"("tools":[{"name":"f","input_schema":{}}])"),
     "tools: not supported: this server does not call tools"},
    {with(R"("tool_choice":{"type":"any"})"),
     "tool_choice.type: not supported: the string \"any\"; leave it out"},
    {with(R"("tool_choice":{})"), "tool_choice.type: required: a string"},
    {with(R"("thinking":{"type":"enabled","budget_tokens":1024})"),
     "thinking.type: not supported: the string \"enabled\"; leave it out"},
    {with(R"("stop":["a"])"), "stop: not supported: it is a field of another API"},
    {with(R"("n":2)"), "n: not supported: it is a field of another API"},
    {with(R"("stop_sequences":[1])"), "stop_sequences[0]: expected a string of 1 to 256 bytes, found 1"},
    {with(R"("metadata":{"a":"b"})"), "metadata.a: unknown field"},
    {with(R"("container":"c")"), "container: not supported: this server runs no code"},
    {with(R"("output_config":{"effort":"low"})"),
     "output_config: not supported: answers are text as it comes"},
    {with(R"("service_tier":"priority")"),
     "service_tier: not supported: the string \"priority\"; leave it out"},
    {with(R"("temperature":"hot")"), "temperature: expected a number from 0 to 2, found the string \"hot\""},
    {with(R"("guided_json":{})"), "guided_json: unknown field"},
};

BOOST_AUTO_TEST_SUITE(anthropic_codec)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  for (const refusal& r : refusals) {
    const auto got = ask(r.body);
    BOOST_TEST_INFO(r.body);
    BOOST_TEST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().status == 400);
    BOOST_TEST(got.error().message == r.message);
  }
}

BOOST_AUTO_TEST_CASE(what_asks_for_nothing_is_taken) {
  for (
      const std::string more :
      {R"("tools":[],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"thinking":{"type":"disabled"})",
       R"("metadata":{"user_id":"u"},"service_tier":"standard_only","speed":"standard","container":null)",
       R"("cache_control":{"type":"ephemeral"},"top_k":5,"top_p":0.9,"temperature":1,"stream":false)"}) {
    const auto job = ask(with(more));
    BOOST_TEST_INFO(more);
    BOOST_TEST(job.has_value());
  }
}

BOOST_AUTO_TEST_CASE(messages_reach_the_template) {
  const auto job = ask(R"({"model":"tiny","max_tokens":9,"stop_sequences":["x"],
    "system":[{"type":"text","text":"be","cache_control":{"type":"ephemeral"}},{"type":"text","text":"brief"}],
    "messages":[{"role":"user","content":"a"},
      {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"b"},
        {"type":"tool_use","id":"t1","name":"f","input":{"x":1}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"42"}]},
        {"type":"tool_result","tool_use_id":"t2","is_error":true},{"type":"text","text":"so?"}]}]})");
  BOOST_TEST_REQUIRE(job.has_value());
  const actors::generation_spec& spec = job->specs[0];
  BOOST_TEST(
      json::serialize(std::get<actors::chat_prompt>(spec.prompt).context) ==
      R"({"messages":[{"role":"system","content":"be\nbrief"},{"role":"user","content":"a"},)"
      R"({"role":"assistant","content":"b","reasoning_content":"hm","tool_calls":[{"id":"t1","type":"function",)"
      R"("function":{"name":"f","arguments":{"x":1}}}]},{"role":"tool","content":"42","tool_call_id":"t1"},)"
      R"({"role":"tool","content":"","tool_call_id":"t2","is_error":true},{"role":"user","content":"so?"}]})");
  BOOST_TEST(spec.max_tokens == 9u);
  BOOST_TEST((spec.stop == std::vector<std::string>{"x"}));
}

std::string event(const std::string& name, const std::string& rest) {
  return "event: " + name + "\ndata: {\"type\":\"" + name + "\"" + rest + "}\n\n";
}

actors::generated piece(std::string text) {
  actors::generated made{1, 0, false, {}};
  made.tokens.emplace_back().text = std::move(text);
  return made;
}

BOOST_AUTO_TEST_CASE(a_stream_has_anthropics_events) {
  auto job = ask(with(R"("stream":true)"));
  BOOST_TEST_REQUIRE(job.has_value());
  std::string out;
  job->reply->on(0, actors::admitted{1, 9, 4}, out);
  const std::string started =
      event("message_start",
            R"(,"message":{"id":"msg_1","type":"message","role":"assistant","model":"tiny","content":[],)"
            R"("stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":0}})") +
      event("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})");
  BOOST_TEST(out == started);
  job->reply->on(0, piece("Hel\n"), out);
  job->reply->on(0, piece(""), out);
  job->reply->on(0, actors::choice_ended{1, 0, {actors::finish::stop, "lo", "END", 3}}, out);
  job->reply->on(0, actors::ended{1, actors::finish::stop, {}, 9, 4, 3, {}}, out);
  job->reply->finish(out);
  BOOST_TEST(out ==
             started +
                 event("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":"Hel\n"})") +
                 event("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":"lo"})") +
                 event("content_block_stop", R"(,"index":0)") +
                 event("message_delta", R"(,"delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},)"
                                        R"("usage":{"input_tokens":9,"output_tokens":3})") +
                 event("message_stop", ""));
  std::string failed;
  job->reply->fail(internal_error("it broke"), failed);
  BOOST_TEST(failed == event("error", R"(,"error":{"type":"api_error","message":"it broke"})"));
}

BOOST_AUTO_TEST_CASE(an_answer_says_why_it_stopped) {
  struct row {
    actors::finish why;
    std::uint32_t tokens;
    std::string reason;
  };
  for (const row& r : {row{actors::finish::stop, 3, "end_turn"}, row{actors::finish::length, 5, "max_tokens"},
                       row{actors::finish::length, 3, "model_context_window_exceeded"},
                       row{actors::finish::deadline, 3, "max_tokens"}}) {
    auto job = ask(with(R"("stream":false)"));
    BOOST_TEST_REQUIRE(job.has_value());
    std::string out;
    job->reply->on(0, actors::admitted{1, 9, 4}, out);
    job->reply->on(0, piece("a\""), out);
    job->reply->on(0, actors::choice_ended{1, 0, {r.why, {}, {}, r.tokens}}, out);
    job->reply->on(0, actors::ended{1, r.why, {}, 9, 4, r.tokens, {}}, out);
    job->reply->finish(out);
    BOOST_TEST(
        out ==
        R"({"id":"msg_1","type":"message","role":"assistant","model":"tiny","content":[{"type":"text","text":"a\""}],)"
        R"("stop_reason":")" +
            r.reason + R"(","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":)" +
            std::to_string(r.tokens) + "}}");
  }
}

BOOST_AUTO_TEST_CASE(a_session_answers_in_anthropics_words) {
  const auto say = [](const std::string& text) {
    return post("/v1/messages?beta=true",
                R"({"model":"tiny","max_tokens":5,"messages":[{"role":"user","content":")" + text +
                    R"("}]})");
  };
  connection c;
  const client_response good = c.ask(say("count 2"));
  BOOST_TEST(good.status == 200);
  BOOST_TEST(good.body.find(R"("content":[{"type":"text","text":"0 1 "}])") != std::string::npos);
  const client_response busy = c.ask(say("busy"));
  BOOST_TEST(busy.status == 529);
  BOOST_TEST(busy.fields.at("retry-after") == "2");
  BOOST_TEST(busy.body.starts_with(
      R"({"type":"error","error":{"type":"overloaded_error","message":"the queue is full"},"request_id":")"));
  BOOST_TEST(c.ask(say("over")).status == 429);
  BOOST_TEST(c.ask(say("fail")).status == 500);
  BOOST_TEST(c.ask(get("/v1/messages")).body.starts_with(R"({"type":"error")"));
  BOOST_TEST(c.ask(post("/v1/messages", "{")).body.starts_with(R"({"type":"error")"));
  BOOST_TEST(c.open());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
