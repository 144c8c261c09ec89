#include "test/actors/core_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(core_)

BOOST_AUTO_TEST_CASE(a_request_goes_from_the_door_to_its_end) {
  running_core core;
  core.start();
  BOOST_TEST((core.phases == std::vector{phase::warming, phase::ready}));
  BOOST_TEST(core.serving->serving().state->model_name == "fake");
  const heard& h = core.finish(core.send("hello", 12));
  BOOST_TEST(h.admitted == 1);
  BOOST_TEST(h.yes.prompt_tokens == 5u);
  BOOST_TEST(h.texts.at(0) == fake_answer("hello", 12));
  BOOST_TEST((h.last.why == finish::length));
  BOOST_TEST(h.last.answer_tokens == 12u);
  BOOST_TEST(h.last.prompt_tokens == 5u);
  BOOST_TEST(h.last.times.prefill.count() > 0);
  BOOST_TEST(h.last.times.decode.count() > 0);
  BOOST_TEST(h.out_of_order == 0);
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(an_answer_is_the_same_alone_and_in_a_crowd) {
  running_core core({.seats = 4, .step_tokens = 16, .pages = 40});
  core.start();
  std::vector<request_id> ids;
  for (int i = 0; i < 32; ++i)
    ids.push_back(core.send("prompt number " + std::to_string(i), 5 + static_cast<std::uint32_t>(i)));
  for (int i = 0; i < 32; ++i) {
    const heard& h = core.finish(ids[static_cast<std::size_t>(i)]);
    BOOST_TEST(h.texts.at(0) ==
               fake_answer("prompt number " + std::to_string(i), 5 + static_cast<std::uint32_t>(i)));
    BOOST_TEST(h.out_of_order == 0);
  }
  BOOST_TEST(core.backend->most_at_once() == 4u);
  BOOST_TEST(core.stop());
}

BOOST_AUTO_TEST_CASE(choices_stop_strings_and_ends) {
  running_core core({.end_every = 30});
  core.start();
  generate g = core.request("choose", 20);
  g.spec.choices = 3;
  g.spec.sampling.seed = 7;
  const heard& h = core.finish(core.send(std::move(g)));
  std::uint32_t tokens = 0;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const std::string whole = fake_answer("choose", 20, 7 + i, 30);
    BOOST_TEST(h.texts.at(i) == whole);
    BOOST_TEST((h.ends.at(i).why == (whole.size() == 20 ? finish::length : finish::stop)));
    tokens += h.ends.at(i).tokens;
  }
  BOOST_TEST(h.last.answer_tokens == tokens);
}

BOOST_AUTO_TEST_CASE(a_stop_string_is_never_shown) {
  running_core core;
  core.start();
  const std::string whole = fake_answer("stop here", 20);
  generate s = core.request("stop here", 20);
  s.spec.stop = {"not in it", whole.substr(9, 3)};
  const heard& t = core.finish(core.send(std::move(s)));
  BOOST_TEST((t.last.why == finish::stop));
  BOOST_TEST(t.texts.at(0) == whole.substr(0, whole.find(whole.substr(9, 3))));
  BOOST_TEST(t.ends.at(0).matched_stop == whole.substr(9, 3));
}

BOOST_AUTO_TEST_CASE(a_chat_goes_through_the_template) {
  running_core core;
  core.start();
  generate g = core.request("", 6);
  boost::json::object context;
  context["messages"] = {{{"role", "user"}, {"content", "hi "}}, {{"role", "user"}, {"content", "there"}}};
  g.spec.prompt = chat_prompt{context};
  const heard& h = core.finish(core.send(std::move(g)));
  BOOST_TEST(h.yes.prompt_tokens == 9u);  // <s> is one token
  BOOST_TEST((h.last.why == finish::length));
}

BOOST_AUTO_TEST_CASE(refusals_are_immediate) {
  running_core core({.context = 64}, {.queued_requests = 2});
  const request_id early = core.send("early");
  core.by.run();
  BOOST_TEST((core.all[early].no.why == refusal::not_ready));
  core.start();
  generate bad = core.request("n");
  bad.spec.choices = 9;
  const request_id many = core.send(std::move(bad));
  const request_id empty = core.send("");
  const request_id large = core.send(std::string(64, 'x'));
  core.by.run();
  BOOST_TEST(core.all[many].no.field == "n");
  BOOST_TEST((core.all[empty].no.why == refusal::invalid));
  BOOST_TEST((core.all[large].no.why == refusal::prompt_too_long));
  generate twice = core.request("twice");
  const request_id same = twice.id;
  generate again = twice;
  core.send(std::move(twice));
  core.send(std::move(again));
  for (int i = 0; i < 8; ++i) core.send("crowd");
  core.by.run();
  int overloaded = 0;
  for (auto& [id, h] : core.all) {
    if (h.refused == 1 && h.no.why == refusal::overloaded) {
      ++overloaded;
      BOOST_TEST(h.no.retry_after >= 1s);
    }
  }
  BOOST_TEST(overloaded > 0);
  BOOST_TEST(core.all[same].refused == 1);
}

BOOST_AUTO_TEST_CASE(the_prompt_is_scored_when_asked) {
  running_core core;
  core.start();
  generate g = core.request("score me please, all of it", 3);
  g.spec.echo_logprobs = true;
  g.spec.sampling.top_logprobs = 0;
  const heard& h = core.finish(core.send(std::move(g)));
  std::string text;
  for (const generated_token& token : h.of_prompt) text += token.piece;
  BOOST_TEST(text == "score me please, all of it");
  BOOST_TEST(h.of_prompt.at(0).logprob == 0.0f);
  BOOST_TEST(h.of_prompt.at(1).logprob == -1.0f);
  BOOST_TEST(h.of_answer.at(0).piece == h.of_answer.at(0).text);
}

