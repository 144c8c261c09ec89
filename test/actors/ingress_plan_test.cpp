#include "actors/ingress_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;
using runtime::time_point;

const time_point start = time_point{} + 1h;

generate ask(request_id id, std::string text = "text", priority rank = priority::standard) {
  generate g;
  g.id = id;
  g.spec.prompt = plain_prompt{std::move(text)};
  g.spec.rank = rank;
  return g;
}

ingress_plan ready(ingress_limits limits = {}) {
  ingress_plan plan(limits);
  plan.know_model(100, 258);
  return plan;
}

std::optional<refused> arrive(ingress_plan& plan, generate g, time_point now = start, double chance = 0.0) {
  return plan.arrive(g, phase::ready, now, chance);
}

prompt_made made(request_id id, std::size_t tokens) {
  return {id, std::vector<model::token_id>(tokens, 1)};
}

BOOST_AUTO_TEST_SUITE(ingress_plan_)

BOOST_AUTO_TEST_CASE(only_a_ready_core_takes_requests) {
  ingress_plan plan = ready();
  for (const auto& [now_is, why] : {std::pair{phase::loading, refusal::not_ready},
                                    {phase::warming, refusal::not_ready},
                                    {phase::failed, refusal::not_ready},
                                    {phase::draining, refusal::stopping}}) {
    generate g = ask(1);
    const auto no = plan.arrive(g, now_is, start, 0.0);
    BOOST_REQUIRE(no.has_value());
    BOOST_TEST((no->why == why));
    BOOST_TEST(no->retry_after > 0ms);
  }
  BOOST_TEST(plan.size() == 0u);
}

BOOST_AUTO_TEST_CASE(new_limits_hold_for_those_who_come_later) {
  ingress_limits limits;
  limits.admission.queued_requests = 2;
  ingress_plan plan = ready(limits);
  BOOST_TEST(!arrive(plan, ask(1)));
  BOOST_TEST(!arrive(plan, ask(2)));
  BOOST_TEST(arrive(plan, ask(3)).has_value());
  limits.admission.queued_requests = 3;
  limits.stop_strings = 0;
  plan.use(limits);
  BOOST_TEST(!arrive(plan, ask(3)));
  generate stops = ask(4);
  stops.spec.stop = {"x"};
  BOOST_TEST((arrive(plan, std::move(stops))->why == refusal::invalid));
  limits.admission.queued_requests = 1;
  plan.use(limits);
  BOOST_TEST(plan.size() == 3u);  // who is in stays in
  const auto no = arrive(plan, ask(4));
  BOOST_REQUIRE(no.has_value());
  BOOST_TEST(no->limit == "queued_requests");
  // The context is the model's.
  const auto made_long = plan.prompt_made(made(1, 100), start, 0.0);
  BOOST_REQUIRE(made_long.has_value());
  BOOST_TEST((made_long->no && made_long->no->why == refusal::prompt_too_long));
}

BOOST_AUTO_TEST_CASE(the_way_of_a_request) {
  ingress_plan plan = ready();
  generate g = ask(1, "some text");
  g.spec.max_tokens = 7;
  BOOST_TEST(!plan.arrive(g, phase::ready, start, 0.0));
  BOOST_TEST(std::get<plain_prompt>(g.spec.prompt).text == "some text");
  BOOST_TEST(plan.gate().queued_tokens() > 0u);
  const auto next = plan.prompt_made(made(1, 9), start + 1ms, 0.0);
  BOOST_REQUIRE(next.has_value() && !next->no);
  BOOST_TEST(next->request.prompt->size() == 9u);
  BOOST_TEST(next->request.max_tokens == 7u);
  BOOST_TEST((next->request.arrived == start));
  BOOST_TEST(plan.gate().queued_tokens() == 9u);
  plan.joined(1, 4);
  BOOST_TEST(plan.gate().queued_tokens() == 5u);
  plan.started(1);
  BOOST_TEST(plan.gate().queued_tokens() == 0u);
  BOOST_TEST(plan.gate().queued(priority::standard) == 0u);
  plan.left({.id = 1});
  BOOST_TEST(plan.size() == 0u);
}

BOOST_AUTO_TEST_CASE(answers_get_the_room_that_there_is) {
  ingress_plan plan = ready({.default_max_tokens = 30});
  const auto most = [&](request_id id, std::uint32_t asked, std::size_t prompt) {
    generate g = ask(id);
    g.spec.max_tokens = asked;
    BOOST_TEST(!arrive(plan, std::move(g)));
    return plan.prompt_made(made(id, prompt), start, 0.0)->request.max_tokens;
  };
  BOOST_TEST(most(1, 0, 10) == 30u);
  BOOST_TEST(most(2, 0, 90) == 10u);
  BOOST_TEST(most(3, 500, 10) == 90u);
  BOOST_TEST(most(4, 500, 99) == 1u);
}

