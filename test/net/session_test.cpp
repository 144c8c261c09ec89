#include <boost/test/unit_test.hpp>

#include "connection.hpp"

#include <string>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;
const std::string stream_hang = post("/predict", R"({"text":"hang","stream":true})");

BOOST_AUTO_TEST_SUITE(sessions)

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  connection c;
  c.send(get("/health") + post("/predict", R"({"text":"count 2"})") + get("/version") +
         post("/predict", R"({"text":"count 1"})"));
  BOOST_TEST(c.receive().body == R"({"status":"ok"})");
  BOOST_TEST(c.receive().body.starts_with(R"({"text":"0 1 ")"));
  BOOST_TEST(c.receive().body == R"({"version":"","revision":""})");
  BOOST_TEST(c.receive().body.starts_with(R"({"text":"0 ")"));
  BOOST_TEST(c.other->from_server.empty());
  BOOST_TEST(c.open());
}

BOOST_AUTO_TEST_CASE(pipelined_bytes_are_bounded_while_an_answer_runs) {
  net_options options;
  options.limits.pipelined = 1000;
  connection c(options);
  c.other->piece = 100;
  c.send(stream_hang);
  for (int i = 0; i < 1000; ++i) c.send(get("/health"));
  BOOST_TEST(c.other->to_server.size() > 1000 * get("/health").size() - 1200);
  BOOST_TEST(c.open());
}

