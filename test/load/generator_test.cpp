#include "cli/load/generator.hpp"
#include "cli/load/request_mix.hpp"
#include "test/load/scripted_server.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace hawser::load {
namespace {

using test::scripted_answer;
using test::scripted_server;
using after = scripted_answer::after;
using std::chrono::milliseconds;

std::string event(const std::string& data) {
  return "data: " + data + "\n\n";
}

std::string response(const std::string& status, const std::string& fields, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

const std::string answer = response("200 OK", "Content-Type: text/event-stream\r\n",
                                    event(R"({"text":"one"})") + event(R"({"text":" two"})") +
                                        event(R"({"completion_tokens":2})") + event("[DONE]"));

run_options closed(std::uint32_t concurrency, std::uint64_t requests, const char* as = "") {
  run_options run;
  run.to.speaks = dialect::predict;
  run.to.path = "/predict";
  run.classes = {*read_class(as, {})};
  run.concurrency = concurrency;
  mix_options options{.classes = run.classes, .rate = {}};
  options.requests = requests;
  run.source = [mix = std::make_shared<request_mix>(options)](planned_request& into) {
    return mix->next(into);
  };
  return run;
}

/// Runs until it is over; a hang would be ended by the test's own time limit.
class_tally go(boost::asio::io_context& io, scripted_server& server, run_options run) {
  generator sends(io, server.where(), std::move(run));
  sends.start([&] { server.stop(); });
  io.run();
  return sends.results().sum();
}

BOOST_AUTO_TEST_SUITE(load_generator)

BOOST_AUTO_TEST_CASE(a_closed_loop_keeps_its_connections_and_counts_everything) {
  boost::asio::io_context io;
  scripted_server server(io, [](std::size_t, const std::string&) { return scripted_answer{answer}; });
  const class_tally got = go(io, server, closed(3, 20));
  BOOST_TEST(got.count(ending::complete) == 20u);
  BOOST_TEST(got.tokens == 40u);
  BOOST_TEST(got.ttft.count() == 20u);
  BOOST_TEST(got.gaps.count() == 20u);
  BOOST_TEST(server.connections() == 3u);
}

BOOST_AUTO_TEST_CASE(an_open_loop_counts_from_when_requests_were_due) {
  boost::asio::io_context io;
  scripted_server server(io, [](std::size_t, const std::string&) { return scripted_answer{answer}; });
  run_options run = closed(0, 0);
  // Both were due before the run began: as if the client had been held up.
  run.source = [left = 2](planned_request& into) mutable {
    into = {};
    into.at = milliseconds(-300);
    return left-- > 0;
  };
  const class_tally got = go(io, server, run);
  BOOST_TEST(got.count(ending::complete) == 2u);
  BOOST_TEST(got.ttft.min().count() >= 300'000);
  BOOST_TEST(got.ttft_from_send.max().count() < 300'000);
  BOOST_TEST(got.lag.min().count() >= 300'000);
}

BOOST_AUTO_TEST_CASE(every_way_a_server_can_fail_is_counted_as_what_it_is) {
  boost::asio::io_context io;
  scripted_server server(io, [](std::size_t number, const std::string&) -> scripted_answer {
    switch (number) {
    case 0:
      return {response("429 No", "", "{}")};
    case 1:
      return {response("503 No", "", "{}")};
    case 2:
      return {response("400 No", "", "{}")};
    case 3:
      return {answer.substr(0, answer.size() - 5), after::close};
    case 4:
      return {answer.substr(0, 60), after::reset};
    case 5:
      return {response("200 OK", "Content-Type: text/event-stream\r\n", event(R"({"error":{}})"))};
    default:
      return {"", after::hang};
    }
  });
  run_options run = closed(1, 7);
  run.patience = milliseconds(150);
  const class_tally got = go(io, server, run);
  for (const ending e : {ending::quota, ending::overload, ending::http_error, ending::truncated,
                         ending::reset, ending::stream_error, ending::timed_out})
    BOOST_TEST(got.count(e) == 1u, name_of(e));
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_closed_while_idle_is_not_the_servers_failure) {
  boost::asio::io_context io;
  scripted_server server(
      io, [](std::size_t, const std::string&) { return scripted_answer{answer, after::close}; });
  const class_tally got = go(io, server, closed(1, 5));
  BOOST_TEST(got.count(ending::complete) == 5u);
  BOOST_TEST(server.connections() == 5u);
}

BOOST_AUTO_TEST_CASE(nobody_listening_is_unreachable) {
  boost::asio::io_context io;
  scripted_server server(io, [](std::size_t, const std::string&) { return scripted_answer{}; });
  const auto where = server.where();
  server.stop();
  generator sends(io, where, closed(2, 4));
  sends.start([] {});
  io.run();
  BOOST_TEST(sends.results().sum().count(ending::unreachable) == 4u);
}

BOOST_AUTO_TEST_CASE(who_obeys_waits_as_told_and_who_does_not_comes_back_at_once) {
  for (const char* manners : {"obey=1", "obey=0"}) {
    boost::asio::io_context io;
    scripted_server server(io, [](std::size_t number, const std::string&) -> scripted_answer {
      if (number == 0) return {response("503 No", "Retry-After: 0.4\r\n", "{}")};
      return {answer};
    });
    run_options run = closed(1, 1, manners);
    run.retries = 2;
    const class_tally got = go(io, server, run);
    const bool obeys = manners[5] == '1';
    BOOST_TEST(got.count(ending::complete) == 1u);
    BOOST_TEST(got.attempts == 2u);
    BOOST_TEST(got.waited_as_told == (obeys ? 1u : 0u));
    BOOST_TEST(got.back_admitted == (obeys ? 1u : 0u));
    BOOST_TEST((got.e2e.min().count() >= 400'000) == obeys);
  }
}

BOOST_AUTO_TEST_CASE(retries_have_an_end) {
  boost::asio::io_context io;
  scripted_server server(io, [](std::size_t, const std::string&) {
    return scripted_answer{response("503 No", "Retry-After: 0\r\n", "")};
  });
  run_options run = closed(1, 1);
  run.retries = 2;
  const class_tally got = go(io, server, run);
  BOOST_TEST(got.count(ending::overload) == 1u);
  BOOST_TEST(got.attempts == 3u);
  BOOST_TEST(got.back_admitted == 0u);
}

BOOST_AUTO_TEST_CASE(a_conversation_sends_what_was_said) {
  boost::asio::io_context io;
  scripted_server server(io, [](std::size_t, const std::string&) { return scripted_answer{answer}; });
  const class_tally got = go(io, server, closed(1, 1, "turns=3,prompt=4,think=10ms"));
  BOOST_TEST(got.count(ending::complete) == 3u);
  const auto& asked = server.requests();
  BOOST_REQUIRE(asked.size() == 3u);
  BOOST_TEST(asked[1].find("one two") != std::string::npos);
  const auto first = asked[2].find("one two");
  BOOST_TEST(asked[2].find("one two", first + 1) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(clients_that_leave_are_not_errors) {
  boost::asio::io_context io;
  scripted_server server(io,
                         [](std::size_t, const std::string&) { return scripted_answer{"", after::hang}; });
  run_options run = closed(2, 6, "leave=1,answer=1");
  const class_tally got = go(io, server, run);
  BOOST_TEST(got.count(ending::left) == 6u);
  BOOST_TEST(got.failed() == 0u);
}

BOOST_AUTO_TEST_CASE(what_runs_at_the_end_is_cut_after_the_drain) {
  boost::asio::io_context io;
  scripted_server server(io,
                         [](std::size_t, const std::string&) { return scripted_answer{"", after::hang}; });
  run_options run = closed(2, 2);
  run.drain = milliseconds(50);
  const class_tally got = go(io, server, run);
  BOOST_TEST(got.count(ending::unfinished) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
