// GET /v1/responses as a WebSocket, and GET and DELETE of what is remembered.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "connection.hpp"
#include "web_client.hpp"

#include <string>
#include <vector>

namespace hawser::net::test {
namespace {

namespace json = boost::json;

struct responding {
  explicit responding(net_options options = {}) : c(std::move(options)) {
    c.send(upgrade("/v1/responses"));
    BOOST_TEST(c.other->from_server.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    c.other->from_server.erase(0, c.other->from_server.find("\r\n\r\n") + 4);
  }

  void say(std::string_view message) { c.send(client_frame(1, message)); }
  void create(std::string_view fields) { say(R"({"type":"response.create",)" + std::string(fields) + "}"); }
  std::vector<json::object> heard() {
    std::vector<json::object> all;
    while (auto frame = take_frame(c.other->from_server))
      all.push_back(json::parse(frame->payload).as_object());
    return all;
  }

  connection c;
};

std::string text_of(const json::object& event, std::string_view name) {
  const json::value* const v = event.if_contains(name);
  return v == nullptr || !v->is_string() ? std::string() : std::string(v->as_string());
}

std::string names(const std::vector<json::object>& events) {
  std::string all;
  for (const json::object& one : events) {
    const std::string lane = text_of(one, "stream_id");
    const std::string type = text_of(one, "type");
    all += (lane.empty() ? "" : lane + ":") + type.substr(type.rfind('.') + 1) + " ";
  }
  return all;
}

std::string id_of(const std::vector<json::object>& events) {
  return std::string(events.back().at("response").at("id").as_string());
}

BOOST_AUTO_TEST_SUITE(response_sockets)

BOOST_AUTO_TEST_CASE(events_come_as_messages) {
  responding r;
  r.create(R"("input":"count 2")");
  const auto said = r.heard();
  BOOST_TEST(names(said) == "created in_progress added added delta delta done done done completed ");
  BOOST_TEST(said[9].at("sequence_number") == 9);
  BOOST_TEST(said[9].at("response").at("output").at(0).at("content").at(0).at("text") == "0 1 ");
  r.create(R"("input":"hi","stream_id":"a","stream":true)");
  BOOST_TEST(names(r.heard()) ==
             "a:created a:in_progress a:added a:added a:delta a:done a:done a:done a:completed ");
  BOOST_TEST(r.c.open());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_an_error_of_its_lane) {
  responding r;
  struct row {
    std::string message, answer;
  };
  for (
      const row& w : {
          row{"nonsense", R"({"type":"error","status":400,"error":{"message":"the body is not JSON)"},
          row{R"({"type":"response.steer"})",
              R"({"type":"error","status":400,"error":{"message":"type: expected \"response.create\")"},
          row{R"({"input":"hi"})",
              R"({"type":"error","status":400,"error":{"message":"type: expected \"response.create\", found nothing")"},
          row{R"({"type":"response.create","stream_id":"x"})",
              R"({"type":"error","status":400,"stream_id":"x","error":{"message":"input: required)"},
          row{R"({"type":"response.create","input":"hi","stream":false})",
              R"({"type":"error","status":400,"error":{"message":"stream: here every)"},
          row{R"({"type":"response.create","input":"hi","previous_response_id":"resp_x"})",
              R"({"type":"error","status":400,"error":{"message":"there is no response \"resp_x\")"},
          row{R"({"type":"response.create","input":"busy","stream_id":"x"})",
              R"({"type":"error","status":503,"stream_id":"x","error":{"message":"the queue is full")"},
      }) {
    r.say(w.message);
    const auto frame = take_frame(r.c.other->from_server);
    BOOST_TEST_REQUIRE(frame.has_value());
    BOOST_TEST(frame->payload.starts_with(w.answer), frame->payload);
    BOOST_TEST(r.heard().empty());
  }
  r.create(R"("input":"fail")");
  BOOST_TEST(names(r.heard()) == "created in_progress added added delta delta failed ");
  BOOST_TEST(r.c.open());
  r.c.send(client_frame(2, "x"));
  BOOST_TEST(!r.c.open());
}

BOOST_AUTO_TEST_CASE(lanes_do_not_wait_for_each_other) {
  responding r;
  r.create(R"("input":"hang","stream_id":"slow")");
  r.create(R"("input":"count 1","stream_id":"slow")");
  r.create(R"("input":"count 1","stream_id":"quick")");
  BOOST_TEST(names(r.heard()) == "slow:created slow:in_progress quick:created quick:in_progress quick:added "
                                 "quick:added quick:delta quick:done quick:done quick:done quick:completed ");
  BOOST_TEST(r.c.core.log->generates == 2);
}

BOOST_AUTO_TEST_CASE(one_after_the_other_within_a_lane) {
  responding r;
  // A message that waits is read when its turn has come: it may continue what is being made.
  std::string first;
  r.c.core.log->on_generate = [&] {
    if (r.c.core.log->generates != 1) return;
    r.c.other->to_server += client_frame(1, R"({"type":"response.create","input":"nonsense","n":3})");
    r.c.other->to_server += client_frame(1, R"({"type":"response.create","input":"count 1"})");
    r.c.other->wake();
  };
  r.create(R"("input":"count 1")");
  BOOST_TEST(names(r.heard()) == "created in_progress added added delta done done done completed error "
                                 "created in_progress added added delta done done done completed ");
}

BOOST_AUTO_TEST_CASE(a_connection_goes_on_from_what_it_said) {
  responding r;
  r.create(R"("input":"first","store":false)");
  const std::string id = id_of(r.heard());
  r.create(R"("input":"count 1","store":false,"previous_response_id":")" + id + "\"");
  const auto second = r.heard();
  BOOST_TEST(names(second).ends_with("completed "));
  BOOST_TEST(second.back().at("response").at("previous_response_id") == json::value(id));
  BOOST_TEST(r.c.setup->responses->count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_prompt_may_be_computed_alone) {
  responding r;
  for (const char* const how : {R"("generate":false)", R"("prompt_cache_options":{"prewarm":true})"}) {
    r.create(R"("input":"count 5",)" + std::string(how));
    const auto said = r.heard();
    BOOST_TEST(names(said) == "created in_progress completed ");
    BOOST_TEST(said[2].at("response").at("output").as_array().empty());
    BOOST_TEST(said[2].at("response").at("usage").at("output_tokens") == 0);
    r.create(R"("input":"count 1","previous_response_id":")" + id_of(said) + "\"");
    BOOST_TEST(names(r.heard()).ends_with("completed "));
  }
}

BOOST_AUTO_TEST_CASE(so_many_at_once_and_no_more) {
  net_options options;
  options.limits.web.waiting = 2;
  responding r(options);
  r.create(R"("input":"hang","stream_id":"a")");
  r.create(R"("input":"hang","stream_id":"a")");
  r.create(R"("input":"hang","stream_id":"b")");
  const auto said = r.heard();
  BOOST_TEST(names(said) == "a:created a:in_progress b:error ");
  BOOST_TEST(said.back().at("status") == 429);
}

BOOST_AUTO_TEST_CASE(who_leaves_cancels) {
  responding r;
  r.create(R"("input":"hang","stream_id":"a")");
  r.create(R"("input":"hang","stream_id":"b")");
  r.c.send(client_frame(8, "\x03\xe8"));
  BOOST_TEST(r.c.core.log->cancels == 2);
}

BOOST_AUTO_TEST_CASE(large_messages_are_read_elsewhere) {
  net_options options;
  options.limits.inline_body = 100;
  responding r(options);
  r.create(R"("input":"count 1","instructions":")" + std::string(100, 'x') + "\"");
  BOOST_TEST(r.heard().empty());
  r.c.do_heavy_work();
  BOOST_TEST(names(r.heard()).ends_with("completed "));
}

BOOST_AUTO_TEST_CASE(what_is_remembered_is_shown_and_forgotten) {
  connection c;
  const auto post = [&c](const std::string& body) {
    return c.ask("POST /v1/responses HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n\r\n" + body);
  };
  const auto get = [&c](const std::string& method, const std::string& id) {
    return c.ask(method + " /v1/responses/" + id + " HTTP/1.1\r\nHost: x\r\n\r\n");
  };
  const client_response made = post(R"({"input":"count 2"})");
  BOOST_TEST(made.status == 200);
  const std::string id(json::parse(made.body).at("id").as_string());
  BOOST_TEST(get("GET", id).body == made.body);
  BOOST_TEST(get("GET", id + "?stream=true").status == 400);
  BOOST_TEST(get("GET", "resp_other").status == 404);
  BOOST_TEST(get("POST", id).status == 405);
  BOOST_TEST(get("DELETE", id).body == R"({"id":")" + id + R"(","object":"response","deleted":true})");
  BOOST_TEST(get("DELETE", id).status == 404);
  BOOST_TEST(get("GET", id).status == 404);
  BOOST_TEST(post(R"({"input":"x","previous_response_id":")" + id + "\"}").status == 400);
  const client_response late = post(R"({"input":"fail"})");
  BOOST_TEST(late.status == 500);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