BOOST_AUTO_TEST_CASE(prompts_that_cannot_be_answered) {
  ingress_plan plan = ready();
  const auto refuse = [&](prompt_made m, time_point now = start, time_point deadline = time_point::max()) {
    generate g = ask(m.id);
    g.spec.deadline = deadline;
    BOOST_TEST(!arrive(plan, std::move(g)));
    const auto next = plan.prompt_made(std::move(m), now, 0.0);
    BOOST_REQUIRE(next.has_value() && next->no.has_value());
    return next->no->why;
  };
  BOOST_TEST((refuse(made(1, 0)) == refusal::invalid));
  BOOST_TEST((refuse(made(2, 100)) == refusal::prompt_too_long));
  BOOST_TEST((refuse(made(3, 5), start + 2s, start + 1s) == refusal::late));
  BOOST_TEST((refuse({4, model::error{model::errc::template_failed, "no"}}) == refusal::invalid));
  BOOST_TEST((refuse({5, model::error{model::errc::over_limit, "no"}}) == refusal::overloaded));
  BOOST_TEST(plan.size() == 0u);
  BOOST_TEST(plan.gate().queued_tokens() == 0u);
  BOOST_TEST(!plan.prompt_made(made(9, 5), start, 0.0));
}

BOOST_AUTO_TEST_CASE(wrong_requests_name_their_field) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::pair<const char*, void (*)(generation_spec&)> table[] = {
      {"n", [](generation_spec& s) { s.choices = 0; }},
      {"n", [](generation_spec& s) { s.choices = 9; }},
      {"stop", [](generation_spec& s) { s.stop.assign(17, "x"); }},
      {"stop", [](generation_spec& s) { s.stop = {std::string(257, 'x')}; }},
      {"stop", [](generation_spec& s) { s.stop = {""}; }},
      {"temperature", [](generation_spec& s) { s.sampling.temperature = -1.0f; }},
      {"top_p", [](generation_spec& s) { s.sampling.top_p = 1.5f; }},
      {"min_p", [](generation_spec& s) { s.sampling.min_p = -0.1f; }},
      {"top_k", [](generation_spec& s) { s.sampling.top_k = -3; }},
      {"repetition_penalty", [](generation_spec& s) { s.sampling.repetition_penalty = 0.0f; }},
      {"top_logprobs", [](generation_spec& s) { s.sampling.top_logprobs = 21; }},
      {"logit_bias", [](generation_spec& s) { s.sampling.logit_bias = {{258, 1.0f}}; }},
      {"logit_bias", [](generation_spec& s) { s.sampling.logit_bias = {{-1, 1.0f}}; }},
      {"logit_bias", [](generation_spec& s) { s.sampling.logit_bias.assign(1025, {1, 1.0f}); }},
  };
  ingress_plan plan = ready();
  for (const auto& [field, spoil] : table) {
    generate g = ask(1);
    spoil(g.spec);
    const auto no = arrive(plan, std::move(g));
    BOOST_REQUIRE(no.has_value());
    BOOST_TEST((no->why == refusal::invalid));
    BOOST_TEST(no->field == field);
  }
  generate g = ask(1);
  g.spec.sampling.temperature = nan;
  BOOST_TEST(arrive(plan, std::move(g)).has_value());
  BOOST_TEST(plan.size() == 0u);
}

