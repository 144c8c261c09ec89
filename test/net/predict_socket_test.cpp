// GET /predict as a WebSocket: several requests at once, each with one last message.
#include <boost/test/unit_test.hpp>

#include "connection.hpp"
#include "web_client.hpp"

#include <string>
#include <vector>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;

struct predicting {
  explicit predicting(net_options options = {}) : c(std::move(options)) {
    c.send(upgrade("/predict"));
    BOOST_TEST(c.other->from_server.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    c.other->from_server.erase(0, c.other->from_server.find("\r\n\r\n") + 4);
  }

  void say(std::string_view message) { c.send(client_frame(1, message)); }
  /// Every message that came, timings cut off.
  std::vector<std::string> heard() {
    std::vector<std::string> all;
    while (auto frame = take_frame(c.other->from_server)) {
      if (const std::size_t at = frame->payload.find(R"(,"timings")"); at != std::string::npos)
        frame->payload.erase(at);
      all.push_back(frame->opcode == 1 ? frame->payload : "opcode " + std::to_string(frame->opcode));
    }
    return all;
  }

  connection c;
};

using messages = std::vector<std::string>;
const std::string counts = R"("prompt_tokens":5,"cached_tokens":2,"completion_tokens":)";

BOOST_AUTO_TEST_SUITE(predict_sockets)

BOOST_AUTO_TEST_CASE(tokens_come_as_messages) {
  predicting p;
  p.say(R"({"id":"a","text":"count 2"})");
  BOOST_TEST((p.heard() == messages{R"({"id":"a","text":"0 "})", R"({"id":"a","text":"1 "})",
                                    R"({"id":"a",)" + counts + R"(2,"finish_reason":"stop")"}));
  p.say(R"({"text":"count 1"})");
  BOOST_TEST((p.heard() == messages{R"({"text":"0 "})", "{" + counts + R"(1,"finish_reason":"stop")"}));
  p.say(R"({"id":"b","text":"count 2","stream":false})");
  BOOST_TEST((p.heard() == messages{R"({"id":"b","text":"0 1 ",)" + counts + R"(2,"finish_reason":"stop")"}));
  p.say(R"({"id":"c","text":"hi","n":2})");
  BOOST_TEST(
      (p.heard() ==
       messages{
           R"({"id":"c","text":"HI","choice":0})", R"({"id":"c","text":"HI","choice":1})",
           R"({"id":"c",)" + counts +
               R"(2,"finish_reason":"stop","choices":[{"finish_reason":"stop"},{"finish_reason":"stop"}])"}));
  BOOST_TEST(p.c.open());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_ends_that_request_only) {
  predicting p;
  p.say(R"({"id":"runs","text":"hang"})");
  struct row {
    std::string message, answer;
  };
  for (const row& r : {
           row{"nonsense", R"({"error":{"message":"the body is not JSON)"},
           row{R"({"id":5,"text":"hi"})", R"({"error":{"message":"id: expected a string, found 5")"},
           row{R"({"id":"","text":"hi"})",
               R"({"error":{"message":"id: expected a string of 1 to 128 bytes")"},
           row{R"({"id":"x"})",
               R"({"id":"x","error":{"message":"text: required: the text to continue, a string")"},
           row{R"({"id":"x","text":"hi","weight":1})",
               R"({"id":"x","error":{"message":"weight: unknown field")"},
           row{R"({"id":"runs","text":"hi"})",
               R"({"id":"runs","error":{"message":"id: another request of that id)"},
           row{R"({"cancel":"x","text":"hi"})", R"({"id":"x","error":{"message":"cancel: stands alone)"},
           row{R"({"id":"x","text":"busy"})", R"({"id":"x","error":{"message":"the queue is full")"},
           row{R"({"id":"x","text":"late"})", R"({"id":"x","error":{"message":"the request's time was over)"},
       }) {
    p.say(r.message);
    const messages got = p.heard();
    BOOST_TEST_INFO(r.message);
    BOOST_TEST_REQUIRE(got.size() == 1u);
    BOOST_TEST(got[0].starts_with(r.answer), got[0]);
  }
  p.say(R"({"id":"y","text":"fail"})");
  const messages failed = p.heard();
  BOOST_TEST(
      failed.back() ==
      R"({"id":"y","error":{"message":"the device failed","type":"api_error","param":null,"code":null}})");
  p.say(R"({"cancel":"runs"})");
  BOOST_TEST((
      p.heard() ==
      messages{
          R"({"id":"runs","prompt_tokens":5,"cached_tokens":0,"completion_tokens":0,"finish_reason":"cancelled")"}));
  p.say(R"({"cancel":"runs"})");  // it is over already
  BOOST_TEST(p.heard().empty());
  BOOST_TEST(p.c.core.log->cancels == 1);
}

BOOST_AUTO_TEST_CASE(so_many_at_once_and_no_more) {
  net_options options;
  options.limits.web.waiting = 2;
  predicting p(options);
  for (const std::string id : {"a", "b", "c"}) p.say(R"({"id":")" + id + R"(","text":"hang"})");
  const messages got = p.heard();
  BOOST_TEST_REQUIRE(got.size() == 1u);
  BOOST_TEST(got[0].starts_with(R"({"id":"c","error":{"message":"at most 2 requests may run at once)"));
  p.say(R"({"cancel":"a"})");
  p.say(R"({"id":"c","text":"count 1"})");
  BOOST_TEST(p.heard().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_is_cancelled) {
  predicting p;
  p.say(R"({"id":"a","text":"hang"})");
  p.say(R"({"id":"b","text":"hang"})");
  p.c.send(client_frame(8, "\x03\xe8"));
  BOOST_TEST(p.c.core.log->cancels == 2);
}

BOOST_AUTO_TEST_CASE(large_messages_are_read_elsewhere_and_in_order) {
  predicting p;
  std::string padding(100'000, ' ');
  p.c.send(client_frame(1, R"({"id":"a",)" + padding.substr(0, 60'000), false) +
           client_frame(0, padding.substr(0, 40'000) + R"("text":"count 1"})"));
  p.say(R"({"cancel":"nobody"})");
  BOOST_TEST(p.heard().empty());
  p.c.do_heavy_work();
  BOOST_TEST(p.heard().size() == 2u);
}

BOOST_AUTO_TEST_CASE(answers_wait_for_a_reader_that_is_behind) {
  net_options options;
  options.limits.unread_output = 20'000;
  predicting p(options);
  p.c.other->room = 0;
  p.say(R"({"id":"a","text":"flood 30"})");
  BOOST_TEST(p.c.core.log->holds == 1);
  p.c.take(1'000'000);
  BOOST_TEST(p.c.core.log->releases == 1);
  BOOST_TEST(p.heard().size() == 30u);
  p.say(R"({"cancel":"a"})");
  BOOST_TEST(p.heard().size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_does_not_read_at_all_is_cut) {
  net_options options;
  options.limits.unread_output = 1'000;
  predicting p(options);
  p.c.other->room = 0;
  p.say(R"({"id":"a","text":"flood 30"})");
  BOOST_TEST(!p.c.open());
  BOOST_TEST(p.c.core.log->cancels == 1);
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_lets_answers_end) {
  predicting p;
  p.say(R"({"id":"a","text":"hang"})");
  p.c.who.notify(drain_session{});
  p.c.by.run();
  BOOST_TEST(p.heard().empty());
  p.say(R"({"cancel":"a"})");
  const messages got = p.heard();
  BOOST_TEST_REQUIRE(got.size() == 2u);
  BOOST_TEST(got[1] == "opcode 8");
}

BOOST_AUTO_TEST_CASE(what_is_no_web_socket_is_a_request) {
  connection c;
  BOOST_TEST(c.ask(get("/predict")).status == 405);
  BOOST_TEST(c.ask(post("/predict", R"({"text":"count 1"})")).status == 200);
  c.core.state->now = actors::phase::warming;
  BOOST_TEST(c.ask(upgrade("/predict")).status == 503);
  c.core.state->now = actors::phase::ready;
  BOOST_TEST(c.ask(upgrade("/predict", "Origin: https://elsewhere.example\r\n")).status == 403);
  predicting p;
  p.c.send(client_frame(2, "bytes"));
  BOOST_TEST((p.heard() == messages{"opcode 8"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
