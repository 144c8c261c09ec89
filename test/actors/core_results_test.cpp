// The result cache in its place: before Ingress, in the whole core.
#include "test/actors/core_fixture.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

core_options remembering() {
  core_options made;
  made.result_bytes = 1u << 20;
  return made;
}

std::uint64_t purge(running_core& core, std::string key) {
  std::uint64_t gone = 99;
  purge_results question;
  question.key = std::move(key);
  runtime::async_ask(core.serving->serving().results, std::move(question), core.by.time(), 1s,
                     core.listener_executor(),
                     [&gone](boost::system::error_code, std::uint64_t many) { gone = many; });
  core.by.run();
  return gone;
}

bool says(const std::string& page, const std::string& line) {
  return page.find(line) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(core_results)

BOOST_AUTO_TEST_CASE(an_answer_is_computed_once) {
  running_core core({}, remembering());
  core.start();
  generate first = core.request("hello", 12);
  first.spec.sampling.top_logprobs = 2;
  generate again = first;
  again.id = core.next_id++;
  const heard& h = core.finish(core.send(std::move(first)));
  const heard& same = core.finish(core.send(std::move(again)));
  BOOST_TEST(same.texts.at(0) == h.texts.at(0));
  BOOST_TEST((same.tokens.at(0) == h.tokens.at(0)));
  BOOST_TEST((same.ends.at(0).why == h.ends.at(0).why));
  BOOST_REQUIRE(same.of_answer.size() == h.of_answer.size());
  for (std::size_t i = 0; i < h.of_answer.size(); ++i) {
    BOOST_TEST(same.of_answer[i].logprob == h.of_answer[i].logprob);
    BOOST_TEST(same.of_answer[i].top_pieces == h.of_answer[i].top_pieces);
  }
  BOOST_TEST(same.last.prompt_tokens == h.last.prompt_tokens);
  BOOST_TEST(same.last.answer_tokens == h.last.answer_tokens);
  BOOST_TEST(same.last.cached_tokens == same.last.prompt_tokens);
  BOOST_TEST((same.yes.from == answer_source::stored));
  const std::string page = core.metrics();
  BOOST_TEST(says(page, "result=\"hit\"} 1"));
  BOOST_TEST(says(page, "result=\"miss\"} 1"));
  BOOST_TEST(says(page, "hawser_result_cache_answers{engine=\"0\",model_name=\"fake\"} 1"));
  BOOST_TEST(purge(core, "somebody else") == 0u);
  BOOST_TEST(purge(core, "") == 1u);
  BOOST_TEST(says(core.metrics(), "hawser_result_cache_bytes{engine=\"0\",model_name=\"fake\"} 0"));
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(a_crowd_that_asks_the_same_is_one_computation) {
  running_core core({}, remembering());
  core.start();
  std::vector<request_id> ids;
  for (int i = 0; i < 8; ++i) {
    ids.push_back(core.send("together", 40));
    core.settle(2ms);
  }
  core.cancel_it(ids[0]);
  core.settle(1ms);
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const heard& h = core.finish(ids[i]);
    BOOST_TEST(h.texts.at(0) == fake_answer("together", 40));
    BOOST_TEST(h.out_of_order == 0);
    BOOST_TEST((h.yes.from == answer_source::shared));
  }
  BOOST_TEST((core.finish(ids[0]).last.why == finish::cancelled));
  const std::string page = core.metrics();
  BOOST_TEST(says(page, "result=\"shared\"} 7"));
  BOOST_TEST(says(page, "vllm:generation_tokens_total{engine=\"0\",model_name=\"fake\"} 40"));
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(a_longer_deadline_is_told_to_the_batcher) {
  running_core core({}, remembering());
  core.start();
  generate hasty = core.request("slow", 200);
  hasty.spec.deadline = core.by.time().now() + 30ms;
  generate patient = core.request("slow", 200);
  patient.spec.deadline = core.by.time().now() + 1h;
  const request_id first = core.send(std::move(hasty));
  const request_id second = core.send(std::move(patient));
  const heard& cut = core.finish(first);
  BOOST_TEST((cut.last.why == finish::deadline));
  BOOST_TEST(cut.last.answer_tokens < 200u);
  const heard& whole = core.finish(second);
  BOOST_TEST((whole.last.why == finish::length));
  BOOST_TEST(whole.texts.at(0) == fake_answer("slow", 200));
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(when_all_leave_nothing_goes_on) {
  running_core core({}, remembering());
  core.start();
  const request_id a = core.send("unheard", 10'000);
  const request_id b = core.send("unheard", 10'000);
  core.settle(20ms);
  core.cancel_it(a);
  core.cancel_it(b);
  BOOST_TEST((core.finish(a).last.why == finish::cancelled));
  BOOST_TEST((core.finish(b).last.why == finish::cancelled));
  const std::string page = core.metrics();
  BOOST_TEST(says(page, "vllm:num_requests_running{engine=\"0\",model_name=\"fake\"} 0"));
  BOOST_TEST(says(page, "hawser_result_cache_bytes{engine=\"0\",model_name=\"fake\"} 0"));
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(a_stop_tells_everybody_the_end) {
  running_core core({}, remembering());
  core.start();
  const heard& first = core.finish(core.send("known", 400));
  const request_id again = core.send("known", 400);
  const request_id running = core.send("new", 40);
  core.by.run();
  BOOST_TEST(core.stop());
  BOOST_TEST(core.all[again].over());
  BOOST_TEST(core.all[again].texts.at(0) == first.texts.at(0));
  BOOST_TEST(core.all[running].over());
  BOOST_TEST(core.all[running].out_of_order == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
