#include <boost/test/unit_test.hpp>

#include "client.hpp"
#include "running_server.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(http_server)

BOOST_AUTO_TEST_CASE(probes_and_predict_share_a_connection) {
  running_server s;
  client c(s.where());
  BOOST_TEST(c.ask(get("/health")).body == R"({"status":"ok"})");
  BOOST_TEST(c.ask(get("/ready")).status == 200);
  const client_response answer = c.ask(post("/predict", R"({"text":"count 3"})"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(
      answer.body ==
      R"({"text":"0 1 2 ","prompt_tokens":5,"cached_tokens":2,"completion_tokens":3,"finish_reason":"stop",)"
      R"("timings":{"queue_ms":1.5,"prefill_ms":20,"decode_ms":30}})");
  BOOST_TEST(answer.fields.at("server-timing") == "queue;dur=1.5, prefill;dur=20, decode;dur=30");
  BOOST_TEST(c.ask(get("/metrics")).body.starts_with("# TYPE fake gauge"));
}

BOOST_AUTO_TEST_CASE(answers_say_the_load_to_those_who_ask) {
  running_server s;
  client c(s.where());
  BOOST_TEST(!c.ask(post("/predict", R"({"text":"count 3"})")).fields.contains("endpoint-load-metrics"));
  for (const std::string body : {R"({"text":"count 3"})", R"({"text":"count 3","stream":true})", "{}"}) {
    const client_response got = c.ask(post("/predict", body, "endpoint-load-metrics-format: text\r\n"));
    BOOST_TEST(got.fields.at("endpoint-load-metrics").starts_with("TEXT application_utilization=0, "), body);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_arrives_frame_by_frame_and_the_connection_stays) {
  running_server s;
  client c(s.where());
  const client_response got = c.ask(
      post("/v1/chat/completions", R"({"messages":[{"role":"user","content":"count 3"}],"stream":true})"));
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.fields.at("content-type") == "text/event-stream; charset=utf-8");
  BOOST_TEST((got.body.find(R"("delta":{"content":"2 "})") != std::string::npos));
  BOOST_TEST(got.body.ends_with("data: [DONE]\n\n"));
  BOOST_TEST(c.ask(get("/health")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_cancels_its_answer) {
  running_server s;
  for (const std::string_view body : {R"({"text":"hang","stream":true})", R"({"text":"queue"})"}) {
    client c(s.where());
    c.send(post("/predict", body));
    BOOST_TEST_REQUIRE(s.wait_generate());
    c.close();
    BOOST_TEST_REQUIRE(s.wait_cancel());
  }
  BOOST_TEST(s.it().counters().disconnects == 2u);
}

BOOST_AUTO_TEST_CASE(a_reader_that_does_not_read_loses_its_connection) {
  net_options options;
  options.limits.slow_reader_time = 50ms;
  running_server s(options);
  client c(s.where(), 4096);
  c.send(post("/predict", R"({"text":"flood 12000","stream":true})"));
  BOOST_TEST_REQUIRE(s.wait_cancel());
  BOOST_TEST(s.it().counters().slow_readers == 1u);
  client other(s.where());
  BOOST_TEST(other.ask(get("/health")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_body_in_chunks_and_a_large_one) {
  running_server s;
  client c(s.where());
  const std::string body = R"({"text":")" + std::string(1'000'000, 'a') + "\"}";
  BOOST_TEST(c.ask(post("/predict", body)).status == 200);
  c.send("POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char byte : std::string(R"({"text":"x"})")) c.send("1\r\n" + std::string(1, byte) + "\r\n");
  c.send("0\r\n\r\n");
  BOOST_TEST(c.receive().body.starts_with(R"({"text":"X",)"));
  // Refused by its length alone, and the answer can be read although the body was not.
  client large(s.where());
  large.send("POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" +
             std::string(500'000, 'a'));
  BOOST_TEST(large.receive().status == 413);
  BOOST_TEST(large.at_end());
}

BOOST_AUTO_TEST_CASE(responses_are_counted_by_class) {
  running_server s;
  client c(s.where());
  (void)c.ask(get("/health"));
  (void)c.ask(get("/nothing"));
  (void)c.ask(post("/predict", R"({"text":"count 1"})"));
  (void)c.ask(post("/predict", R"({"text":"busy"})"));
  BOOST_TEST(s.it().counters().by_class[2] == 2u);
  BOOST_TEST(s.it().counters().by_class[4] == 1u);
  BOOST_TEST(s.it().counters().by_class[5] == 1u);
  BOOST_TEST((c.ask(get("/metrics")).body.find("hawser_http_responses_total{class=\"2xx\"} 2\n") !=
              std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_silent_header_is_timed_out) {
  net_options options;
  options.limits.header_time = 50ms;
  running_server s(options);
  client silent(s.where());
  BOOST_TEST(silent.at_end());
  client half(s.where());
  half.send("GET / HT");
  BOOST_TEST(half.receive().status == 408);
  BOOST_TEST(half.at_end());
}

BOOST_AUTO_TEST_CASE(a_full_server_answers_probes_and_turns_the_rest_away) {
  net_options options;
  options.limits.connections = 1;
  options.limits.reserved_connections = 1;
  running_server s(options);
  client first(s.where());
  BOOST_TEST(first.ask(get("/version")).status == 200);
  client second(s.where());
  second.send("GET /");
  client third(s.where());
  const client_response refused = third.receive();
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.fields.at("retry-after") == "1");
  second.send("health HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(second.receive().status == 200);
  BOOST_TEST(second.at_end());
  client fourth(s.where());
  BOOST_TEST(fourth.ask(post("/predict", R"({"text":"x"})")).status == 503);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_told_in_one_sentence) {
  running_server s;
  boost::asio::io_context io;
  runtime::asio_scheduler by(io);
  net_options options;
  options.port = s.where().port();
  const std::string port = std::to_string(options.port);
  server second(options, s.core().service(), by, io, io.get_executor());
  const auto started = second.start();
  BOOST_TEST_REQUIRE(!started.has_value());
  BOOST_TEST((started.error().cause == errc::port_in_use));
  BOOST_TEST(started.error().what ==
             "port " + port +
                 " is in use by another process: choose another with --port, or find it with `lsof -i :" +
                 port + "`");
  options.host = "example.org";
  server named(options, s.core().service(), by, io, io.get_executor());
  BOOST_TEST((named.start().error().cause == errc::bad_address));
}

BOOST_AUTO_TEST_CASE(stopping_finishes_what_runs_and_no_more) {
  net_options options;
  options.drain_time = 100ms;
  std::optional<running_server> s(options);
  client idle(s->where());
  BOOST_TEST(idle.ask(get("/health")).status == 200);
  client busy(s->where());
  busy.send(post("/predict", R"({"text":"hang","stream":true})"));
  BOOST_TEST_REQUIRE(s->wait_generate());
  s.reset();
  BOOST_TEST(idle.at_end());
  BOOST_TEST((busy.receive().body.find(R"("code":"stopping")") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(many_clients_at_once_are_each_answered) {
  running_server s;
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i) {
      clients.emplace_back([&s, &good, i] {
        client c(s.where());
        for (int n = 1; n <= 20; ++n) {
          const client_response got =
              c.ask(post("/predict", R"({"text":"count )" + std::to_string(n + i) + R"(","stream":)" +
                                         (n % 2 == 0 ? "true}" : "false}")));
          if (got.status == 200 && (n % 2 != 0 || got.body.ends_with("[DONE]\n\n"))) good.fetch_add(1);
        }
      });
    }
  }
  BOOST_TEST(good == 16 * 20);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
