// What the core does when its device, its actors or its clients misbehave.
#include "test/actors/core_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <random>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(core_faults)

BOOST_AUTO_TEST_CASE(a_failed_executor_is_started_again) {
  running_core core({.seats = 1});
  core.start();
  core.backend->script(3, fake_backend::fault::throw_oddly);
  const request_id running = core.send("running", 20);
  const request_id waiting = core.send("waiting", 4);
  BOOST_TEST((core.finish(running).last.why == finish::error));
  BOOST_TEST(!core.all[running].last.message.empty());
  BOOST_TEST(core.finish(waiting).texts.at(0) == fake_answer("waiting", 4));
  BOOST_TEST(core.metrics().find("hawser_actor_restarts_total{actor=\"executor\"} 1\n") != std::string::npos);
  check_once(core);
}

BOOST_AUTO_TEST_CASE(actors_that_fail_again_and_again_fail_the_core) {
  running_core core({}, {.restarts = 2});
  core.start();
  for (std::uint64_t step = 1; step < 9; ++step) core.backend->script(step, fake_backend::fault::throw_oddly);
  for (int i = 0; i < 3; ++i) BOOST_TEST((core.finish(core.send("x")).last.why == finish::error));
  BOOST_TEST((core.phases.back() == phase::failed));
  BOOST_TEST(core.reason.find("again and again") != std::string::npos);
  BOOST_TEST((core.finish(core.send("y")).no.why == refusal::not_ready));
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(a_device_that_breaks_ends_what_it_had_and_fails_the_core) {
  running_core core({.seats = 1});
  core.start();
  core.backend->script(3, fake_backend::fault::break_down);
  const request_id running = core.send("running", 20);
  const request_id waiting = core.send("waiting", 4);
  BOOST_TEST((core.finish(running).last.why == finish::error));
  BOOST_TEST((core.finish(waiting).last.why == finish::error));
  BOOST_TEST(core.all[waiting].last.message == "the device failed");
  BOOST_TEST((core.phases.back() == phase::failed));
  BOOST_TEST(core.reason == "the device failed");
  int pulses = 0;
  core.serving->ask_pulse([&pulses] { ++pulses; });
  core.settle(10ms);
  BOOST_TEST(pulses == 0);
  BOOST_TEST((core.finish(core.send("later")).no.why == refusal::not_ready));
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(a_device_that_does_not_answer_is_lost_and_may_come_back) {
  running_core core({}, {.step_deadline = 5s});
  core.start();
  int pulses = 0;
  const auto ask_pulse = [&] {
    core.serving->ask_pulse([&pulses] { ++pulses; });
    core.settle(10ms);
  };
  ask_pulse();
  BOOST_TEST(pulses == 1);
  core.backend->script(2, fake_backend::fault::hang);
  const request_id running = core.send("running", 20);
  core.settle(4850ms, 10ms);
  BOOST_TEST(!core.all[running].over());
  ask_pulse();
  BOOST_TEST(pulses == 2);
  core.settle(200ms);
  BOOST_TEST((core.all[running].last.why == finish::error));
  BOOST_TEST((core.phases.back() == phase::failed));
  ask_pulse();
  BOOST_TEST(pulses == 2);
  BOOST_TEST((core.finish(core.send("no")).no.why == refusal::not_ready));
  core.backend->answer_late();
  core.settle(10ms);
  BOOST_TEST((core.phases.back() == phase::ready));
  ask_pulse();
  BOOST_TEST(pulses == 3);
  BOOST_TEST(core.finish(core.send("again", 5)).texts.at(0) == fake_answer("again", 5));
  check_once(core);
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(a_step_that_cannot_start_ends_its_requests) {
  running_core core;
  core.start();
  core.backend->script(2, fake_backend::fault::throw_at_start);
  BOOST_TEST((core.finish(core.send("one")).last.why == finish::error));
  BOOST_TEST(core.finish(core.send("two", 5)).texts.at(0) == fake_answer("two", 5));
}

BOOST_AUTO_TEST_CASE(texts_that_the_tokenizer_cannot_take) {
  running_core core({}, {.tokenizer_workers = 1});
  core.start();
  BOOST_TEST((core.finish(core.send("too much")).no.why == refusal::overloaded));
  BOOST_TEST((core.finish(core.send("fail the worker")).no.why == refusal::overloaded));
  BOOST_TEST(core.finish(core.send("fine", 5)).texts.at(0) == fake_answer("fine", 5));
}

BOOST_AUTO_TEST_CASE(a_stop_lets_what_runs_finish) {
  running_core core;
  core.start();
  const request_id id = core.send("finish me", 20);
  core.settle(5ms);
  BOOST_TEST(core.stop());
  BOOST_TEST(core.all[id].texts.at(0) == fake_answer("finish me", 20));
  BOOST_TEST((core.phases.back() == phase::draining));
}

BOOST_AUTO_TEST_CASE(a_stop_cuts_what_takes_too_long) {
  running_core core({.seats = 1, .context = 4000, .pages = 2000}, {.drain = 1s});
  core.start();
  const request_id id = core.send("long", 3900);
  const request_id waits = core.send("waits", 3900);
  core.settle(100ms);
  BOOST_TEST(core.stop());
  BOOST_TEST((core.all[id].last.why == finish::cancelled));
  BOOST_TEST((core.all[waits].last.why == finish::cancelled));
  check_once(core);
}

BOOST_AUTO_TEST_CASE(a_stop_works_before_and_without_a_model) {
  running_core never;
  BOOST_TEST(never.stop());
  running_core core;
  core.serving->start({});
  BOOST_TEST(core.stop());
  runtime::crank by;
  actors::core broken(by, by, {}, core_loader([]() -> model::result<core_parts> {
                        return model::error{model::errc::io, "no such file"};
                      }));
  std::string why;
  broken.start([&why](phase, std::string_view reason) { why = reason; });
  by.run();
  BOOST_TEST(why == "no such file");
  bool down = false;
  broken.stop([&down] { down = true; });
  by.run();
  BOOST_TEST(down);
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_gone_is_noticed) {
  running_core core;
  core.start();
  std::map<request_id, heard> other;
  const auto gone = runtime::spawn<reader>(core.by, {.name = "gone"}, other);
  generate g = core.request("nobody reads", 200);
  g.listener = gone;
  core.send(std::move(g));
  core.settle(20ms);
  gone.stop();
  core.settle(20ms);
  const std::string page = core.metrics();
  BOOST_TEST(page.find("vllm:num_requests_running{engine=\"0\",model_name=\"fake\"} 0\n") !=
             std::string::npos);
  BOOST_TEST(page.find("vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"fake\"} 0\n") !=
             std::string::npos);
}

// Requests, cancels, deadlines and faults of every kind, in any order: one end each, and nothing stays
// behind.
void random_life(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint32_t>(chance() % n); };
  running_core core({.seats = 1 + below(8),
                     .step_tokens = 8 + below(24),
                     .page_tokens = 1 + below(8),
                     .context = 120,
                     .pages = 150 + below(60),
                     .end_every = below(2) * 40},
                    {.queued_requests = 20,
                     .expected_answer = 1 + below(40),
                     .ageing = 100ms,
                     .step_deadline = 500ms,
                     .restarts = 1000,
                     .drain = 2s});
  core.start();
  for (int i = 0; i < 12; ++i) {
    core.backend->script(10 + below(600), static_cast<fake_backend::fault>(1 + below(6)));
  }
  const std::uint32_t requests = 150;
  for (std::uint32_t i = 0; i < requests; ++i) {
    // One draw a line: compilers order the arguments of a call as they like.
    const std::uint32_t length = below(60);
    const char letter = static_cast<char>('a' + below(26));
    generate g = core.request(std::string(length, letter), below(60));
    g.spec.choices = 1 + below(10);
    g.spec.rank = static_cast<priority>(below(3));
    g.key = std::string(1, static_cast<char>('k' + below(3)));
    if (below(3) == 0) g.spec.stop = {"ab", "c"};
    if (below(8) == 0) g.spec.deadline = core.by.time().now() + std::chrono::milliseconds(below(200));
    const request_id id = core.send(std::move(g));
    if (below(4) == 0) core.cancel_it(1 + below(id));
    if (below(3) != 0) core.settle(std::chrono::milliseconds(below(12)));
    for (std::uint32_t turns = below(6); turns > 0; --turns) core.by.turn();
  }
  if (below(2) == 0) core.settle(std::chrono::milliseconds(below(3000)));
  BOOST_TEST(core.stop());
  BOOST_TEST(core.all.size() == requests);
  check_once(core);
}

BOOST_AUTO_TEST_CASE(random_lives_end_once_each) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      random_life(seed);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_missed_tokens_is_not_told_that_its_answer_is_whole) {
  running_core it;
  it.start();
  // Room for one: the prompt's scores and the only token come from one step, and the token is refused.
  const generation_listener narrow = runtime::spawn<reader>(it.by, {.name = "narrow", .mailbox = 1}, it.all);
  generate g = it.request("scored", 1);
  g.spec.echo_logprobs = true;
  g.spec.sampling.top_logprobs = 0;
  g.listener = narrow;
  const heard& h = it.finish(it.send(std::move(g)));
  BOOST_TEST(h.ended == 1);
  BOOST_TEST((h.last.why == finish::cancelled));
  BOOST_TEST((h.ends.at(0).why == finish::cancelled));
  BOOST_TEST(h.texts.at(0).empty());
  narrow.stop();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