BOOST_AUTO_TEST_CASE(bounds_hold_by_class_and_in_all) {
  ingress_limits limits;
  limits.admission = {.control = false, .queued_requests = 2, .requests = 5, .queued_tokens = 1000};
  ingress_plan plan = ready(limits);
  plan.know_model(10'000, 258);
  BOOST_TEST(!arrive(plan, ask(1)));
  BOOST_TEST(!arrive(plan, ask(2)));
  BOOST_TEST((arrive(plan, ask(3))->why == refusal::overloaded));
  BOOST_TEST(!arrive(plan, ask(4, "x", priority::interactive)));
  // Who runs makes room in the queue, but not in the house.
  for (const request_id id : {1U, 2U}) {
    (void)plan.prompt_made(made(id, 3), start, 0.0);
    plan.started(id);
  }
  BOOST_TEST((arrive(plan, ask(5, std::string(4000, 'x')))->why == refusal::overloaded));
  BOOST_TEST(!arrive(plan, ask(6)));
  BOOST_TEST(!arrive(plan, ask(7)));
  BOOST_TEST((arrive(plan, ask(8, "x", priority::batch))->why == refusal::overloaded));
  const ingress_tally tally = plan.take_tally();
  const auto over = [&tally](limit which) { return tally.refused.by_limit[static_cast<std::size_t>(which)]; };
  BOOST_TEST(over(limit::queued_requests) == 1u);
  BOOST_TEST(over(limit::requests) == 1u);
  BOOST_TEST(over(limit::queued_tokens) == 1u);
  BOOST_TEST(plan.take_tally().arrived == 0u);
  // Alone, even a text over the budget is tried.
  limits.admission.queued_tokens = 10;
  ingress_plan empty = ready(limits);
  BOOST_TEST(!arrive(empty, ask(1, std::string(4000, 'x'))));
}

BOOST_AUTO_TEST_CASE(an_id_is_answered_once_at_a_time) {
  ingress_plan plan = ready();
  BOOST_TEST(!arrive(plan, ask(1)));
  BOOST_TEST((arrive(plan, ask(1))->why == refusal::invalid));
  BOOST_TEST(plan.size() == 1u);
}

/// 1000 prompt tokens a second; 20 ms a token of an answer.
batch_state slow_device() {
  batch_state now;
  now.prefill_rate = 1000;
  now.decode_step = 20ms;
  return now;
}

BOOST_AUTO_TEST_CASE(a_prompt_is_judged_again_when_its_length_is_known) {
  ingress_limits limits;
  limits.admission.first_token[1] = 2s;
  ingress_plan plan(limits);
  plan.know_model(10'000, 258);
  plan.know_batch(slow_device());
  BOOST_TEST(!arrive(plan, ask(1)));
  BOOST_TEST(!arrive(plan, ask(2)));
  BOOST_TEST(!arrive(plan, ask(3)));
  // Eight words that become 1900 tokens: what comes then waits too long.
  for (const request_id id : {1U, 2U}) BOOST_TEST(!plan.prompt_made(made(id, 500), start, 0.0)->no);
  generate wish = ask(4);
  wish.spec.first_token_within = 1200ms;
  BOOST_TEST(!arrive(plan, std::move(wish)));
  const auto fits = plan.prompt_made(made(3, 400), start, 0.0);
  BOOST_TEST(!fits->no);
  const auto late = plan.prompt_made(made(4, 100), start, 0.0);
  BOOST_REQUIRE((late && late->no));
  BOOST_TEST((late->no->why == refusal::late));
  BOOST_TEST(late->no->limit == "first_token");
  BOOST_TEST(plan.size() == 3u);
  // What is refused at once is not tokenized: its prompt stays where it was.
  generate fifth = ask(5);
  fifth.spec.first_token_within = 1ms;
  const auto no = plan.arrive(fifth, phase::ready, start, 0.0);
  BOOST_REQUIRE(no.has_value());
  BOOST_TEST(std::get<plain_prompt>(fifth.spec.prompt).text == "text");
  BOOST_TEST(no->retry_after >= 1s);
  BOOST_TEST(no->message.ends_with(" s"));
}

BOOST_AUTO_TEST_CASE(who_cannot_be_in_time_any_more_is_sent_away_before_its_prefill) {
  ingress_limits limits;
  ingress_plan plan(limits);
  plan.know_model(10'000, 258);
  plan.know_batch(slow_device());
  generate early = ask(1);
  early.spec.deadline = start + 2s;
  generate wish = ask(2);
  wish.spec.first_token_within = 3s;
  BOOST_TEST(!arrive(plan, std::move(early)));
  BOOST_TEST(!arrive(plan, std::move(wish)));
  BOOST_TEST(!arrive(plan, ask(3)));
  BOOST_TEST(!arrive(plan, ask(4, "text", priority::interactive)));
  for (const request_id id : {1U, 3U, 4U}) BOOST_TEST(!plan.prompt_made(made(id, 300), start, 0.0)->no);
  BOOST_TEST(plan.watch(start + 900ms, 0.0).waiting.empty());
  // By now it is certain that interactive requests wait too long, and not one of them only.
  const auto slow = plan.watch(start + 1s, 0.0);
  BOOST_REQUIRE(slow.waiting.size() == 1u);
  BOOST_TEST(slow.waiting.at(0).no.id == 4u);
  BOOST_TEST(slow.waiting.at(0).no.limit == "wait");
  BOOST_TEST((slow.waiting.at(0).no.why == refusal::overloaded));
  // 300 tokens take 0.3 s, so that 1.8 s are too late for the end of the second.
  const auto first = plan.watch(start + 1800ms, 0.0);
  BOOST_REQUIRE(first.waiting.size() == 1u);
  BOOST_TEST(first.waiting.at(0).no.id == 1u);
  BOOST_TEST(first.waiting.at(0).no.limit == "deadline");
  // Once is enough; and what is still being tokenized is told at once.
  const auto second = plan.watch(start + 3100ms, 0.0);
  BOOST_TEST(second.waiting.empty());
  BOOST_REQUIRE(second.tokenizing.size() == 1u);
  BOOST_TEST(second.tokenizing.at(0).id == 2u);
  BOOST_TEST((second.tokenizing.at(0).why == refusal::late));
  plan.started(3);
  BOOST_TEST(plan.watch(start + 1h, 0.0).waiting.empty());
  for (const request_id id : {1U, 3U, 4U}) plan.left({.id = id});
  BOOST_TEST(plan.size() == 0u);
  BOOST_TEST(plan.gate().queued_tokens() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_too_long_is_told_so_and_not_to_come_back) {
  ingress_plan plan = ready();
  plan.know_room({.page_tokens = 10, .groups = {{.window = 0, .pages = 100}}}, 4);
  plan.know_batch({.prefill_rate = 100, .decode_step = 1ms});
  generate g = ask(1, std::string(1u << 20, 'x'));
  g.spec.deadline = start + 10s;
  BOOST_TEST(!arrive(plan, std::move(g)));
  const auto next = plan.prompt_made(made(1, 300'000), start + 1ms, 0.0);
  BOOST_REQUIRE(next.has_value() && next->no);
  BOOST_TEST((next->no->why == refusal::prompt_too_long));
}

BOOST_AUTO_TEST_CASE(a_class_that_stands_is_served_newest_first) {
  ingress_plan plan{ingress_limits{}};
  plan.know_model(10'000, 258);
  BOOST_TEST(!arrive(plan, ask(1)));
  BOOST_TEST(!plan.prompt_made(made(1, 3), start, 0.0)->no);
  BOOST_TEST(plan.watch(start + 4600ms, 0.0).order.empty());
  const auto stands = plan.watch(start + 4700ms, 0.0);
  BOOST_REQUIRE(stands.order.size() == 1u);
  BOOST_TEST(stands.order.at(0).newest);
  BOOST_TEST((stands.order.at(0).rank == priority::standard));
  plan.started(1);
  plan.answering(1, start + 4750ms);
  BOOST_TEST(!plan.somebody_waits());
  const auto again = plan.watch(start + 4800ms, 0.0);
  BOOST_REQUIRE(again.order.size() == 1u);
  BOOST_TEST(!again.order.at(0).newest);
}

BOOST_AUTO_TEST_CASE(cancels_in_every_phase) {
  ingress_plan plan = ready();
  BOOST_TEST(!plan.cancel(1));
  BOOST_TEST(!arrive(plan, ask(1)));
  const auto early = plan.cancel(1);
  BOOST_REQUIRE(early.has_value());
  BOOST_TEST(!early->in_batch);
  BOOST_TEST((early->last.why == finish::cancelled));
  BOOST_TEST(!plan.prompt_made(made(1, 3), start, 0.0));
  BOOST_TEST(!arrive(plan, ask(2)));
  (void)plan.prompt_made(made(2, 3), start, 0.0);
  BOOST_TEST(plan.cancel(2)->in_batch);
  BOOST_TEST(plan.size() == 1u);
  plan.left({.id = 2});
  BOOST_TEST(plan.size() == 0u);
  // The Batcher counts those that it had.
  BOOST_TEST(plan.take_tally().ended[static_cast<std::size_t>(finish::cancelled)] == 1u);
}

BOOST_AUTO_TEST_CASE(everybody_hears_of_the_end) {
  ingress_plan plan = ready();
  for (const request_id id : {1U, 2U, 3U}) BOOST_TEST(!arrive(plan, ask(id)));
  for (const request_id id : {1U, 2U}) (void)plan.prompt_made(made(id, 3), start, 0.0);
  const auto cut = plan.cut_short("bye");
  BOOST_TEST(cut.refusals.size() == 1u);
  BOOST_TEST(cut.in_batch.size() == 2u);
  const auto lost = plan.batcher_failed("gone");
  BOOST_TEST(lost.size() == 2u);
  BOOST_TEST((lost.at(0).last.why == finish::error));
  BOOST_TEST(plan.take_tally().ended[static_cast<std::size_t>(finish::error)] == 2u);
  BOOST_TEST(plan.size() == 0u);
  BOOST_TEST(plan.gate().queued(priority::standard) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
