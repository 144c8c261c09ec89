// Questions about texts, and how a session has them answered.
#include "net/text_codec.hpp"
#include "runtime/error.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "connection.hpp"

#include <string>

namespace hawser::net::test {
namespace {

codec_context context() {
  return {"1", "tiny", 1700000000, true, 42, {}, {}};
}

struct refusal {
  endpoint where;
  std::string body, message;
};

const std::string chat = R"("messages":[{"role":"user","content":"hi"}])";

const refusal refusals[] = {
    {endpoint::tokenize, "{}", "prompt: required: one of prompt (a string), content (a string) and messages"},
    {endpoint::tokenize, R"({"prompt":"a","content":"b"})",
     "prompt: required: one of prompt (a string), content (a string) and messages"},
    {endpoint::tokenize, R"({"prompt":5})", "prompt: expected a string, found 5"},
    {endpoint::tokenize, R"({"content":"a","parse_special":false})",
     "parse_special: not supported: names of control tokens in a text are those tokens"},
    {endpoint::tokenize, R"({"prompt":"a","with_pieces":true,"return_token_strs":true})",
     "with_pieces: contradicts return_token_strs"},
    {endpoint::tokenize, R"({"prompt":"a","max_tokens":3})", "max_tokens: unknown field"},
    {endpoint::tokenize, R"({"messages":[{}]})",
     "messages[0].role: required: system, developer, user, assistant or tool"},
    {endpoint::detokenize, "{}", "tokens: required: an array of token numbers"},
    {endpoint::detokenize, R"({"tokens":[1,"a"]})",
     "tokens[1]: expected a token number, found the string \"a\""},
    {endpoint::detokenize, R"({"tokens":[-1]})", "tokens[0]: expected a token number, found -1"},
    {endpoint::apply_template, R"({"prompt":"a"})", "messages: required: a non-empty array of messages"},
    {endpoint::apply_template, "{" + chat + R"(,"tools":[1]})", "tools: unknown field"},
    {endpoint::count_tokens, R"({"messages":"hi"})", "messages: expected an array, found the string \"hi\""},
    {endpoint::count_tokens, "{" + chat + R"(,"max_tokens":3})", "max_tokens: unknown field"},
};

BOOST_AUTO_TEST_SUITE(text_codec)

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  for (const refusal& r : refusals) {
    const auto got = read_text_question(r.where, r.body, {}, context());
    BOOST_TEST_INFO(r.body);
    BOOST_TEST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().status == 400);
    BOOST_TEST(got.error().message == r.message);
    BOOST_TEST(got.error().param == r.message.substr(0, r.message.find(':')));
  }
}

BOOST_AUTO_TEST_CASE(both_habits_are_understood) {
  struct row {
    std::string body, text;
    bool special;
    text_question::pieces_as pieces;
  };
  using as = text_question::pieces_as;
  for (const row& r :
       {row{R"({"prompt":"a"})", "a", true, as::none},
        row{R"({"prompt":"a","add_special_tokens":false,"return_token_strs":true})", "a", false, as::strings},
        row{R"({"content":"a"})", "a", false, as::none},
        row{R"({"content":"a","add_special":true,"with_pieces":true,"parse_special":true})", "a", true,
            as::objects},
        row{R"({"model":"tiny","prompt":""})", "", true, as::none}}) {
    const auto got = read_text_question(endpoint::tokenize, r.body, {}, context());
    BOOST_TEST_INFO(r.body);
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(std::get<actors::plain_prompt>(got->about).text == r.text);
    BOOST_TEST(got->add_special == r.special);
    BOOST_TEST((got->pieces == r.pieces));
  }
}

BOOST_AUTO_TEST_CASE(a_chat_reaches_the_template) {
  for (const endpoint where : {endpoint::tokenize, endpoint::apply_template}) {
    const auto got = read_text_question(
        where, "{" + chat + R"(,"add_generation_prompt":false,"chat_template_kwargs":{"a":1}})", {},
        context());
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(boost::json::serialize(std::get<actors::chat_prompt>(got->about).context) ==
               "{" + chat + R"(,"a":1,"add_generation_prompt":false})");
  }
  codec_context plain = context();
  plain.has_chat_template = false;
  const auto none = read_text_question(endpoint::apply_template, "{" + chat + "}", {}, plain);
  BOOST_TEST(none.error().message == "messages: this model has no chat template");
}

