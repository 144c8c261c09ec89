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

BOOST_AUTO_TEST_CASE(the_way_of_a_request) {
  ingress_plan plan = ready();
  generate g = ask(1, "some text");
  g.spec.max_tokens = 7;
  BOOST_TEST(!plan.arrive(g, phase::ready, start, 0.0));
  BOOST_TEST(std::get<plain_prompt>(g.spec.prompt).text == "some text");
  BOOST_TEST(plan.queued_tokens() > 0u);
  const auto next = plan.prompt_made(made(1, 9), start + 1ms);
  BOOST_REQUIRE(next.has_value() && !next->no);
  BOOST_TEST(next->request.prompt->size() == 9u);
  BOOST_TEST(next->request.max_tokens == 7u);
  BOOST_TEST((next->request.arrived == start));
  BOOST_TEST(plan.queued_tokens() == 9u);
  plan.joined(1, 4);
  BOOST_TEST(plan.queued_tokens() == 5u);
  plan.started(1);
  BOOST_TEST(plan.queued_tokens() == 0u);
  BOOST_TEST(plan.queued(priority::standard) == 0u);
  plan.left(1, start + 2ms);
  BOOST_TEST(plan.size() == 0u);
}

BOOST_AUTO_TEST_CASE(answers_get_the_room_that_there_is) {
  ingress_plan plan = ready({.default_max_tokens = 30});
  const auto most = [&](request_id id, std::uint32_t asked, std::size_t prompt) {
    generate g = ask(id);
    g.spec.max_tokens = asked;
    BOOST_TEST(!arrive(plan, std::move(g)));
    return plan.prompt_made(made(id, prompt), start)->request.max_tokens;
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
    const auto next = plan.prompt_made(std::move(m), now);
    BOOST_REQUIRE(next.has_value() && next->no.has_value());
    return next->no->why;
  };
  BOOST_TEST((refuse(made(1, 0)) == refusal::invalid));
  BOOST_TEST((refuse(made(2, 100)) == refusal::prompt_too_long));
  BOOST_TEST((refuse(made(3, 5), start + 2s, start + 1s) == refusal::late));
  BOOST_TEST((refuse({4, model::error{model::errc::template_failed, "no"}}) == refusal::invalid));
  BOOST_TEST((refuse({5, model::error{model::errc::over_limit, "no"}}) == refusal::overloaded));
  BOOST_TEST(plan.size() == 0u);
  BOOST_TEST(plan.queued_tokens() == 0u);
  BOOST_TEST(!plan.prompt_made(made(9, 5), start));
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
  ingress_plan plan = ready({.queued_requests = 2, .requests = 5, .queued_tokens = 1000});
  BOOST_TEST(!arrive(plan, ask(1)));
  BOOST_TEST(!arrive(plan, ask(2)));
  BOOST_TEST((arrive(plan, ask(3))->why == refusal::overloaded));
  BOOST_TEST(!arrive(plan, ask(4, "x", priority::interactive)));
  // Who runs makes room in the queue, but not in the house.
  for (const request_id id : {1U, 2U}) {
    (void)plan.prompt_made(made(id, 3), start);
    plan.started(id);
  }
  BOOST_TEST((arrive(plan, ask(5, std::string(3000, 'x')))->why == refusal::overloaded));
  BOOST_TEST(!arrive(plan, ask(6)));
  BOOST_TEST(!arrive(plan, ask(7)));
  BOOST_TEST((arrive(plan, ask(8, "x", priority::batch))->why == refusal::overloaded));
  const ingress_tally tally = plan.take_tally();
  BOOST_TEST(tally.over_requests == 2u);
  BOOST_TEST(tally.over_tokens == 1u);
  BOOST_TEST(plan.take_tally().arrived == 0u);
  // Alone, even a text over the budget is tried.
  ingress_plan empty = ready({.queued_tokens = 10});
  BOOST_TEST(!arrive(empty, ask(1, std::string(3000, 'x'))));
}

BOOST_AUTO_TEST_CASE(an_id_is_answered_once_at_a_time) {
  ingress_plan plan = ready();
  BOOST_TEST(!arrive(plan, ask(1)));
  BOOST_TEST((arrive(plan, ask(1))->why == refusal::invalid));
  BOOST_TEST(plan.size() == 1u);
}

BOOST_AUTO_TEST_CASE(retry_after_follows_the_rate) {
  ingress_plan plan = ready({.queued_requests = 10});
  for (request_id id = 1; id <= 40; ++id) {
    BOOST_TEST(!arrive(plan, ask(id)));
    (void)plan.prompt_made(made(id, 3), start);
    plan.started(id);
  }
  // One leaves every two seconds.
  for (request_id id = 1; id <= 30; ++id) plan.left(id, start + id * 2s);
  for (request_id id = 100; id < 110; ++id) BOOST_TEST(!arrive(plan, ask(id)));
  const auto soon = arrive(plan, ask(200), start, 0.25);
  BOOST_REQUIRE(soon.has_value());
  BOOST_TEST(soon->retry_after >= 20s);
  BOOST_TEST(soon->retry_after <= 24s);
  BOOST_TEST(arrive(plan, ask(200), start, 1.0)->retry_after > soon->retry_after);
}

BOOST_AUTO_TEST_CASE(cancels_in_every_phase) {
  ingress_plan plan = ready();
  BOOST_TEST(!plan.cancel(1));
  BOOST_TEST(!arrive(plan, ask(1)));
  const auto early = plan.cancel(1);
  BOOST_REQUIRE(early.has_value());
  BOOST_TEST(!early->in_batch);
  BOOST_TEST((early->last.why == finish::cancelled));
  BOOST_TEST(!plan.prompt_made(made(1, 3), start));
  BOOST_TEST(!arrive(plan, ask(2)));
  (void)plan.prompt_made(made(2, 3), start);
  BOOST_TEST(plan.cancel(2)->in_batch);
  BOOST_TEST(plan.size() == 1u);
  plan.left(2, start);
  BOOST_TEST(plan.size() == 0u);
}

BOOST_AUTO_TEST_CASE(everybody_hears_of_the_end) {
  ingress_plan plan = ready();
  for (const request_id id : {1U, 2U, 3U}) BOOST_TEST(!arrive(plan, ask(id)));
  for (const request_id id : {1U, 2U}) (void)plan.prompt_made(made(id, 3), start);
  const auto cut = plan.cut_short("bye");
  BOOST_TEST(cut.refusals.size() == 1u);
  BOOST_TEST(cut.in_batch.size() == 2u);
  const auto lost = plan.batcher_failed("gone");
  BOOST_TEST(lost.size() == 2u);
  BOOST_TEST((lost.at(0).last.why == finish::error));
  BOOST_TEST(plan.size() == 0u);
  BOOST_TEST(plan.queued(priority::standard) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
