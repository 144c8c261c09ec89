#include "embed/server.hpp"
#include "test/embed/simulated_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::embed {
namespace {

BOOST_AUTO_TEST_SUITE(embed_server)

BOOST_AUTO_TEST_CASE(text_goes_in_and_tokens_come_out_without_a_socket) {
  simulated_server server;
  server.start();
  const answer got = server.ask("hello");
  BOOST_TEST(!got.refused);
  BOOST_TEST(got.tokens.size() == 8u);
  BOOST_TEST(got.prompt_tokens > 0u);
  BOOST_TEST((got.why == actors::finish::length));
  BOOST_TEST(server.ask("hello").text == got.text);
  server.it.stop();
}

BOOST_AUTO_TEST_CASE(text_is_seen_as_it_comes) {
  simulated_server server;
  server.start();
  actors::generation_spec spec;
  spec.prompt = actors::plain_prompt{"hello"};
  spec.max_tokens = 8;
  std::string seen;
  const answer got = server.it.generate(std::move(spec), [&seen](std::string_view piece) { seen += piece; });
  BOOST_TEST(seen == got.text);
}

BOOST_AUTO_TEST_CASE(before_the_start_and_after_the_stop_a_request_is_refused) {
  simulated_server server;
  BOOST_TEST((server.ask("early").no == actors::refusal::not_ready));
  server.start();
  server.it.stop();
  const answer late = server.ask("late");
  BOOST_TEST(late.refused);
  BOOST_TEST((late.no == actors::refusal::stopping));
}

BOOST_AUTO_TEST_CASE(a_model_that_is_missing_is_said_by_ready) {
  server_options options;
  options.settings.model.path = "missing.gguf";
  server server(std::move(options));
  server.start();
  const auto ready = server.ready();
  BOOST_REQUIRE(ready.has_error());
  BOOST_TEST((ready.error().cause == errc::model));
  BOOST_TEST(ready.error().what.find("missing.gguf") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_port_can_be_opened_and_not_twice) {
  simulated_server first;
  const auto where = first.it.listen();
  BOOST_REQUIRE(where.has_value());
  BOOST_TEST(where->port() != 0);
  server_options options;
  options.settings.server.port = where->port();
  server second(std::move(options));
  const auto taken = second.listen();
  BOOST_REQUIRE(taken.has_error());
  BOOST_TEST((taken.error().cause == errc::address));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_dropped_stops) {
  simulated_server started;
  started.start();
  const simulated_server never_started;
  BOOST_TEST(started.ask("x").tokens.size() == 8u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