BOOST_AUTO_TEST_CASE(tokens_are_written_as_they_were_asked_for) {
  text_question asked;
  asked.where = endpoint::tokenize;
  using as = text_question::pieces_as;
  BOOST_TEST(tokens_body(asked, {3, 4}, {}, 99) ==
             R"({"count":2,"max_model_len":99,"tokens":[3,4],"token_strs":null})");
  asked.pieces = as::strings;
  BOOST_TEST(tokens_body(asked, {3, 4}, {"a\"", "\xE6"}, 99) ==
             R"({"count":2,"max_model_len":99,"tokens":[3,4],"token_strs":["a\"",")"
             "\xEF\xBF\xBD\"]}");
  BOOST_TEST(tokens_body(asked, {}, {}, 99) ==
             R"({"count":0,"max_model_len":99,"tokens":[],"token_strs":[]})");
  asked.pieces = as::objects;
  BOOST_TEST(tokens_body(asked, {3, 4}, {"a", "\xE6\xB5"}, 99) ==
             R"({"count":2,"max_model_len":99,"tokens":[{"id":3,"piece":"a"},{"id":4,"piece":[230,181]}]})");
  asked.where = endpoint::count_tokens;
  BOOST_TEST(tokens_body(asked, {3, 4}, {}, 99) == R"({"input_tokens":2})");
}

BOOST_AUTO_TEST_CASE(a_tokenizer_that_does_not_answer_is_told_so) {
  BOOST_TEST(text_error(make_error_code(runtime::errc::full)).code == "overloaded");
  BOOST_TEST(text_error(make_error_code(runtime::errc::closed)).code == "stopping");
  BOOST_TEST(text_error(make_error_code(runtime::errc::late)).status == 504);
  BOOST_TEST(text_error(make_error_code(runtime::errc::failed)).status == 500);
}

BOOST_AUTO_TEST_CASE(a_session_asks_the_tokenizer) {
  connection c;
  BOOST_TEST(c.ask(post("/tokenize", R"({"prompt":"abc"})")).body ==
             R"({"count":3,"max_model_len":4096,"tokens":[1,2,3],"token_strs":null})");
  BOOST_TEST(c.ask(post("/tokenize", R"({"prompt":"abc","return_token_strs":true})")).body ==
             R"({"count":3,"max_model_len":4096,"tokens":[1,2,3],"token_strs":["b","c","d"]})");
  BOOST_TEST(c.ask(post("/detokenize", R"({"tokens":[7,8]})")).body == R"({"prompt":"hi","content":"hi"})");
  BOOST_TEST(c.ask(post("/apply-template", "{" + chat + "}")).body == R"({"prompt":"<chat>"})");
  BOOST_TEST(c.ask(post("/v1/messages/count_tokens", "{" + chat + "}")).body == R"({"input_tokens":3})");
  const client_response unknown = c.ask(post("/detokenize", R"({"tokens":[99]})"));
  BOOST_TEST(unknown.status == 400);
  BOOST_TEST(
      unknown.body ==
      R"({"error":{"message":"there is no token 99","type":"invalid_request_error","param":"tokens","code":null}})");
  const client_response wrong = c.ask(post("/v1/messages/count_tokens", "{}"));
  BOOST_TEST(wrong.body.starts_with(R"({"type":"error","error":{"type":"invalid_request_error")"));
  BOOST_TEST(c.open());
}

BOOST_AUTO_TEST_CASE(large_texts_are_worked_on_elsewhere) {
  connection c;
  c.send(post("/tokenize", R"({"prompt":")" + std::string(100'000, 'x') + R"("})") + get("/version"));
  BOOST_TEST(c.other->from_server.empty());
  c.do_heavy_work();
  BOOST_TEST(c.receive().body.starts_with(R"({"count":3)"));
  BOOST_TEST(c.receive().body == R"({"version":"","revision":""})");  // the next has waited for it
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += ",1";
  c.send(post("/detokenize", R"({"tokens":[2)" + many + "]}"));
  c.do_heavy_work();
  BOOST_TEST(c.receive().body == R"({"prompt":"c)" + std::string(20'000, 'b') + R"(","content":"c)" +
                                     std::string(20'000, 'b') + R"("})");
}

BOOST_AUTO_TEST_CASE(texts_are_not_asked_about_while_the_model_loads) {
  connection c;
  c.core.state->now = actors::phase::loading;
  const client_response no = c.ask(post("/tokenize", R"({"prompt":"abc"})"));
  BOOST_TEST(no.status == 503);
  BOOST_TEST(c.ask(get("/tokenize")).status == 405);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
