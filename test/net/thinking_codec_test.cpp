// What a model thinks, in each dialect's own place.
#include "net/codec.hpp"
#include "net/thought_splitter.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace hawser::net {
namespace {

namespace json = boost::json;

codec_context thinker() {
  codec_context made{"1", "tiny", 1700000000, true, 42, {}, {}};
  made.thinking = {.open = "<think>", .close = "</think>", .begun = {false, false, true}};
  return made;
}

const std::vector<std::string> said{"<thi", "nk>\n", "why", " not", "\n</th", "ink>\n\n", "so", " be it"};

std::string play(endpoint where, const std::string& body, const std::vector<std::string>& texts = said) {
  auto job = read_job(where, body, {}, thinker());
  if (!job) return job.error().message;
  std::string out;
  job->reply->on(0, actors::admitted{.id = 1, .prompt_tokens = 5}, out);
  for (const std::string& text : texts) {
    actors::generated event{1, 0, false, {}};
    event.tokens.emplace_back().text = text;
    job->reply->on(0, std::move(event), out);
  }
  job->reply->on(0, actors::choice_ended{1, 0, {actors::finish::stop, "!", {}, 8}}, out);
  job->reply->on(0, actors::ended{1, actors::finish::stop, {}, 5, 0, 8, {}}, out);
  job->reply->finish(out);
  return out;
}

const std::string messages = R"("messages":[{"role":"user","content":"hi"}])";

/// The values of all data lines but [DONE].
std::vector<json::value> events(std::string_view out) {
  std::vector<json::value> all;
  for (std::size_t at = out.find("data: {"); at != std::string_view::npos; at = out.find("data: {", at + 1))
    all.push_back(json::parse(out.substr(at + 6, out.find('\n', at) - at - 6)));
  return all;
}

BOOST_AUTO_TEST_SUITE(thinking_codecs)

BOOST_AUTO_TEST_CASE(chat_has_reasoning_content) {
  const json::value whole = json::parse(play(endpoint::chat_completions, "{" + messages + "}"));
  BOOST_TEST(json::serialize(whole.at("choices").at(0).at("message")) ==
             R"({"role":"assistant","content":"so be it!","refusal":null,"reasoning_content":"why not"})");
  std::vector<std::string> deltas;
  for (const json::value& one :
       events(play(endpoint::chat_completions, "{" + messages + R"(,"stream":true})")))
    deltas.push_back(json::serialize(one.at("choices").at(0).at("delta")));
  BOOST_TEST(deltas == (std::vector<std::string>{R"({"role":"assistant","content":""})",
                                                 R"({"reasoning_content":"why"})",
                                                 R"({"reasoning_content":" not"})", R"({"content":"so"})",
                                                 R"({"content":" be it"})", R"({"content":"!"})", "{}"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_does_not_think_is_as_ever) {
  const json::value whole =
      json::parse(play(endpoint::chat_completions, "{" + messages + "}", {"plain ", "text"}));
  BOOST_TEST(json::serialize(whole.at("choices").at(0).at("message")) ==
             R"({"role":"assistant","content":"plain text!","refusal":null})");
}

BOOST_AUTO_TEST_CASE(the_prompt_may_have_begun_the_thought) {
  const json::value whole = json::parse(
      play(endpoint::chat_completions,
           "{" + messages + R"(,"chat_template_kwargs":{"enable_thinking":true}})", {"why</think>", "so"}));
  BOOST_TEST(whole.at("choices").at(0).at("message").at("content") == "so!");
  BOOST_TEST(whole.at("choices").at(0).at("message").at("reasoning_content") == "why");
}

BOOST_AUTO_TEST_CASE(each_choice_thinks_for_itself) {
  auto job = read_job(endpoint::chat_completions, "{" + messages + R"(,"n":2})", {}, thinker());
  std::string out;
  const auto say = [&](std::uint32_t choice, const char* text) {
    actors::generated event{1, choice, false, {}};
    event.tokens.emplace_back().text = text;
    job->reply->on(0, std::move(event), out);
  };
  say(0, "<think>a");
  say(1, "b");
  say(0, "</think>c");
  for (std::uint32_t choice = 0; choice < 2; ++choice)
    job->reply->on(0, actors::choice_ended{1, choice, {actors::finish::stop, {}, {}, 1}}, out);
  job->reply->finish(out);
  const json::value choices = json::parse(out).at("choices");
  BOOST_TEST(choices.at(0).at("message").at("reasoning_content") == "a");
  BOOST_TEST(choices.at(0).at("message").at("content") == "c");
  BOOST_TEST(json::serialize(choices.at(1).at("message")) ==
             R"({"role":"assistant","content":"b","refusal":null})");
}

BOOST_AUTO_TEST_CASE(anthropic_has_thinking_blocks) {
  const json::value whole = json::parse(play(endpoint::messages, R"({"max_tokens":9,)" + messages + "}"));
  BOOST_TEST(
      json::serialize(whole.at("content")) ==
      R"([{"type":"thinking","thinking":"why not","signature":""},{"type":"text","text":"so be it!"}])");
  std::vector<std::string> frames;
  for (const json::value& one :
       events(play(endpoint::messages, R"({"max_tokens":9,"stream":true,)" + messages + "}"))) {
    if (one.at("type").as_string().starts_with("content_block")) frames.push_back(json::serialize(one));
  }
  BOOST_TEST(
      frames ==
          (std::vector<std::string>{
              R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
              R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"why"}})",
              R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" not"}})",
              R"({"type":"content_block_stop","index":0})",
              R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})",
              R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"so"}})",
              R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" be it"}})",
              R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"!"}})",
              R"({"type":"content_block_stop","index":1})"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(anthropic_may_say_whether_to_think) {
  struct row {
    std::string thinking, context;
  };
  for (const row& r : {
           row{R"({"type":"adaptive"})", R"("enable_thinking":true)"},
           row{R"({"type":"disabled"})", R"("enable_thinking":false)"},
       }) {
    const auto job =
        read_job(endpoint::messages, R"({"max_tokens":9,"thinking":)" + r.thinking + "," + messages + "}", {},
                 thinker());
    BOOST_TEST_REQUIRE(job.has_value());
    BOOST_TEST(json::serialize(std::get<actors::chat_prompt>(job->specs[0].prompt).context).find(r.context) !=
               std::string::npos);
  }
  BOOST_TEST(play(endpoint::messages,
                  R"({"max_tokens":9,"thinking":{"type":"enabled","budget_tokens":1024},)" + messages +
                      "}") == "thinking.type: not supported: the string \"enabled\"; leave it out");
}

BOOST_AUTO_TEST_CASE(a_request_decides_how_its_prompt_ends) {
  const actors::thinking_style style{.open = "<t>", .close = "</t>", .begun = {true, false, true}};
  BOOST_TEST(tags_of(style, {}).begun);
  BOOST_TEST(!tags_of(style, {{"enable_thinking", false}}).begun);
  BOOST_TEST(tags_of(style, {{"thinking", true}}).begun);
  BOOST_TEST(!tags_of(style, {{"add_generation_prompt", false}}).begun);
  BOOST_TEST(tags_of(style, {{"enable_thinking", "no"}}).begun);
  BOOST_TEST(!tags_of({}, {}).any());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
