#include "actors/executor_plan.hpp"
#include "actors/metrics.hpp"
#include "actors/plan_clock.hpp"
#include "actors/tally.hpp"
#include "actors/tokenizer_plan.hpp"
#include "actors/work_flow.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;
using runtime::time_point;

const time_point start = time_point{} + 1h;

BOOST_AUTO_TEST_SUITE(work_flow_)

BOOST_AUTO_TEST_CASE(a_steady_flow_is_its_share_and_a_pause_lets_it_fade) {
  work_flow flow;
  time_point now = start;
  BOOST_TEST(flow.share(now) == 0.0);
  flow.add(30.0, now);
  // However large: one alone is no flow.
  BOOST_TEST(flow.share(now) == 0.0);
  // 20 ms of work every 50 ms; what came first has faded.
  for (int i = 0; i < 1200; ++i) flow.add(0.02, now += 50ms);
  BOOST_TEST(flow.share(now) > 0.36);
  BOOST_TEST(flow.share(now) < 0.44);
  // After a second the long horizon still remembers most of it; after a minute neither does.
  BOOST_TEST(flow.share(now + 1s) > 0.28);
  BOOST_TEST(flow.share(now + 60s) < 0.001);
}

BOOST_AUTO_TEST_CASE(a_crowd_is_seen_at_once) {
  work_flow flow;
  time_point now = start;
  for (int i = 0; i < 10; ++i) flow.add(0.1, now += 10ms);
  // A second of work came within a tenth of one.
  BOOST_TEST(flow.share(now) > 1.0);
}

