// What goes along with a request and its answer: ids, traces, times, lines of a log.
#include "net/request_rules.hpp"
#include "net/timings.hpp"

#include <boost/test/unit_test.hpp>

#include "connection.hpp"
#include "web_client.hpp"

#include <string>
#include <vector>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

BOOST_AUTO_TEST_SUITE(session_traces)

BOOST_AUTO_TEST_CASE(a_trace_is_taken_as_the_standard_says) {
  const auto taken = [](std::vector<std::string> fields) {
    http_request request;
    for (std::string& field : fields) request.fields.push_back({"traceparent", std::move(field)});
    return client_trace(request);
  };
  BOOST_TEST(taken({trace}) == trace);
  BOOST_TEST(taken({"cc" + trace.substr(2) + "-what-the-future-will-bring"}) == "cc" + trace.substr(2));
  const std::vector<std::string> none[] = {
      {},
      {""},
      {trace, trace},
      {trace + "-more"},
      {trace.substr(1)},
      {"ff" + trace.substr(2)},
      {"cc" + trace.substr(2) + "0"},
      {"00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
      {"00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"},
      {"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
      {"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01"},
      {"cc" + trace.substr(2) + "-" + std::string(100, 'a')},
  };
  for (const auto& fields : none) BOOST_TEST(taken(fields).empty(), (fields.empty() ? "" : fields.front()));
}

BOOST_AUTO_TEST_CASE(a_trace_goes_along_and_into_the_log) {
  std::vector<answered> seen;
  net_options options;
  options.on_answered = [&seen](const answered& what) { seen.push_back(what); };
  connection c(options);
  (void)c.ask(
      post("/predict?x=1", R"({"text":"a"})", "x-request-id: mine\r\ntraceparent: " + trace + "\r\n"));
  BOOST_TEST(c.core.log->last_trace == trace);
  (void)c.ask(post("/predict", R"({"text":"busy"})"));
  BOOST_TEST(c.core.log->last_trace.empty());
  (void)c.ask(get("/nothing"));
  c.send(post("/predict", R"({"text":"hang"})"));
  c.by.advance(3s);
  BOOST_TEST(seen.size() == 3u);  // the last has no answer yet
  c.other->finished = true;
  c.other->wake();
  c.by.run();
  BOOST_TEST_REQUIRE(seen.size() == 4u);
  BOOST_TEST(seen[0].method == "POST");
  BOOST_TEST(seen[0].path == "/predict");
  BOOST_TEST(seen[0].request_id == "mine");
  BOOST_TEST(seen[0].trace == trace);
  BOOST_TEST(seen[0].status == 200);
  BOOST_TEST(seen[1].status == 503);
  BOOST_TEST(seen[2].status == 404);
  BOOST_TEST(seen[3].status == 499);  // it left
  BOOST_TEST((seen[3].took == 3s));
}

BOOST_AUTO_TEST_CASE(a_socket_is_told_of_at_its_opening) {
  std::vector<answered> seen;
  net_options options;
  options.on_answered = [&seen](const answered& what) { seen.push_back(what); };
  connection c(options);
  c.send(upgrade("/predict", "traceparent: " + trace + "\r\n"));
  c.send(client_frame(1, R"({"text":"count 1"})"));
  BOOST_TEST(c.core.log->last_trace == trace);
  BOOST_TEST_REQUIRE(seen.size() == 1u);
  BOOST_TEST(seen[0].status == 101);
}

BOOST_AUTO_TEST_CASE(a_stream_says_its_times_behind_it_to_those_who_read_there) {
  connection c;
  const std::string stream = R"({"text":"count 1","stream":true})";
  c.send(post("/predict", stream, "TE: trailers\r\n"));
  std::string bytes = c.other->from_server;
  BOOST_TEST(bytes.find("\r\nTrailer: server-timing\r\n") < bytes.find("\r\n\r\n"));
  BOOST_TEST(bytes.ends_with("\r\n0\r\nserver-timing: queue;dur=1.5, prefill;dur=20, decode;dur=30\r\n\r\n"));
  c.other->from_server.clear();
  c.send(post("/predict", stream));
  bytes = c.other->from_server;
  BOOST_TEST(bytes.find("Trailer") == std::string::npos);
  BOOST_TEST(bytes.ends_with("\r\n0\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(times_are_milliseconds) {
  actors::generation_times times;
  add(times, {1500us, 20ms, 2s});
  add(times, {0us, 1ms, 1us});
  BOOST_TEST(timing_field(times) == "server-timing: queue;dur=1.5, prefill;dur=21, decode;dur=2000.001\r\n");
  std::string json;
  append_timings(json, times);
  BOOST_TEST(json == R"("timings":{"queue_ms":1.5,"prefill_ms":21,"decode_ms":2000.001})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
