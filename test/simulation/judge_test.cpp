#include <boost/test/unit_test.hpp>

#include "simulation/byte_tokenizer.hpp"
#include "simulation/question.hpp"

#include <set>
#include <string>

namespace hawser::simulation {
namespace {

/// A predict that says "ab" by length.
question predict(bool stream = false) {
  question q;
  q.speaks = dialect::predict;
  q.stream = stream;
  q.answers.push_back({"ab", {'a', 'b'}, false});
  q.prompt_tokens = 3;
  return q;
}

whole_response says(int status, std::string body) {
  return {status, {{"retry-after", "1"}}, std::move(body), false};
}

const std::string right = R"({"text":"ab","prompt_tokens":3,"completion_tokens":2,"finish_reason":"length"})";

std::string error(std::string_view code) {
  return R"({"error":{"message":"m","type":"api_error","code":")" + std::string(code) + "\"}}";
}

BOOST_AUTO_TEST_SUITE(judges)

BOOST_AUTO_TEST_CASE(only_the_foreseen_text_is_right) {
  BOOST_TEST(judge(predict(), says(200, right), {}) == "");
  BOOST_TEST(
      judge(predict(),
            says(200, R"({"text":"a","prompt_tokens":3,"completion_tokens":2,"finish_reason":"length"})"),
            {}) != "");
  BOOST_TEST(
      judge(predict(),
            says(200, R"({"text":"ab","prompt_tokens":3,"completion_tokens":2,"finish_reason":"stop"})"),
            {}) != "");
  BOOST_TEST(
      judge(predict(),
            says(200, R"({"text":"ab","prompt_tokens":9,"completion_tokens":2,"finish_reason":"length"})"),
            {}) != "");
  // Cut short stands only where time may run out.
  const auto cut =
      says(200, R"({"text":"a","prompt_tokens":3,"completion_tokens":1,"finish_reason":"length"})");
  BOOST_TEST(judge(predict(), cut, {.hurried = true}) == "");
  BOOST_TEST(judge(predict(), cut, {.faulty = true, .stopping = true, .unready = true, .crowded = true}) !=
             "");
}

BOOST_AUTO_TEST_CASE(streams_end_in_one_way) {
  const std::string text = "data: {\"text\":\"ab\"}\n\n";
  const std::string end =
      "data: {\"prompt_tokens\":3,\"completion_tokens\":2,\"finish_reason\":\"length\"}\n\n";
  BOOST_TEST(judge(predict(true), says(200, ": ping\n\n" + text + end + "data: [DONE]\n\n"), {}) == "");
  BOOST_TEST(judge(predict(true), says(200, text + end), {}) == "a stream that ends in silence");
  BOOST_TEST(judge(predict(true), says(200, text + end + "data: [DONE]\n\ndata: {}\n\n"), {}) ==
             "a stream that goes on after its end");
  BOOST_TEST(judge(predict(true), says(200, text + "data: " + error("") + "\n\n"), {}) != "");
  BOOST_TEST(judge(predict(true), says(200, text + "data: " + error("") + "\n\n"), {.faulty = true}) == "");
  BOOST_TEST(judge(predict(true), says(200, text + "data: {"), {}) == "a stream that ends within a frame");
}

BOOST_AUTO_TEST_CASE(errors_need_a_reason_in_the_world) {
  BOOST_TEST(judge(predict(), says(503, error("overloaded")), {}) == "");
  BOOST_TEST(judge(predict(), {503, {}, error("overloaded"), false}, {}) ==
             "a 503 that does not say when to come back");
  BOOST_TEST(judge(predict(), says(503, error("stopping")), {}) != "");
  BOOST_TEST(judge(predict(), says(503, error("stopping")), {.stopping = true}) == "");
  BOOST_TEST(judge(predict(), says(503, error("not_ready")), {}) != "");
  BOOST_TEST(judge(predict(), says(503, error("not_ready")), {.unready = true}) == "");
  BOOST_TEST(judge(predict(), says(500, error("api_error")), {}) != "");
  BOOST_TEST(judge(predict(), says(500, error("api_error")), {.faulty = true}) == "");
  BOOST_TEST(judge(predict(), says(504, error("deadline_exceeded")), {}) != "");
  BOOST_TEST(judge(predict(), says(504, error("deadline_exceeded")), {.hurried = true}) == "");
  BOOST_TEST(judge(predict(), says(418, error("teapot")), {.faulty = true}) != "");
  BOOST_TEST(judge(predict(), says(400, "{}"), {}) == "an error without a reason: 400");
}

BOOST_AUTO_TEST_CASE(answers_are_foreseen) {
  const foreseen_answer all = foresee(bytes("prompt"), 5, {.most = 12});
  BOOST_TEST(all.text.size() == 12u);
  BOOST_TEST(!all.stops);
  const std::string stop = all.text.substr(6, 2);
  const std::string stops[] = {stop.substr(1), stop};
  const foreseen_answer cut = foresee(bytes("prompt"), 5, {.most = 12, .stops = stops});
  BOOST_TEST(cut.stops);
  BOOST_TEST(all.text.starts_with(cut.text));
  BOOST_TEST(cut.text.size() <= 6u);
}

BOOST_AUTO_TEST_CASE(questions_are_many_and_the_same_for_the_same_dice) {
  runtime::dice one(3);
  runtime::dice other(3);
  std::set<std::string> names;
  std::set<int> statuses;
  for (int i = 0; i < 2000; ++i) {
    const question q = draw_question(one, {});
    BOOST_TEST(q.bytes == draw_question(other, {}).bytes);
    names.insert(q.name);
    statuses.insert(q.status);
  }
  BOOST_TEST(names.size() > 500u);
  BOOST_TEST(statuses.size() >= 9u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::simulation
