#include "net/codec.hpp"
#include "net/exchange.hpp"

#include <boost/test/unit_test.hpp>

#include "client.hpp"

#include <string>

namespace hawser::net {
namespace {

exchange make(std::string_view body, reply_frame frame = {11, true, false, "r1", {}}) {
  auto job = read_job(endpoint::completions, body, {}, {"1", "tiny", 0, true, 1, {}, {}});
  std::vector<actors::request_id> ids;
  for (std::size_t i = 0; i < job->specs.size(); ++i) ids.push_back(i + 1);
  return {std::move(frame), std::move(job->reply), job->stream, std::move(ids)};
}

actors::generated piece(actors::request_id id, std::string text) {
  actors::generated made{id, 0, false, {}};
  made.tokens.emplace_back().text = std::move(text);
  return made;
}

actors::refused refusal(actors::refusal why, std::chrono::milliseconds wait = {}) {
  return {1, why, "because", "prompt", wait};
}

struct mapping {
  actors::refusal why;
  int status;
  std::string code;
};

BOOST_AUTO_TEST_SUITE(exchanges)

BOOST_AUTO_TEST_CASE(a_prompt_that_never_began_in_time_fails_the_others_too) {
  for (const bool stream : {false, true}) {
    exchange e = make(stream ? R"({"prompt":["a","b"],"stream":true})" : R"({"prompt":["a","b"]})");
    std::string out;
    e.on(actors::admitted{1, 1, 0}, out);
    e.on(piece(1, "x"), out);
    e.on(actors::choice_ended{1, 0, {actors::finish::deadline, {}, {}, 1}}, out);
    e.on(actors::ended{1, actors::finish::deadline, {}, 1, 0, 1, {}}, out);
    BOOST_TEST(!e.finished());
    // The other one was not admitted: it ends with nothing but its end.
    e.on(actors::ended{2, actors::finish::deadline, {}, 1, 0, 0, {}}, out);
    BOOST_TEST(e.finished());
    const test::client_response got = test::take_response(out);
    BOOST_TEST(got.status == (stream ? 200 : 504));
    BOOST_TEST((got.body.find(R"("code":"deadline_exceeded")") != std::string::npos));
  }
}

BOOST_AUTO_TEST_CASE(an_answer_says_that_it_was_not_computed) {
  using enum actors::answer_source;
  const auto status = [](bool stream, actors::answer_source first, actors::answer_source second) {
    exchange e = make(stream ? R"({"prompt":["a","b"],"stream":true})" : R"({"prompt":["a","b"]})");
    std::string out;
    actors::request_id id = 1;
    for (const actors::answer_source from : {first, second}) e.on(actors::admitted{id++, 1, 1, from}, out);
    for (id = 1; id <= 2; ++id) {
      e.on(piece(id, "x"), out);
      e.on(actors::choice_ended{id, 0, {actors::finish::stop, {}, {}, 1}}, out);
      e.on(actors::ended{id, actors::finish::stop, {}, 1, 1, 1, {}}, out);
    }
    test::client_response got = test::take_response(out);
    BOOST_TEST(got.status == 200);
    return got.fields["cache-status"];
  };
  BOOST_TEST(status(false, stored, stored) == "hawser; hit");
  BOOST_TEST(status(false, stored, shared) == "hawser; fwd=miss; collapsed");
  BOOST_TEST(status(false, computed, stored) == "");
  BOOST_TEST(status(false, stored, computed) == "");
  // A stream's head goes out with the first of several.
  BOOST_TEST(status(true, stored, stored) == "");
  exchange one = make(R"({"prompt":"a","stream":true})");
  std::string out;
  one.on(actors::admitted{1, 1, 1, stored}, out);
  BOOST_TEST((out.find("Cache-Status: hawser; hit\r\n") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(refusals_have_their_statuses) {
  for (const mapping& m : {mapping{actors::refusal::invalid, 400, ""},
                           mapping{actors::refusal::prompt_too_long, 400, "context_length_exceeded"},
                           mapping{actors::refusal::overloaded, 503, "overloaded"},
                           mapping{actors::refusal::over_quota, 429, "rate_limit_exceeded"},
                           mapping{actors::refusal::not_ready, 503, "not_ready"},
                           mapping{actors::refusal::stopping, 503, "stopping"},
                           mapping{actors::refusal::late, 503, "deadline_exceeded"}}) {
    exchange e = make(R"({"prompt":"a","stream":true})");
    std::string out;
    e.on(refusal(m.why, std::chrono::milliseconds(1200)), out);
    BOOST_TEST(e.finished());
    const test::client_response got = test::take_response(out);
    BOOST_TEST(out.empty());
    BOOST_TEST(got.status == m.status);
    BOOST_TEST(
        (got.body.find("\"code\":" + (m.code.empty() ? "null" : "\"" + m.code + "\"")) != std::string::npos));
    BOOST_TEST(got.fields.contains("retry-after") == (m.status != 400));
    if (m.status != 400) BOOST_TEST(got.fields.at("retry-after") == "2");
    BOOST_TEST(got.fields.at("x-request-id") == "r1");
    BOOST_TEST(got.fields.at("request-id") == "r1");
  }
}

BOOST_AUTO_TEST_CASE(a_failure_before_the_stream_is_a_status_and_after_it_a_frame) {
  for (const bool admitted : {false, true}) {
    exchange e = make(R"({"prompt":"a","stream":true})");
    std::string out;
    if (admitted) e.on(actors::admitted{1, 2, 0}, out);
    e.on(actors::ended{1, actors::finish::error, "the device failed", 2, 0, 0, {}}, out);
    BOOST_TEST(e.finished());
    const test::client_response got = test::take_response(out);
    BOOST_TEST(got.status == (admitted ? 200 : 500));
    const std::string error =
        R"({"error":{"message":"the device failed","type":"api_error","param":null,"code":null}})";
    BOOST_TEST(got.body == (admitted ? "data: " + error + "\n\n" : error));
  }
}

BOOST_AUTO_TEST_CASE(several_prompts_end_once) {
  exchange e = make(R"({"prompt":["a","b"]})");
  std::string out;
  for (const actors::request_id id : {2u, 1u}) {
    e.on(actors::admitted{id, 2, 0}, out);
    e.on(piece(id, id == 1 ? "one" : "two"), out);
    e.on(actors::choice_ended{id, 0, {actors::finish::stop, {}, {}, 1}}, out);
    BOOST_TEST(e.running().size() == (id == 2u ? 2u : 1u));
    e.on(actors::ended{id, actors::finish::stop, {}, 2, 0, 1, {}}, out);
    BOOST_TEST(e.finished() == (id == 1u));
  }
  const test::client_response got = test::take_response(out);
  BOOST_TEST(got.body.find("one") < got.body.find("two"));
  BOOST_TEST(out.empty());
  e.on(piece(1, "late"), out);
  e.ping(out);
  e.fail(internal_error("x"), out);
  BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_CASE(one_refused_prompt_ends_the_request_and_leaves_the_others_to_cancel) {
  exchange e = make(R"({"prompt":["a","b"]})");
  std::string out;
  e.on(actors::admitted{2, 2, 0}, out);
  e.on(refusal(actors::refusal::prompt_too_long), out);
  BOOST_TEST(e.finished());
  BOOST_TEST((e.running() == std::vector<actors::request_id>{2}));
  BOOST_TEST(test::take_response(out).status == 400);
}

BOOST_AUTO_TEST_CASE(events_of_others_are_ignored) {
  exchange e = make(R"({"prompt":"a","stream":true})");
  std::string out;
  e.on(piece(77, "x"), out);
  e.on(actors::ended{77, actors::finish::error, "x", 0, 0, 0, {}}, out);
  BOOST_TEST(out.empty());
  BOOST_TEST(!e.finished());
}

BOOST_AUTO_TEST_CASE(a_deadline_keeps_what_was_generated) {
  exchange late = make(R"({"prompt":"a"})");
  std::string out;
  late.on(actors::admitted{1, 2, 0}, out);
  late.on(actors::choice_ended{1, 0, {actors::finish::deadline, {}, {}, 0}}, out);
  late.on(actors::ended{1, actors::finish::deadline, {}, 2, 0, 0, {}}, out);
  BOOST_TEST(test::take_response(out).status == 504);

  exchange partial = make(R"({"prompt":"a"})");
  partial.on(actors::admitted{1, 2, 0}, out);
  partial.on(piece(1, "some"), out);
  partial.on(actors::choice_ended{1, 0, {actors::finish::deadline, {}, {}, 1}}, out);
  partial.on(actors::ended{1, actors::finish::deadline, {}, 2, 0, 1, {}}, out);
  const test::client_response got = test::take_response(out);
  BOOST_TEST(got.status == 200);
  BOOST_TEST(
      (got.body.find(R"("text":"some","logprobs":null,"finish_reason":"length")") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(pings_are_comments_and_begin_the_stream) {
  exchange e = make(R"({"prompt":"a","stream":true})");
  std::string out;
  e.ping(out);
  BOOST_TEST(out.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(out.ends_with("\r\n\r\n8\r\n: ping\n\n\r\n"));
  out.clear();
  e.ping(out);
  BOOST_TEST(out == "8\r\n: ping\n\n\r\n");
  exchange whole = make(R"({"prompt":"a"})");
  out.clear();
  whole.ping(out);
  BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_no_chunks) {
  exchange e = make(R"({"prompt":"a","stream":true})", {10, false, false, {}, {}});
  std::string out;
  e.on(actors::admitted{1, 2, 0}, out);
  e.on(piece(1, "x"), out);
  e.on(actors::choice_ended{1, 0, {actors::finish::stop, {}, {}, 1}}, out);
  e.on(actors::ended{1, actors::finish::stop, {}, 2, 0, 1, {}}, out);
  BOOST_TEST((out.find("Transfer-Encoding") == std::string::npos));
  BOOST_TEST((out.find("Connection: close\r\n") != std::string::npos));
  BOOST_TEST(out.ends_with("data: [DONE]\n\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
