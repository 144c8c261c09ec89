#include <boost/test/unit_test.hpp>

#include "connection.hpp"
#include "web_client.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;

const std::string alices = "sk-alice-0123456789";
const std::string as_alice = "Authorization: Bearer " + alices + "\r\n";

net_options with_key(quota_limits limits, actors::priority ceiling = actors::priority::interactive) {
  api_key alice;
  alice.name = "alice";
  alice.digest = digest_of(alices);
  alice.limits = limits;
  alice.ceiling = ceiling;
  alice.rank = std::max(ceiling, actors::priority::standard);
  alice.weight = 3;
  net_options options;
  options.keys = std::make_shared<key_desk>(std::vector{alice});
  return options;
}

std::string predict(std::string_view text, std::string_view fields = as_alice, std::string_view more = "") {
  return post("/predict", R"({"text":")" + std::string(text) + "\"" + std::string(more) + "}", fields);
}

BOOST_AUTO_TEST_SUITE(session_keys)

BOOST_AUTO_TEST_CASE(without_a_key_nothing_is_read_and_nothing_made) {
  connection c(with_key({}));
  c.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  const client_response openai = c.receive();
  BOOST_TEST(openai.status == 401);
  BOOST_TEST(openai.fields.at("www-authenticate") == "Bearer");
  BOOST_TEST(openai.fields.at("x-should-retry") == "false");
  BOOST_TEST(openai.fields.at("connection") == "close");
  BOOST_TEST(openai.body.find(R"("code":"invalid_api_key")") != std::string::npos);
  connection other(with_key({}));
  const client_response anthropic = other.ask(
      post("/v1/messages", R"({"max_tokens":1,"messages":[]})", "x-api-key: sk-wrong-0123456789\r\n"));
  BOOST_TEST(anthropic.status == 401);
  BOOST_TEST(anthropic.body.starts_with(R"({"type":"error","error":{"type":"authentication_error",)"));
  BOOST_TEST(c.core.log->generates == 0);
  connection probes(with_key({}));
  BOOST_TEST(probes.ask(get("/health")).status == 200);
  BOOST_TEST(probes.ask(get("/v1/models")).status == 401);
  BOOST_TEST(probes.open());
  BOOST_TEST(probes.ask(get("/v1/models", as_alice)).status == 200);
}

BOOST_AUTO_TEST_CASE(who_asks_goes_along) {
  connection c(with_key({}));
  BOOST_TEST(c.ask(predict("a")).status == 200);
  BOOST_TEST(c.core.log->last_key == "alice");
  BOOST_TEST(c.core.log->last_share == 3.0f);
  BOOST_TEST(!c.ask(predict("a")).fields.contains("x-ratelimit-limit-requests"));  // no quota, no figures
}

BOOST_AUTO_TEST_CASE(quotas_are_shown_kept_and_come_back) {
  connection c(with_key({.requests = 2, .tokens = 6000}));
  const client_response first = c.ask(predict("count 3"));
  BOOST_TEST(first.status == 200);
  BOOST_TEST(first.fields.at("x-ratelimit-limit-requests") == "2");
  BOOST_TEST(first.fields.at("x-ratelimit-remaining-requests") == "1");
  const client_response second =
      c.ask(post("/v1/messages", R"({"max_tokens":5,"messages":[{"role":"user","content":"x"}]})", as_alice));
  BOOST_TEST(second.status == 200);
  BOOST_TEST(second.fields.at("anthropic-ratelimit-requests-remaining") == "0");
  const client_response third = c.ask(predict("a"));
  BOOST_TEST(third.status == 429);
  BOOST_TEST(third.fields.at("retry-after") == "30");
  BOOST_TEST(third.fields.at("x-should-retry") == "true");
  BOOST_TEST(third.fields.at("x-ratelimit-remaining-requests") == "0");
  BOOST_TEST(third.body.find(R"("limit":"requests_per_minute")") != std::string::npos);
  const client_response theirs =
      c.ask(post("/v1/messages", R"({"max_tokens":5,"messages":[{"role":"user","content":"x"}]})", as_alice));
  BOOST_TEST(theirs.status == 429);
  BOOST_TEST(theirs.body.find(R"("type":"rate_limit_error")") != std::string::npos);
  BOOST_TEST(theirs.fields.at("retry-after") == "30");
  c.by.advance(31s);
  BOOST_TEST(c.ask(predict("a")).status == 200);
}

BOOST_AUTO_TEST_CASE(tokens_count_as_they_were_used) {
  connection c(with_key({.tokens = 100}));
  // 5 of the prompt and 3 of the answer, however many it might have become.
  BOOST_TEST(c.ask(predict("count 3", as_alice, R"(,"max_tokens":80)")).status == 200);
  const client_response next = c.ask(predict("count 3", as_alice, R"(,"max_tokens":80)"));
  BOOST_TEST(next.status == 200);
  // 100 - 8 - (80 and a quarter of the body's bytes)
  BOOST_TEST(next.fields.at("x-ratelimit-remaining-tokens") == "3");
  const client_response streamed = c.ask(predict("count 1", as_alice, R"(,"stream":true,"max_tokens":4)"));
  BOOST_TEST(streamed.status == 200);
  BOOST_TEST(streamed.fields.contains("x-ratelimit-remaining-tokens"));
}