BOOST_AUTO_TEST_CASE(a_time_before_the_last_one_changes_nothing) {
  work_flow flow;
  flow.add(0.1, start);
  flow.add(0.1, start - 1s);
  BOOST_TEST(flow.share(start - 1s) == flow.share(start));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(plan_clock_)

BOOST_AUTO_TEST_CASE(long_steps_are_followed_late_and_short_ones_at_once) {
  plan_clock clock;
  BOOST_TEST((clock.due() == time_point::min()));
  clock.sent(160ms, start);
  BOOST_TEST((clock.due() == start + 150ms));
  clock.sent(20ms, start + 151ms);
  BOOST_TEST((clock.due() == std::nullopt));
  // The second began when the first was done, and not when it was sent.
  clock.done(start + 170ms);
  BOOST_TEST((clock.due() == start + 170ms + 18ms));
  clock.done(start + 190ms);
  BOOST_TEST((clock.due() == time_point::min()));
  // Short, or not known.
  for (const runtime::duration forecast : {5ms, 0ms}) {
    clock.sent(forecast, start + 1s);
    BOOST_TEST((clock.due() == time_point::min()));
    clock.done(start + 2s);
  }
  clock.sent(160ms, start);
  clock.reset();
  BOOST_TEST(clock.on_their_way() == 0u);
  BOOST_TEST((clock.due() == time_point::min()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(executor_plan_)

BOOST_AUTO_TEST_CASE(one_runs_and_one_is_held) {
  executor_plan plan(10s, 60s);
  const auto first = std::make_shared<step>();
  const auto second = std::make_shared<step>();
  BOOST_TEST((plan.offer(first, start) == first));
  BOOST_TEST((plan.offer(second, start) == nullptr));
  auto out = plan.finished(start + 1s);
  BOOST_TEST((out.done == first));
  BOOST_TEST((out.next == second));
  BOOST_TEST((*plan.watch_until() == start + 11s));
  out = plan.finished(start + 2s);
  BOOST_TEST((out.done == second));
  BOOST_TEST((out.next == nullptr));
  BOOST_TEST(plan.idle());
  BOOST_TEST(!plan.watch_until().has_value());
}

BOOST_AUTO_TEST_CASE(a_device_that_does_not_answer_is_lost_until_it_does) {
  executor_plan plan(10s, 60s);
  (void)plan.offer(std::make_shared<step>(), start);
  (void)plan.offer(std::make_shared<step>(), start);
  BOOST_TEST(!plan.overdue(start + 9s));
  BOOST_TEST(plan.overdue(start + 10s));
  BOOST_TEST(!plan.overdue(start + 11s));
  BOOST_TEST(!plan.welcoming());
  const auto out = plan.finished(start + 100s);
  // Nobody waits for it any more, and what was held is gone.
  BOOST_TEST((out.done == nullptr));
  BOOST_TEST((out.next == nullptr));
  BOOST_TEST(out.back);
  BOOST_TEST(out.welcome);
  BOOST_TEST(plan.welcoming());
}

BOOST_AUTO_TEST_CASE(a_warm_up_has_its_own_deadline) {
  executor_plan plan(10s, 60s);
  BOOST_TEST(plan.warm_up(start));
  BOOST_TEST(!plan.warm_up(start));
  BOOST_TEST(!plan.overdue(start + 59s));
  const auto step_while = std::make_shared<step>();
  BOOST_TEST((plan.offer(step_while, start) == nullptr));
  const auto out = plan.finished(start + 59s);
  BOOST_TEST(out.warmed);
  BOOST_TEST((out.next == step_while));
}

BOOST_AUTO_TEST_CASE(steps_of_one_who_is_gone_are_awaited_but_not_delivered) {
  executor_plan plan(10s, 60s);
  (void)plan.offer(std::make_shared<step>(), start);
  (void)plan.offer(std::make_shared<step>(), start);
  plan.orphan();
  BOOST_TEST(!plan.welcoming());
  const auto out = plan.finished(start + 1s);
  BOOST_TEST((out.done == nullptr));
  BOOST_TEST((out.next == nullptr));
  BOOST_TEST(out.welcome);
  BOOST_TEST(!out.back);
  executor_plan heir(10s, 60s);
  heir.inherit(start);
  BOOST_TEST(!heir.welcoming());
  BOOST_TEST(heir.overdue(start + 10s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tokenizer_plan_)

struct job {
  request_id id = 0;
  int text = 0;
};

BOOST_AUTO_TEST_CASE(one_job_a_worker_in_order) {
  tokenizer_plan<job> plan(2, 2);
  for (int i = 1; i <= 4; ++i) {
    job j{static_cast<request_id>(i), i};
    BOOST_TEST(plan.submit(j));
  }
  const auto a = plan.next();
  const auto b = plan.next();
  BOOST_REQUIRE(a && b);
  BOOST_TEST(a->job.text == 1);
  BOOST_TEST(b->job.text == 2);
  BOOST_TEST(a->worker != b->worker);
  BOOST_TEST(!plan.next());
  plan.drop(3);
  plan.drop(1);  // at work already
  BOOST_TEST(plan.done(b->worker) == 2u);
  const auto c = plan.next();
  BOOST_REQUIRE(c.has_value());
  BOOST_TEST(c->job.text == 4);
  BOOST_TEST(c->worker == b->worker);
  BOOST_TEST(plan.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(questions_are_bounded) {
  tokenizer_plan<job> plan(1, 1);
  job q{0, 1};
  BOOST_TEST(plan.submit(q));
  BOOST_TEST(plan.next().has_value());
  job second{0, 2};
  BOOST_TEST(plan.submit(second));
  job third{0, 3};
  BOOST_TEST(!plan.submit(third));
  BOOST_TEST(third.text == 3);
  job prompt{5, 4};
  BOOST_TEST(plan.submit(prompt));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(metrics_)

BOOST_AUTO_TEST_CASE(a_local_histogram_counts_like_a_real_one) {
  local_histogram h(buckets::choices);
  for (const double value : {1.0, 1.5, 2.0, 100.0}) h.observe(value);
  BOOST_TEST((h.counts() == std::vector<double>{1, 2, 0, 0, 0, 1}));
  BOOST_TEST(h.sum() == 104.5);
  h.clear();
  BOOST_TEST(h.count() == 0.0);
}

BOOST_AUTO_TEST_CASE(who_waits_is_told_by_why_and_old_names_are_for_those_who_want_them) {
  batch_tally tally;
  tally.waiting = 3;
  tally.deferred = 2;
  tally.prefix_hits = 7;
  tally.pages = 4;
  tally.pages_used = 1;
  tally.between_tokens.observe(0.3);
  for (const bool old_names : {false, true}) {
    metrics m(old_names);
    m.know_model(0, "m", 16, 8, {});
    m.add(0, tally);
    const std::string page = m.page();
    const auto shows = [&page](const std::string& line) {
      return page.find(line + "\n") != std::string::npos;
    };
    const std::string of = R"({engine="0",model_name="m")";
    BOOST_TEST(shows("vllm:num_requests_waiting" + of + "} 5"));
    BOOST_TEST(shows("vllm:num_requests_waiting_by_reason" + of + R"(,reason="capacity"} 3)"));
    BOOST_TEST(shows("vllm:num_requests_waiting_by_reason" + of + R"(,reason="deferred"} 2)"));
    BOOST_TEST(shows("vllm:prompt_tokens_cached_total" + of + "} 7"));
    BOOST_TEST(
        shows(R"(vllm:cache_config_info{block_size="16",engine="0",model_name="m",num_gpu_blocks="8"} 1)"));
    BOOST_TEST(shows("vllm:gpu_cache_usage_perc" + of + "} 0.25") == old_names);
    BOOST_TEST(shows("vllm:time_per_output_token_seconds_count" + of + "} 1") == old_names);
  }
}

BOOST_AUTO_TEST_CASE(the_page_has_the_names_that_dashboards_ask_for) {
  metrics m;
  m.know_model(0, "a \"model\"", 16, 8, {10, 20, 30});
  batch_tally tally;
  tally.first_token.observe(0.3);
  tally.pages = 4;
  tally.pages_used = 1;
  m.add(0, tally);
  m.add("batcher", {.messages = 5, .slow = 1, .busy = 2s, .waiting = 3});
  m.add("batcher", {.messages = 2, .slow = 0, .busy = 1s, .waiting = 0});  // started again
  m.count_restart("batcher");
  memory_facts memory;
  memory.held[static_cast<std::size_t>(memory_owner::kv)] = 20;
  memory.limit = 50;
  memory.given_back = 2;
  m.set_memory(memory);
  const std::string page = m.page();
  for (const char* name : {"vllm:num_requests_running{",
                           "vllm:num_requests_waiting{",
                           "vllm:num_requests_waiting_by_reason{",
                           "vllm:prompt_tokens_cached_total{",
                           "vllm:engine_sleep_state{",
                           "vllm:kv_cache_usage_perc{",
                           "vllm:prompt_tokens_total{",
                           "vllm:generation_tokens_total{",
                           "vllm:num_preemptions_total{",
                           "vllm:request_success_total{",
                           "vllm:admission_rejections_total{",
                           "vllm:time_to_first_token_seconds_bucket{",
                           "vllm:inter_token_latency_seconds_bucket{",
                           "vllm:request_time_per_output_token_seconds_bucket{",
                           "vllm:e2e_request_latency_seconds_bucket{",
                           "vllm:request_queue_time_seconds_bucket{",
                           "vllm:request_prefill_time_seconds_bucket{",
                           "vllm:request_decode_time_seconds_bucket{",
                           "vllm:request_inference_time_seconds_bucket{",
                           "vllm:request_prompt_tokens_bucket{",
                           "vllm:request_generation_tokens_bucket{",
                           "vllm:request_params_max_tokens_bucket{",
                           "vllm:request_params_n_bucket{",
                           "vllm:iteration_tokens_total_bucket{",
                           "vllm:cache_config_info{",
                           "hawser_memory_bytes{",
                           "hawser_memory_limit_bytes{",
                           "hawser_memory_given_back_total{",
                           "hawser_actor_restarts_total{",
                           "process_resident_memory_bytes"}) {
    BOOST_TEST(page.find(name) != std::string::npos, name);
  }
  BOOST_TEST(page.find("le=\"0.25\"} 0") != std::string::npos);
  BOOST_TEST(page.find("le=\"0.5\"} 1") != std::string::npos);
  BOOST_TEST(page.find("hawser_actor_messages_total{actor=\"batcher\"} 7\n") != std::string::npos);
  BOOST_TEST(page.find("hawser_memory_bytes{engine=\"0\",model_name=\"a \\\"model\\\"\",owner=\"kv\"} 20") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