BOOST_AUTO_TEST_CASE(actors_are_shown_to_this_machine_only) {
  connection here({}, {.local = true});
  here.send(get("/v1/actors") + get("/version"));
  here.do_heavy_work();
  const client_response shown = here.receive();
  BOOST_TEST(shown.status == 200);
  BOOST_TEST(shown.body.find(R"("name":"session","actors":1,"state":"running")") != std::string::npos);
  BOOST_TEST(here.receive().status == 200);  // and the next has waited for it
  BOOST_TEST(here.ask(get("/v1/actors", "Via: 1.1 proxy\r\n")).status == 403);
  BOOST_TEST(here.ask(get("/v1/actors", "Origin: https://elsewhere.example\r\n")).status == 403);
  connection elsewhere;
  const client_response refused = elsewhere.ask(get("/v1/actors"));
  BOOST_TEST(refused.status == 403);
  BOOST_TEST(refused.body.find("local_only") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(remembered_answers_can_be_forgotten) {
  connection c;
  BOOST_TEST(c.ask("DELETE /cache HTTP/1.1\r\nHost: a\r\n\r\n").body == R"({"purged":7})");
  BOOST_TEST(c.open());
}

BOOST_AUTO_TEST_CASE(head_has_the_length_and_no_body) {
  connection c;
  c.send("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n");
  const client_response head = c.receive(true);
  BOOST_TEST(head.fields.at("content-length") == "15");
  BOOST_TEST(c.other->from_server.empty());
}

BOOST_AUTO_TEST_CASE(options_answer_a_preflight) {
  connection c;
  const client_response got =
      c.ask("OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: a\r\nOrigin: http://localhost:3000\r\n"
            "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n");
  BOOST_TEST(got.status == 204);
  BOOST_TEST(got.fields.at("access-control-allow-origin") == "http://localhost:3000");
  BOOST_TEST(got.fields.at("access-control-allow-methods") == "POST, OPTIONS");
  BOOST_TEST(c.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status == 204);
}

BOOST_AUTO_TEST_CASE(expectations) {
  connection c;
  const std::string body = R"({"text":"x"})";
  const std::string head = "POST /predict HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n";
  BOOST_TEST(c.ask(head).status == 100);
  BOOST_TEST(c.ask(body).status == 200);
  // The body came along: nothing to wait for.
  BOOST_TEST(c.ask(head + body).status == 200);
  // No body is asked for that will not be read.
  const client_response refused =
      c.ask("POST /nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  BOOST_TEST(refused.status == 404);
  BOOST_TEST(refused.fields.at("connection") == "close");
  BOOST_TEST(!c.open());
}

BOOST_AUTO_TEST_CASE(request_ids_are_echoed_or_made) {
  connection c;
  BOOST_TEST(c.ask(get("/health", "X-Request-Id: mine-1\r\n")).fields.at("x-request-id") == "mine-1");
  const std::string made = c.ask(get("/health")).fields.at("x-request-id");
  BOOST_TEST(made.starts_with("req-"));
  BOOST_TEST(c.ask(get("/health")).fields.at("request-id") != made);
}

BOOST_AUTO_TEST_CASE(keep_alive_ends_when_asked_and_after_so_many) {
  net_options options;
  options.limits.keep_alive_requests = 2;
  connection many(options);
  BOOST_TEST(!many.ask(get("/health")).fields.contains("connection"));
  BOOST_TEST(many.ask(get("/health")).fields.at("connection") == "close");
  BOOST_TEST(!many.open());
  connection once;
  BOOST_TEST(once.ask(get("/health", "Connection: close\r\n")).fields.at("connection") == "close");
  BOOST_TEST(!once.open());
  connection old;
  BOOST_TEST(old.ask("GET /health HTTP/1.0\r\n\r\n").fields.at("connection") == "close");
  connection old_kept;
  BOOST_TEST(old_kept.ask("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").fields.at("connection") ==
             "keep-alive");
  BOOST_TEST(old_kept.open());
}

BOOST_AUTO_TEST_CASE(a_strict_refusal_closes) {
  connection c;
  const client_response got = c.ask("get / HTTP/1.1\r\n");
  BOOST_TEST(got.status == 400);
  BOOST_TEST(got.fields.at("connection") == "close");
  BOOST_TEST(c.other->server_finished);
  BOOST_TEST(!c.other->closed);  // so that the client can still read
  c.by.advance(2s);
  BOOST_TEST(c.other->closed);
}

BOOST_AUTO_TEST_CASE(a_header_has_ten_seconds_however_it_drips) {
  connection c;
  c.send("GET / HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 9; ++i) {
    c.by.advance(1s);
    c.send("X: a\r\n");
  }
  BOOST_TEST(c.open());
  c.by.advance(1s);
  BOOST_TEST(c.receive().status == 408);
  BOOST_TEST(!c.open());
  connection silent;
  silent.by.advance(10s);
  BOOST_TEST(silent.other->from_server.empty());
  BOOST_TEST(!silent.open());
}

BOOST_AUTO_TEST_CASE(a_body_has_its_time_and_its_rate) {
  const std::string head = "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n";
  connection slow;
  slow.send(head);
  slow.send(std::string(20'000, ' '));
  slow.by.advance(10s);
  BOOST_TEST(slow.open());
  slow.send(std::string(5'000, ' '));
  slow.by.advance(10s);
  BOOST_TEST(slow.receive().status == 408);
  connection steady;
  steady.send(head);
  for (int i = 0; i < 6; ++i) {
    steady.send(std::string(50'000, ' '));
    steady.by.advance(5s);
  }
  BOOST_TEST(steady.open());  // 300,000 bytes bought it 4 s more than 30
  steady.by.advance(4s);
  BOOST_TEST(steady.receive().status == 408);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_closes_after_75_seconds) {
  connection c;
  (void)c.ask(get("/health"));
  c.by.advance(74s);
  (void)c.ask(get("/health"));
  c.by.advance(74s);
  BOOST_TEST(c.open());
  c.by.advance(1s);
  BOOST_TEST(!c.open());
  c.by.advance(2s);
  BOOST_TEST(c.ended.name == "session");
  BOOST_TEST(!c.ended.failed);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_is_cancelled_at_once) {
  for (const std::string script : {"hang", "queue"}) {
    for (const bool stream : {false, true}) {
      for (const bool broken : {false, true}) {
        connection c;
        c.send(post("/predict", R"({"text":")" + script + R"(","stream":)" + (stream ? "true}" : "false}")));
        BOOST_TEST(c.core.log->cancels == 0);
        (broken ? c.other->broken : c.other->finished) = true;
        c.send({});
        BOOST_TEST(c.core.log->cancels == 1);
        BOOST_TEST(c.other->closed);
        BOOST_TEST(c.ended.name == "session");
        BOOST_TEST(c.setup->counters.open == 0);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(several_prompts_are_all_cancelled) {
  connection c;
  c.send(post("/v1/completions", R"({"prompt":["hang","hang","queue"],"stream":true})"));
  c.other->finished = true;
  c.send({});
  BOOST_TEST(c.core.log->cancels == 3);
}

BOOST_AUTO_TEST_CASE(what_was_asked_before_the_end_of_input_is_answered) {
  connection c;
  c.other->finished = true;
  c.send(get("/health") + get("/metrics"));
  BOOST_TEST(c.receive().status == 200);
  BOOST_TEST(c.receive().body.starts_with("# TYPE fake"));
  BOOST_TEST(c.other->closed);
}

BOOST_AUTO_TEST_CASE(a_slow_reader_is_dropped_after_ten_seconds_of_a_full_buffer) {
  connection c;
  c.other->room = 1000;
  c.send(post("/predict", R"({"text":"flood 500","stream":true})"));
  BOOST_TEST(c.open());
  BOOST_TEST(c.setup->counters.unread > 256u * 1024);
  c.by.advance(9s);
  BOOST_TEST(c.open());
  c.by.advance(1s);
  BOOST_TEST(c.other->reset);
  BOOST_TEST(c.core.log->cancels == 1);
  BOOST_TEST(c.setup->counters.slow_readers == 1u);
  BOOST_TEST(c.setup->counters.unread == 0u);
}

BOOST_AUTO_TEST_CASE(a_reader_that_catches_up_keeps_its_stream) {
  connection c;
  c.other->room = 1000;
  c.send(post("/predict", R"({"text":"flood 500","stream":true})"));
  c.by.advance(9s);
  c.take(400'000);
  c.by.advance(9s);
  BOOST_TEST(c.open());
  c.take(1'000'000);
  BOOST_TEST(c.setup->counters.unread == 0u);
}

BOOST_AUTO_TEST_CASE(an_answer_waits_for_its_reader) {
  connection c;
  c.other->room = 1000;
  c.send(post("/v1/completions", R"({"prompt":["flood 200","flood 100"],"max_tokens":4096,"stream":true})"));
  BOOST_TEST(c.core.log->holds == 2);
  BOOST_TEST(c.core.log->releases == 0);
  c.by.advance(5s);
  c.take(100'000);
  BOOST_TEST(c.core.log->releases == 0);
  c.take(250'000);
  BOOST_TEST(c.core.log->releases == 2);
  BOOST_TEST(c.core.log->holds == 2);
  c.by.advance(10s);
  BOOST_TEST(c.open());
  c.take(1'000'000);
  // One that reads a little, but never catches up, is dropped as well.
  connection d;
  d.other->room = 1000;
  d.send(post("/predict", R"({"text":"flood 300","stream":true})"));
  for (int i = 0; i < 9; ++i) {
    d.by.advance(1s);
    d.take(10'000);
  }
  BOOST_TEST(d.open());
  d.by.advance(1s);
  BOOST_TEST(d.other->reset);
  BOOST_TEST(d.core.log->cancels == 1);
}

BOOST_AUTO_TEST_CASE(a_stream_that_nobody_reads_is_bounded_at_once) {
  connection c;
  c.other->room = 0;
  c.send(post("/predict", R"({"text":"flood 2000","stream":true})"));
  BOOST_TEST(c.other->reset);
  BOOST_TEST(c.core.log->cancels == 1);
}

BOOST_AUTO_TEST_CASE(silent_streams_are_pinged_even_before_admission) {
  connection c;
  c.send(post("/predict", R"({"text":"queue","stream":true})"));
  c.by.advance(14s);
  BOOST_TEST(c.other->from_server.empty());
  c.by.advance(1s);
  c.by.advance(15s);
  BOOST_TEST(c.other->from_server.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(c.other->from_server.ends_with("8\r\n: ping\n\n\r\n8\r\n: ping\n\n\r\n"));
  net_options options;
  options.limits.stream_ping = 0ms;
  connection quiet(options);
  quiet.send(stream_hang);
  const std::size_t before = quiet.other->from_server.size();
  quiet.by.advance(60s);
  BOOST_TEST(quiet.other->from_server.size() == before);
}

BOOST_AUTO_TEST_CASE(a_request_is_never_answered_with_silence) {
  connection c;
  c.send(post("/predict", R"({"text":"queue"})"));
  c.by.advance(605s);
  BOOST_TEST(c.receive().status == 504);
  BOOST_TEST(c.core.log->cancels == 1);
  BOOST_TEST(c.ask(get("/health")).status == 200);
}

BOOST_AUTO_TEST_CASE(draining_closes_idle_ones_and_finishes_answers) {
  connection idle;
  (void)idle.ask(get("/health"));
  idle.who.notify(drain_session{});
  idle.by.run();
  BOOST_TEST(idle.other->closed);  // at once: nobody waits for it to read what it has read
  connection busy;
  busy.send(stream_hang);
  busy.who.notify(drain_session{});
  busy.by.advance(20s);
  BOOST_TEST(busy.open());
  busy.who.notify(hang_up{});
  busy.by.run();
  BOOST_TEST(!busy.open());
  BOOST_TEST(busy.core.log->cancels == 1);
  BOOST_TEST((busy.other->from_server.find(R"("code":"stopping")") != std::string::npos));
  BOOST_TEST(busy.other->from_server.ends_with("0\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(large_bodies_are_parsed_elsewhere) {
  connection c;
  c.send(post("/predict", R"({"text":")" + std::string(100'000, 'a') + "\"}"));
  BOOST_TEST(c.core.log->generates == 0);
  BOOST_TEST(c.other->from_server.empty());
  c.do_heavy_work();
  BOOST_TEST(c.core.log->generates == 1);
  BOOST_TEST(c.receive().status == 200);
  c.send(post("/predict", std::string(100'000, '[')));
  c.do_heavy_work();
  BOOST_TEST(c.receive().status == 400);
  // One who leaves meanwhile is not generated for.
  c.send(post("/predict", R"({"text":")" + std::string(100'000, 'a') + "\"}"));
  c.other->finished = true;
  c.send({});
  c.do_heavy_work();
  BOOST_TEST(c.core.log->generates == 1);
  BOOST_TEST(c.other->closed);
}

BOOST_AUTO_TEST_CASE(nothing_is_generated_before_the_model_is_ready) {
  connection c;
  c.core.state->now = actors::phase::warming;
  const client_response got = c.ask(post("/predict", R"({"text":"x"})"));
  BOOST_TEST(got.status == 503);
  BOOST_TEST(got.fields.at("retry-after") == "1");
  BOOST_TEST(got.fields.at("x-should-retry") == "true");
  BOOST_TEST(c.ask(get("/health")).status == 200);
  BOOST_TEST(c.ask(get("/ready")).status == 503);
  BOOST_TEST(c.core.log->generates == 0);
}

BOOST_AUTO_TEST_CASE(a_core_that_is_gone_is_a_503) {
  connection c;
  c.core.core.stop();
  c.by.run();
  BOOST_TEST(c.ask(post("/predict", R"({"text":"x"})")).status == 503);
  BOOST_TEST(c.ask(get("/metrics")).status == 503);
}

BOOST_AUTO_TEST_CASE(a_pipeline_of_failures_is_answered_one_by_one) {
  net_options options;
  options.limits.keep_alive_requests = 10'000;
  connection c(options);
  c.core.core.stop();
  c.by.run();
  std::string all;
  for (int i = 0; i < 600; ++i) all += post("/predict", R"({"text":"x"})");
  c.send(all);
  for (int i = 0; i < 600; ++i) BOOST_TEST_REQUIRE(c.receive().status == 503);
  BOOST_TEST(c.other->from_server.empty());
}

BOOST_AUTO_TEST_CASE(a_full_server_still_answers_probes) {
  connection c({}, {.probes_only = true});
  BOOST_TEST(c.ask(get("/health")).status == 200);
  BOOST_TEST(!c.open());
  connection other({}, {.probes_only = true});
  const client_response refused = other.ask(post("/predict", R"({"text":"x"})"));
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.fields.contains("retry-after"));
}

BOOST_AUTO_TEST_CASE(http_1_0_streams_end_by_closing) {
  connection c;
  const std::string body = R"({"text":"count 2","stream":true})";
  c.send("POST /predict HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body);
  BOOST_TEST((c.other->from_server.find("Connection: close\r\n") != std::string::npos));
  BOOST_TEST(c.other->from_server.ends_with("data: [DONE]\n\n"));
  BOOST_TEST(!c.open());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