// A chat that names no length is expected to be short. Who takes all of a long one and leaves before its end
// has used it.
BOOST_AUTO_TEST_CASE(what_is_malformed_counts_as_a_request) {
  connection c(with_key({.requests = 2, .tokens = 1000}));
  const client_response first = c.ask(post("/predict", "{", as_alice));
  BOOST_TEST(first.status == 400);
  BOOST_TEST(first.fields.at("x-ratelimit-remaining-requests") == "1");
  BOOST_TEST(first.fields.at("x-ratelimit-remaining-tokens") == "1000");
  BOOST_TEST(c.ask(post("/predict", "[]", as_alice)).status == 400);
  // Not even read.
  BOOST_TEST(c.ask(post("/predict", "{", as_alice)).status == 429);
}

BOOST_AUTO_TEST_CASE(what_is_refused_for_its_tokens_is_no_request) {
  connection c(with_key({.requests = 2, .tokens = 100}));
  BOOST_TEST(c.ask(predict("count 3", as_alice, R"(,"max_tokens":90)")).status == 200);
  const client_response over = c.ask(predict("count 3", as_alice, R"(,"max_tokens":95)"));
  BOOST_TEST(over.status == 429);
  BOOST_TEST(over.body.find(R"("limit":"tokens_per_minute")") != std::string::npos);
  BOOST_TEST(over.fields.at("x-ratelimit-remaining-requests") == "1");
}

BOOST_AUTO_TEST_CASE(who_leaves_has_used_what_it_was_told) {
  const net_options options = with_key({.tokens = 1000});
  connection first(options);
  first.send(post("/v1/chat/completions",
                  R"({"stream":true,"messages":[{"role":"user","content":"flood 400"}]})", as_alice));
  first.other->finished = true;
  first.other->wake();
  first.by.run();
  connection second(options);
  const std::string body = R"({"text":"a","max_tokens":1})";
  const client_response next = second.ask(post("/predict", body, as_alice));
  BOOST_TEST(next.status == 200);
  // 5 of the prompt and 400 of the answer, and what is expected of this one.
  const int left = std::stoi(next.fields.at("x-ratelimit-remaining-tokens"));
  BOOST_TEST(left <= 1000 - 405 - 1);
  BOOST_TEST(left >= 1000 - 405 - 1 - static_cast<int>(body.size()));
}

BOOST_AUTO_TEST_CASE(what_the_server_refuses_counts_for_nothing) {
  connection c(with_key({.requests = 1}));
  for (int i = 0; i < 3; ++i) BOOST_TEST(c.ask(predict("busy")).status == 503);
  BOOST_TEST(c.ask(predict("a")).status == 200);
  BOOST_TEST(c.ask(predict("busy")).status == 429);
}

BOOST_AUTO_TEST_CASE(so_many_at_once_over_all_connections) {
  const net_options options = with_key({.concurrency = 1});
  connection first(options);
  first.send(predict("hang"));
  connection second(options);
  const client_response refused = second.ask(predict("a"));
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.body.find(R"("limit":"concurrency")") != std::string::npos);
  first.other->finished = true;  // it leaves
  first.other->wake();
  first.by.run();
  BOOST_TEST(second.ask(predict("a")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_class_above_the_keys_is_refused) {
  connection c(with_key({}, actors::priority::batch));
  BOOST_TEST(c.ask(predict("a")).status == 200);
  BOOST_TEST((c.core.log->last_rank == actors::priority::batch));
  BOOST_TEST(c.ask(predict("a", as_alice + "x-priority: interactive\r\n")).status == 403);
  BOOST_TEST(c.ask(predict("a", as_alice, R"(,"priority":"standard")")).status == 403);
}

BOOST_AUTO_TEST_CASE(texts_count_as_requests) {
  connection c(with_key({.requests = 1}));
  BOOST_TEST(c.ask(post("/tokenize", R"({"prompt":"a"})", as_alice)).status == 200);
  BOOST_TEST(c.ask(post("/tokenize", R"({"prompt":"a"})", as_alice)).status == 429);
}

BOOST_AUTO_TEST_CASE(a_websocket_has_the_key_of_its_opening) {
  connection none(with_key({}));
  none.send(upgrade("/predict"));
  BOOST_TEST(none.receive().status == 401);
  connection c(with_key({.requests = 1}));
  c.send(upgrade("/predict", as_alice));
  BOOST_TEST(c.other->from_server.starts_with("HTTP/1.1 101 "));
  c.other->from_server.clear();
  c.send(client_frame(1, R"({"id":"a","text":"count 1","stream":false})"));
  BOOST_TEST(c.other->from_server.find("\"finish_reason\":\"stop\"") != std::string::npos);
  c.other->from_server.clear();
  c.send(client_frame(1, R"({"id":"b","text":"count 1"})"));
  BOOST_TEST(c.other->from_server.find("rate_limit_exceeded") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_the_servers_is_refused_before_anything) {
  net_options options;
  options.door.hosts = {};
  connection c(options);
  BOOST_TEST(c.ask("GET /v1/models HTTP/1.1\r\nHost: localhost:8000\r\n\r\n").status == 200);
  const client_response refused = c.ask("GET /v1/models HTTP/1.1\r\nHost: evil.example:8000\r\n\r\n");
  BOOST_TEST(refused.status == 403);
  BOOST_TEST(refused.body.find("host_not_allowed") != std::string::npos);
  BOOST_TEST(c.ask("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
