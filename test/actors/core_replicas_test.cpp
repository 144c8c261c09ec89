// Several devices behind one door.
#include "test/actors/core_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

struct running_replicas : running_core {
  explicit running_replicas(std::uint32_t devices, fake_options device = {}, core_options options = {})
      : running_core(std::move(device), std::move(options), 0, devices) {
    start();
  }

  request_id ask_again(const std::string& text, std::uint32_t most) {
    const request_id id = send(text, most);
    texts[id] = fake_answer(text, most);
    return id;
  }

  /// Every answer is the model's, whoever gave it.
  void check_texts() {
    for (const auto& [id, text] : texts) {
      if (all[id].last.why == finish::length) BOOST_TEST(all[id].texts.at(0) == text);
    }
  }

  std::map<request_id, std::string> texts;
};

BOOST_AUTO_TEST_SUITE(core_replicas)

BOOST_AUTO_TEST_CASE(requests_are_shared_out_and_answered_alike) {
  running_replicas core(3, {.seats = 2});
  for (int i = 0; i < 30; ++i) core.ask_again("text " + std::to_string(i), 8);
  for (request_id id = 1; id <= 30; ++id) BOOST_TEST((core.finish(id).last.why == finish::length));
  for (const fake_backend* each : core.backends) BOOST_TEST(each->steps() > 20u);
  core.check_texts();
  check_once(core);
  const std::string page = core.metrics();
  for (const char* const engine : {"0", "1", "2"}) {
    BOOST_TEST(page.find("vllm:generation_tokens_total{engine=\"" + std::string(engine) +
                         "\",model_name=\"fake\"} 80") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(who_begins_alike_is_sent_to_one_device) {
  running_replicas core(2, {.seats = 4, .step_tokens = 64, .context = 256, .pages = 256});
  const std::string story(128, 's');
  BOOST_TEST(core.finish(core.send(story + "0", 4)).last.cached_tokens == 0u);
  (void)core.finish(core.send(std::string(128, 'o'), 4));
  for (int i = 1; i < 5; ++i)
    BOOST_TEST(core.finish(core.send(story + std::to_string(i), 4)).last.cached_tokens >= 124u);
}

BOOST_AUTO_TEST_CASE(of_a_device_that_breaks_who_waits_moves_and_who_had_begun_ends) {
  running_replicas core(2, {.seats = 1});
  core.backends[1]->script(4, fake_backend::fault::break_down);
  for (int i = 0; i < 8; ++i) core.ask_again("text " + std::to_string(i), 12);
  int failed = 0;
  for (request_id id = 1; id <= 8; ++id) {
    if (core.finish(id).last.why == finish::error) ++failed;
  }
  BOOST_TEST(failed == 1);
  core.check_texts();
  check_once(core);
  BOOST_TEST((core.phases.back() == phase::ready));
  BOOST_TEST(core.reason == "device 2 of 2 is lost: the device failed; the others go on");
  int pulses = 0;
  core.serving->ask_pulse([&pulses] { ++pulses; });
  core.settle(10ms);
  BOOST_TEST(pulses == 1);
}

BOOST_AUTO_TEST_CASE(a_broken_device_is_made_anew_and_serves) {
  running_replicas core(2, {.seats = 1});
  core.no_revival = "it is still hot";
  core.backends[1]->script(1, fake_backend::fault::break_down);
  for (int i = 0; i < 4; ++i) core.ask_again("text " + std::to_string(i), 4);
  for (request_id id = 1; id <= 4; ++id) (void)core.finish(id);
  core.settle(6s, 10ms);
  BOOST_TEST(core.revivals == 1);
  BOOST_TEST(core.reason == "device 2 of 2 stays away: it is still hot");
  core.no_revival.clear();
  core.settle(8s, 10ms);
  BOOST_TEST(core.revivals == 1);
  core.settle(3s, 10ms);
  BOOST_TEST(core.revivals == 2);
  BOOST_TEST(core.reason == "device 2 of 2 serves again");
  for (int i = 0; i < 6; ++i) core.ask_again("later " + std::to_string(i), 6);
  for (request_id id = 5; id <= 10; ++id) BOOST_TEST((core.finish(id).last.why == finish::length));
  BOOST_TEST(core.backends[1]->steps() > 10u);
  core.check_texts();
  check_once(core);
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(a_failed_batcher_or_executor_takes_only_its_own) {
  running_replicas core(2, {.seats = 1});
  core.backends[0]->script(3, fake_backend::fault::throw_oddly);
  for (int i = 0; i < 6; ++i) core.ask_again("text " + std::to_string(i), 10);
  int failed = 0;
  for (request_id id = 1; id <= 6; ++id) {
    if (core.finish(id).last.why == finish::error) ++failed;
  }
  BOOST_TEST(failed == 1);
  core.check_texts();
  check_once(core);
  BOOST_TEST((core.phases.back() == phase::ready));
}

BOOST_AUTO_TEST_CASE(a_device_that_hangs_is_gone_until_it_answers_and_all_of_them_fail_the_core) {
  running_replicas core(2, {.seats = 1}, {.step_deadline = 5s});
  core.backends[0]->script(2, fake_backend::fault::hang);
  for (int i = 0; i < 4; ++i) core.ask_again("text " + std::to_string(i), 8);
  core.settle(5100ms, 10ms);
  BOOST_TEST(core.reason ==
             "device 1 of 2 is lost: the device did not finish a step within its deadline; the others go on");
  int failed = 0;
  for (request_id id = 1; id <= 4; ++id) {
    if (core.finish(id).last.why == finish::error) ++failed;
  }
  BOOST_TEST(failed == 1);
  core.backends[1]->script(core.backends[1]->steps() + 2, fake_backend::fault::hang);
  BOOST_TEST((core.finish(core.send("last", 8)).last.why == finish::error));
  BOOST_TEST((core.phases.back() == phase::failed));
  BOOST_TEST((core.finish(core.send("none", 8)).no.why == refusal::not_ready));
  core.backends[0]->answer_late();
  core.settle(50ms);
  BOOST_TEST((core.phases.back() == phase::ready));
  core.ask_again("again", 8);
  BOOST_TEST((core.finish(core.next_id - 1).last.why == finish::length));
  core.check_texts();
  check_once(core);
  // What still hangs is not waited for.
  BOOST_TEST(core.revivals == 0);
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(a_cancel_finds_its_request_wherever_it_is) {
  running_replicas core(2, {.seats = 1});
  for (int i = 0; i < 6; ++i) core.ask_again("text " + std::to_string(i), 200);
  core.settle(20ms);
  for (request_id id = 1; id <= 6; ++id) core.cancel_it(id);
  for (request_id id = 1; id <= 6; ++id) BOOST_TEST((core.finish(id).last.why == finish::cancelled));
  check_once(core);
}

BOOST_AUTO_TEST_CASE(each_device_is_rehearsed) {
  running_replicas core(
      2, {}, {.rehearsal_tokens = 12, .rehearsal_prompts = {{.text = "You are kind.", .system = false}}});
  core.settle(200ms);
  BOOST_TEST((core.phases.back() == phase::ready));
  for (const fake_backend* each : core.backends) BOOST_TEST(each->steps() >= 5u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
