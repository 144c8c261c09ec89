// The first request, which nobody sent.
#include "test/actors/core_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(core_rehearsal)

// The whole of it has to fit.
std::string long_text(char letter) {
  return std::string(100, letter);
}

BOOST_AUTO_TEST_CASE(prompts_of_the_configuration_are_there_when_it_is_ready) {
  running_core core(
      {}, {.rehearsal_tokens = 64, .rehearsal_prompts = {{long_text('a'), false}, {long_text('s'), true}}});
  core.start();
  core.settle(2s, 10ms);
  BOOST_TEST((core.phases == std::vector{phase::warming, phase::ready}));
  BOOST_TEST(core.reason == "");
  // Nothing of it is counted, but that the device worked.
  const std::string page = core.metrics();
  BOOST_TEST(page.find("vllm:prompt_tokens_total{engine=\"0\",model_name=\"fake\"} 0\n") !=
             std::string::npos);
  BOOST_TEST(page.find("vllm:time_to_first_token_seconds_count{engine=\"0\",model_name=\"fake\"} 0\n") !=
             std::string::npos);
  BOOST_TEST(page.find("hawser_steps_total{engine=\"0\",model_name=\"fake\"} 0\n") == std::string::npos);
  const heard& text = core.finish(core.send(long_text('a') + "and then"));
  BOOST_TEST(text.yes.cached_tokens >= 64u);
  BOOST_TEST(text.texts.at(0) == fake_answer(long_text('a') + "and then", 8));
  generate chat = core.request("");
  chat.spec.prompt = chat_prompt{boost::json::parse(R"({"messages":[{"role":"system","content":")" +
                                                    long_text('s') + R"("},{"role":"user","content":"hi"}]})")
                                     .as_object()};
  BOOST_TEST(core.finish(core.send(std::move(chat))).yes.cached_tokens >= 64u);
  check_once(core);
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(what_it_cannot_run_it_leaves_out) {
  running_core core({}, {.rehearsal_prompts = {{std::string(1u << 20, 'x'), false}, {"short", false}}});
  core.start();
  core.settle(2s, 10ms);
  BOOST_TEST((core.phases.back() == phase::ready));
  BOOST_TEST(core.reason.find("warm-up prompt 1 was left out: it has 1048576 tokens") == 0u);
}

BOOST_AUTO_TEST_CASE(it_begins_again_when_an_actor_fails_under_it) {
  running_core core({}, {.rehearsal_tokens = 300});
  core.backend->script(1, fake_backend::fault::throw_oddly);
  core.start();
  core.settle(2s, 10ms);
  BOOST_TEST((core.phases == std::vector{phase::warming, phase::ready}));
  BOOST_TEST(core.metrics().find("hawser_actor_restarts_total{actor=\"executor\"} 1\n") != std::string::npos);
  BOOST_TEST(core.finish(core.send("hello")).texts.at(0) == fake_answer("hello", 8));
}

BOOST_AUTO_TEST_CASE(it_does_not_keep_a_stop_waiting) {
  running_core core({.step_cost = 10s}, {.rehearsal_tokens = 64, .drain = 1s});
  core.start();
  BOOST_TEST((core.phases == std::vector{phase::warming}));
  BOOST_TEST(core.stop());
  BOOST_TEST((core.phases.back() == phase::draining));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