BOOST_AUTO_TEST_CASE(cancels_and_deadlines_end_once) {
  running_core core({.seats = 1});
  core.start();
  const request_id running = core.send("running", 200);
  const request_id waiting = core.send("waiting", 200);
  generate late = core.request("late", 200);
  late.spec.deadline = core.by.time().now() + 100ms;
  const request_id timed = core.send(std::move(late));
  core.settle(30ms);
  BOOST_TEST(!core.all[running].texts[0].empty());
  core.cancel_it(waiting);
  core.cancel_it(running);
  core.settle(20ms);
  BOOST_TEST((core.all[running].last.why == finish::cancelled));
  BOOST_TEST((core.all[waiting].last.why == finish::cancelled));
  BOOST_TEST(core.all[running].ended == 1);
  BOOST_TEST(core.all[timed].ended == 0);
  core.settle(60ms);
  BOOST_TEST((core.all[timed].last.why == finish::deadline));
  BOOST_TEST(!core.all[timed].texts[0].empty());
  const request_id gone = core.send("gone");
  core.cancel_it(gone);
  core.settle(100ms);
  BOOST_TEST(core.all[gone].ended == 1);
}

BOOST_AUTO_TEST_CASE(a_held_answer_keeps_its_pages_and_goes_on_when_it_may) {
  running_core core;
  core.start();
  const request_id id = core.send("slow reader", 100);
  core.settle(20ms);
  core.serving->serving().ingress.notify(hold{id, true});
  core.settle(20ms);
  const std::size_t so_far = core.all[id].texts[0].size();
  BOOST_TEST(so_far > 0u);
  BOOST_TEST(so_far < 100u);
  core.settle(200ms);
  BOOST_TEST(core.all[id].texts[0].size() == so_far);
  core.serving->serving().ingress.notify(hold{id, false});
  BOOST_TEST(core.finish(id).texts.at(0) == fake_answer("slow reader", 100));
  // Held before it was tokenized, and cancelled while it is.
  const request_id early = core.send("early", 100);
  core.serving->serving().ingress.notify(hold{early, true});
  core.settle(100ms);
  BOOST_TEST(core.all[early].texts[0].size() < 3u);
  core.cancel_it(early);
  core.settle(20ms);
  BOOST_TEST((core.all[early].last.why == finish::cancelled));
  BOOST_TEST(core.metrics().find("vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"fake\"} 0\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_core_that_throttles_refuses_before_it_tokenizes) {
  core_options options;
  options.throttle = true;
  running_core core({.seats = 4, .step_tokens = 16, .pages = 64}, options);
  core.start();
  core.finish(core.send("learn how long a step takes", 30));
  core.settle(200ms);
  generate hopeless = core.request("tokenize me not", 30);
  hopeless.spec.deadline = core.by.time().now() + 2ms;
  const request_id late = core.send(std::move(hopeless));
  core.by.run();
  BOOST_TEST((core.all[late].no.why == refusal::late));
  BOOST_TEST(core.all[late].no.limit == "deadline");
  // 256 tokens of memory: some come in, the others are told when to come back, and everybody hears once.
  for (int i = 0; i < 30; ++i) core.send("one of a crowd " + std::to_string(i), 30);
  core.settle(3s);
  int refused = 0, done = 0;
  for (const auto& [id, h] : core.all) {
    BOOST_TEST(h.refused + h.ended == 1);
    BOOST_TEST(h.out_of_order == 0);
    if (h.refused == 1 && h.no.why == refusal::overloaded) {
      ++refused;
      BOOST_TEST(!h.no.limit.empty());
      BOOST_TEST(h.no.retry_after >= 1s);
    }
    done += h.ended;
  }
  BOOST_TEST(refused > 5);
  BOOST_TEST(done > 5);
}

BOOST_AUTO_TEST_CASE(the_metrics_tell_what_happened) {
  running_core core;
  core.start();
  core.finish(core.send("count me", 4));
  generate unknown = core.request("a", 4);
  unknown.spec.prompt = token_prompt{{99'999}};
  core.finish(core.send(std::move(unknown)));
  const std::string page = core.metrics();
  const auto has = [&](const std::string& line) { return page.find(line) != std::string::npos; };
  const std::string model = "{engine=\"0\",model_name=\"fake\"}";
  BOOST_TEST(has("vllm:generation_tokens_total" + model + " 4\n"));
  BOOST_TEST(has("vllm:prompt_tokens_total" + model + " 8\n"));
  BOOST_TEST(has("vllm:num_requests_running" + model + " 0\n"));
  BOOST_TEST(has("vllm:kv_cache_usage_perc" + model + " 0\n"));
  BOOST_TEST(has("vllm:time_to_first_token_seconds_count" + model + " 1\n"));
  BOOST_TEST(has("vllm:inter_token_latency_seconds_count" + model + " 3\n"));
  BOOST_TEST(
      has("vllm:request_success_total{engine=\"0\",finished_reason=\"length\",model_name=\"fake\"} 1\n"));
  BOOST_TEST(has("hawser_requests_refused_total{engine=\"0\",model_name=\"fake\",reason=\"invalid\"} 1\n"));
  BOOST_TEST(has("hawser_actor_messages_total{actor=\"batcher\"}"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
