#include "net/actors_page.hpp"
#include "net/alarms.hpp"
#include "net/json_text.hpp"
#include "net/origin.hpp"
#include "net/output_buffer.hpp"
#include "net/pages.hpp"
#include "net/request_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

namespace hawser::net {
namespace {

using namespace std::chrono_literals;

http_request request(std::string method, std::string target, std::vector<header_field> fields = {}) {
  http_request made;
  made.method = std::move(method);
  made.target = std::move(target);
  made.fields = std::move(fields);
  made.fields.push_back({"host", "here:8000"});
  return made;
}

int status_of(const http_request& r, const origin_policy& policy = {}) {
  const auto judged = judge_request(r, policy);
  return judged ? 200 : judged.error().status;
}

struct rule {
  std::string method, target;
  std::vector<header_field> fields;
  int status;
};

BOOST_AUTO_TEST_SUITE(http_rules)

BOOST_AUTO_TEST_CASE(paths_and_methods) {
  const rule rules[] = {
      {"GET", "/health", {}, 200},
      {"HEAD", "/health", {}, 200},
      {"GET", "/health?x=/y", {}, 200},
      {"GET", "http://here/health", {}, 200},
      {"GET", "http://here", {}, 200},
      {"GET", "/v1/models/a%2Fb", {}, 200},
      {"GET", "/h%65alth", {}, 200},
      {"GET", "/h%6", {}, 400},
      {"GET", "/h%zz", {}, 400},
      {"GET", "/nothing", {}, 404},
      {"GET", "/health/", {}, 404},
      {"GET", "/v1/models/", {}, 404},
      {"POST", "/nothing", {}, 404},
      {"POST", "/health", {}, 405},
      {"GET", "/predict", {}, 405},
      {"PUT", "/predict", {}, 405},
      {"GET", "/cache", {}, 405},
      {"DELETE", "/cache", {}, 200},
      {"DELETE", "/cache", {{"origin", "https://elsewhere.example"}}, 403},
      {"OPTIONS", "/cache", {}, 200},
      {"OPTIONS", "/predict", {}, 200},
      {"OPTIONS", "*", {}, 200},
      {"POST", "/predict", {}, 200},
      {"POST", "/predict", {{"content-type", "application/json"}}, 200},
      {"POST", "/predict", {{"content-type", "Application/JSON ; charset=utf-8"}}, 200},
      {"POST", "/predict", {{"content-type", "application/vnd.api+json"}}, 200},
      {"POST", "/predict", {{"content-type", "application/x-www-form-urlencoded"}}, 200},
      {"POST", "/predict", {{"content-type", "text/plain"}}, 415},
      {"POST", "/predict", {{"content-type", "multipart/form-data"}}, 415},
      {"POST", "/predict", {{"content-type", ""}}, 415},
      {"POST", "/predict", {{"content-encoding", "gzip"}}, 415},
      {"POST", "/predict", {{"content-encoding", "identity"}}, 200},
      {"POST", "/predict", {{"origin", "https://elsewhere.example"}}, 403},
      {"POST", "/predict", {{"origin", "null"}}, 403},
      {"POST", "/predict", {{"origin", "http://localhost:3000"}}, 200},
      {"POST", "/predict", {{"origin", "http://localhost.evil.example"}}, 403},
      {"POST", "/predict", {{"origin", "http://here:8000"}}, 200},
      {"GET", "/health", {{"origin", "https://elsewhere.example"}}, 200},
      {"GET", "/v1/actors", {}, 200},
      {"POST", "/v1/actors", {}, 405},
  };
  for (const rule& r : rules) {
    BOOST_TEST_INFO(r.method << " " << r.target);
    BOOST_TEST(status_of(request(r.method, r.target, r.fields)) == r.status);
  }
  BOOST_TEST(judge_request(request("DELETE", "/v1/models"), {}).error().allow == "GET, HEAD, OPTIONS");
  BOOST_TEST(judge_request(request("GET", "/v1/models/a%2Fb"), {})->argument == "a/b");
}

BOOST_AUTO_TEST_CASE(origins) {
  const auto allow = [](const origin_policy& policy, std::string origin) {
    return judge_origin(policy, request("GET", "/", {{"origin", std::move(origin)}})).allow_origin;
  };
  BOOST_TEST(allow({}, "http://127.0.0.1:5173") == "http://127.0.0.1:5173");
  BOOST_TEST(allow({}, "http://[::1]") == "http://[::1]");
  BOOST_TEST(allow({{}, false}, "http://127.0.0.1:5173") == "");
  BOOST_TEST(allow({{"https://a.example"}, true}, "https://a.example") == "https://a.example");
  BOOST_TEST(allow({{"https://a.example"}, true}, "https://b.example") == "");
  BOOST_TEST(allow({{"*"}, true}, "https://b.example") == "*");
  BOOST_TEST(judge_origin({}, request("GET", "/")).allowed);
  const std::string fields =
      preflight_fields(request("OPTIONS", "/",
                               {{"access-control-request-method", "POST"},
                                {"access-control-request-headers", "content-type, x-a"}}),
                       "POST, OPTIONS");
  BOOST_TEST((fields.find("Access-Control-Allow-Methods: POST, OPTIONS\r\n") != std::string::npos));
  BOOST_TEST((fields.find("Access-Control-Allow-Headers: content-type, x-a\r\n") != std::string::npos));
  BOOST_TEST((fields.find("Credentials") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(request_ids_are_safe) {
  const auto id = [](std::string text) {
    return client_request_id(request("GET", "/", {{"x-request-id", std::move(text)}}));
  };
  BOOST_TEST(id("abc-1/2.3") == "abc-1/2.3");
  BOOST_TEST(id("a b") == "");
  BOOST_TEST(id("a\"b") == "");
  BOOST_TEST(id(std::string(129, 'a')) == "");
  BOOST_TEST(client_request_id(request("GET", "/")) == "");
}

BOOST_AUTO_TEST_CASE(the_load_is_shown) {
  auto state = std::make_shared<actors::service_state>();
  state->now = actors::phase::ready;
  const actors::service core{{}, {}, {}, state};
  core.load->write({.load = 0.5, .kv = 0.25, .queued_tokens = 12, .wait = {0, 1.5, 3}, .queued = {0, 2, 4}});
  BOOST_TEST(page({endpoint::load, {}}, core, {}).body ==
             R"({"status":"ready","load":0.5,"kv_usage":0.25,"queued_tokens":12,"classes":{)"
             R"("interactive":{"queued":0,"wait_ms":0},"standard":{"queued":2,"wait_ms":1500},)"
             R"("batch":{"queued":4,"wait_ms":3000}}})");
}

BOOST_AUTO_TEST_CASE(the_load_is_told_to_balancers) {
  const actors::load_facts now{.load = 0.5, .kv_used = 0.125, .running = 3, .queued = {1, 2, 4}};
  BOOST_TEST(load_field(load_format::none, now) == "");
  BOOST_TEST(
      load_field(load_format::text, now) ==
      "endpoint-load-metrics: TEXT application_utilization=0.5, named_metrics.kv_cache_usage_perc=0.125, "
      "named_metrics.num_requests_running=3, named_metrics.num_requests_waiting=7\r\n");
  BOOST_TEST(load_field(load_format::json, now) ==
             R"(endpoint-load-metrics: JSON {"application_utilization":0.5,"named_metrics":{)"
             R"("kv_cache_usage_perc":0.125,"num_requests_running":3,"num_requests_waiting":7}})"
             "\r\n");
  const auto wished = [](std::string value) {
    return wished_load_format(request("GET", "/", {{"endpoint-load-metrics-format", std::move(value)}}));
  };
  BOOST_TEST((wished("TEXT") == load_format::text && wished("json") == load_format::json));
  BOOST_TEST((wished("bin") == load_format::none));
  BOOST_TEST((wished_load_format(request("GET", "/")) == load_format::none));
}

BOOST_AUTO_TEST_CASE(errors_are_written_for_whom_they_are) {
  for (const std::string_view theirs : {"/v1/messages", "/v1/messages?beta=true", "/v1/messages/count_tokens",
                                        "/v1/messages/nothing", "http://a/v1/messages"})
    BOOST_TEST((errors_of(theirs) == error_style::anthropic), theirs);
  for (const std::string_view ours : {"/", "/v1/messagesx", "/v1/chat/completions", "/x?/v1/messages"})
    BOOST_TEST((errors_of(ours) == error_style::openai), ours);
  struct row {
    int status, shown;
    std::string type;
  };
  for (const row& r : {row{400, 400, "invalid_request_error"}, row{403, 403, "permission_error"},
                       row{404, 404, "not_found_error"}, row{413, 413, "request_too_large"},
                       row{429, 429, "rate_limit_error"}, row{500, 500, "api_error"},
                       row{503, 529, "overloaded_error"}, row{504, 504, "timeout_error"}}) {
    api_error e;
    e.status = r.status;
    e.message = "why";
    e.retry_after = std::chrono::seconds(2);
    reply_frame frame;
    frame.request_id = "r1";
    frame.errors = error_style::anthropic;
    const response theirs = error_response(e, frame);
    BOOST_TEST(theirs.status == r.shown);
    BOOST_TEST(theirs.body ==
               R"({"type":"error","error":{"type":")" + r.type + R"(","message":"why"},"request_id":"r1"})");
    BOOST_TEST(theirs.fields == "Retry-After: 2\r\n");
    BOOST_TEST(error_response(e, {}).status == r.status);
  }
}

BOOST_AUTO_TEST_CASE(pages_follow_the_phase) {
  using actors::phase;
  auto state = std::make_shared<actors::service_state>();
  state->model_name = "a/b";
  state->context = 77;
  const actors::service core{{}, {}, {}, state};
  const auto ask = [&](endpoint to, phase now, std::string argument = {}) {
    state->now = now;
    return page({to, std::move(argument)}, core, {"1.2.3", "abc"});
  };
  for (const phase now : {phase::loading, phase::warming, phase::ready, phase::draining}) {
    BOOST_TEST(ask(endpoint::health, now).status == 200);
    BOOST_TEST(ask(endpoint::ready, now).status == (now == phase::ready ? 200 : 503));
    BOOST_TEST((ask(endpoint::ready, now).fields == "Retry-After: 1\r\n") == (now != phase::ready));
    BOOST_TEST((not_serving(now).status == 0) == (now == phase::ready));
  }
  BOOST_TEST(ask(endpoint::health, phase::failed).status == 503);
  BOOST_TEST(ask(endpoint::ready, phase::warming).body == R"({"status":"warming"})");
  BOOST_TEST(ask(endpoint::models, phase::loading).body == R"({"object":"list","data":[]})");
  BOOST_TEST(
      ask(endpoint::models, phase::ready).body ==
      R"({"object":"list","data":[{"id":"a/b","object":"model","created":0,"owned_by":"hawser","max_model_len":77}]})");
  BOOST_TEST(ask(endpoint::model, phase::ready, "a/b").status == 200);
  BOOST_TEST(ask(endpoint::model, phase::ready, "a").status == 404);
  BOOST_TEST(ask(endpoint::version, phase::ready).body == R"({"version":"1.2.3","revision":"abc"})");
  BOOST_TEST((ask(endpoint::root, phase::ready).body.find("POST /predict") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(alarms_fire_in_order_and_once) {
  alarms a;
  const runtime::time_point t{};
  BOOST_TEST((a.earliest() == runtime::time_point::max()));
  BOOST_TEST(!a.take_due(runtime::time_point::max()).has_value());
  a.set(alarm::ping, t + 5s);
  a.set(alarm::unread, t + 3s);
  a.set(alarm::idle, t + 1s);
  a.clear(alarm::idle);
  BOOST_TEST((a.earliest() == t + 3s));
  BOOST_TEST(!a.take_due(t + 2s).has_value());
  BOOST_TEST((a.take_due(t + 9s) == alarm::unread));
  BOOST_TEST((a.take_due(t + 9s) == alarm::ping));
  BOOST_TEST(!a.take_due(t + 9s).has_value());
}

BOOST_AUTO_TEST_CASE(an_empty_output_buffer_holds_nothing) {
  output_buffer out;
  out.add("abc");
  out.consume(2);
  out.add("de");
  BOOST_TEST(out.front() == "cde");
  out.consume(3);
  BOOST_TEST(out.empty());
  out.add(std::string(10'000, 'x'));
  out.consume(9'999);
  BOOST_TEST(out.size() == 1u);
  out.add("y");
  BOOST_TEST(out.front() == "xy");
}

BOOST_AUTO_TEST_CASE(json_text_is_always_json) {
  const auto quoted = [](std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
  };
  BOOST_TEST(quoted("a\"\\\n\t\r\b\f\x01\x7F/") == "\"a\\\"\\\\\\n\\t\\r\\b\\f\\u0001\\u007f/\"");
  BOOST_TEST(quoted("\xE6\xB5\x8B\xF0\x9F\x98\x80") == "\"\xE6\xB5\x8B\xF0\x9F\x98\x80\"");
  BOOST_TEST(quoted("\xE6\xB5") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  BOOST_TEST(quoted("\xC0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  BOOST_TEST(quoted(std::string_view("\0", 1)) == "\"\\u0000\"");
  std::string out;
  append_number(out, -std::numeric_limits<float>::infinity());
  out += ' ';
  append_number(out, 0.1f);
  BOOST_TEST(out == "-9999 0.1");
}

runtime::actor_view actor(std::uint64_t id, std::uint64_t parent, std::string name) {
  runtime::actor_view made;
  made.id = id;
  made.parent = parent;
  made.name = std::move(name);
  made.bound = 8;
  made.counters = {
      .messages = id, .slow = 1, .busy = 1500us, .waiting = 2, .oldest = id * 1ms, .restarts = 3};
  return made;
}

BOOST_AUTO_TEST_CASE(actors_are_shown_one_by_one) {
  auto busy = actor(2, 1, "b\"c");
  busy.state = runtime::actor_state::vacant;
  busy.handling = "letter";
  busy.handling_for = 250us;
  BOOST_TEST(
      actors_page({actor(1, 0, "a"), busy}, runtime::time_point(2500ms), "9") ==
      R"({"hawser":"9","seconds":2.5,"actors":[{"id":1,"parent":0,"name":"a","actors":1,"state":"running",)"
      R"("mailbox":8,"waiting":2,"oldest_ms":1,"messages":1,"busy_ms":1.5,"slow":1,"restarts":3},)"
      "\n"
      R"({"id":2,"parent":1,"name":"b\"c","actors":1,"state":"vacant","mailbox":8,"waiting":2,"oldest_ms":2,)"
      R"("messages":2,"busy_ms":1.5,"slow":1,"restarts":3,"handling":"letter","handling_ms":0.25}]})"
      "\n");
}

BOOST_AUTO_TEST_CASE(many_siblings_of_one_name_are_added_up) {
  std::vector<runtime::actor_view> all{actor(1, 0, "listener")};
  for (std::uint64_t id = 2; id < 2 + actors_apart; ++id) all.push_back(actor(id, 1, "session"));
  const auto count = [](const std::string& page) {
    std::size_t found = 0;
    for (std::size_t at = page.find("\"id\""); at != std::string::npos; at = page.find("\"id\"", at + 1))
      ++found;
    return found;
  };
  BOOST_TEST(count(actors_page(all, {}, "")) == 1 + actors_apart);
  all.push_back(actor(100, 1, "session"));
  all.push_back(actor(101, 1, "other"));
  all.push_back(actor(102, 2, "child"));  // so this session stays apart
  BOOST_TEST(count(actors_page(all, {}, "")) == 1 + actors_apart + 3);
  all.push_back(actor(103, 1, "session"));
  const std::string page = actors_page(all, {}, "");
  BOOST_TEST(count(page) == 5u);
  // 3 .. 17, 100 and 103
  BOOST_TEST(
      page.find(
          R"({"id":0,"parent":1,"name":"session","actors":17,"state":"running","mailbox":8,"waiting":34,)"
          R"("oldest_ms":103,"messages":353,"busy_ms":25.5,"slow":17,"restarts":51})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(proxies_say_that_they_handed_a_request_on) {
  BOOST_TEST(!was_forwarded(request("GET", "/")));
  for (const char* const mark : {"forwarded", "x-forwarded-for", "x-real-ip", "via"})
    BOOST_TEST(was_forwarded(request("GET", "/", {{mark, "x"}})));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
