#include "embed/gate_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace hawser::embed {
namespace {

using namespace std::chrono_literals;

const runtime::time_point begin{1h};

actors::generate request(actors::request_id id, const std::string& text = "hello") {
  actors::generate made{};
  made.id = id;
  made.spec.prompt = actors::plain_prompt{text};
  made.spec.deadline = begin + 10s;
  return made;
}

template <class Kind>
bool is(const gate_plan::step& what) {
  return std::holds_alternative<Kind>(what);
}

std::size_t asked(const gate_plan::step& what) {
  return is<gate_plan::ask>(what) ? std::get<gate_plan::ask>(what).whom : 99;
}

std::string text_of(const gate_plan::step& what) {
  const auto& spec = std::get<gate_plan::forward>(what).what.spec;
  return std::get<actors::plain_prompt>(spec.prompt).text;
}

const actors::refused& no_of(const gate_plan::step& what) {
  return std::get<gate_plan::refusal>(what).what;
}

BOOST_AUTO_TEST_SUITE(embed_gate_plan)

BOOST_AUTO_TEST_CASE(without_guards_a_request_goes_on_at_once) {
  gate_plan plan({}, 4);
  BOOST_TEST(text_of(plan.arrive(request(1), begin)) == "hello");
  BOOST_TEST(plan.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(guards_are_asked_in_order_and_see_what_those_before_changed) {
  gate_plan plan({{"first", false}, {"second", false}}, 4);
  BOOST_TEST(asked(plan.arrive(request(1), begin)) == 0u);
  actors::generation_spec other;
  other.prompt = actors::plain_prompt{"changed"};
  const auto next = plan.answered(1, 0, change{other}, begin).value();
  BOOST_TEST(asked(next) == 1u);
  BOOST_TEST(std::get<actors::plain_prompt>(std::get<gate_plan::ask>(next).what->spec.prompt).text ==
             "changed");
  const auto last = plan.answered(1, 1, pass{}, begin).value();
  BOOST_TEST(text_of(last) == "changed");
  BOOST_TEST((std::get<gate_plan::forward>(last).what.spec.deadline == begin + 10s),
             "the deadline is not theirs");
}

BOOST_AUTO_TEST_CASE(a_refusal_ends_the_request) {
  gate_plan plan({{"first", false}, {"second", false}}, 4);
  (void)plan.arrive(request(1), begin);
  const auto next = plan.answered(1, 0, refuse{"not here", "prompt"}, begin).value();
  BOOST_TEST((no_of(next).why == actors::refusal::invalid));
  BOOST_TEST(no_of(next).message == "not here");
  BOOST_TEST(no_of(next).field == "prompt");
  BOOST_TEST(plan.waiting() == 0u);
  BOOST_TEST(!plan.answered(1, 0, pass{}, begin).has_value());
}

BOOST_AUTO_TEST_CASE(one_that_is_late_is_gone_on_without_and_not_waited_for_by_each) {
  gate_plan plan({{"slow", false}}, 4);
  BOOST_TEST(asked(plan.arrive(request(1), begin)) == 0u);
  BOOST_TEST(is<gate_plan::forward>(plan.missed(1, 0, no_verdict::late, begin).value()));
  BOOST_TEST(is<gate_plan::forward>(plan.arrive(request(2), begin + 999ms)));
  // One in each second tries, and the others do not wait with it.
  BOOST_TEST(asked(plan.arrive(request(3), begin + 1s)) == 0u);
  BOOST_TEST(is<gate_plan::forward>(plan.arrive(request(4), begin + 1s)));
  BOOST_TEST(plan.missed_of(0) == 3u);
  BOOST_TEST(is<gate_plan::forward>(plan.answered(3, 0, pass{}, begin + 1100ms).value()));
  BOOST_TEST(asked(plan.arrive(request(5), begin + 1100ms)) == 0u);
}

BOOST_AUTO_TEST_CASE(one_that_has_failed_is_gone_on_without_and_asked_again) {
  gate_plan plan({{"broken", false}}, 4);
  (void)plan.arrive(request(1), begin);
  BOOST_TEST(is<gate_plan::forward>(plan.missed(1, 0, no_verdict::failed, begin).value()));
  BOOST_TEST(asked(plan.arrive(request(2), begin)) == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_passes_without_one_that_is_required) {
  gate_plan plan({{"must", true}}, 4);
  (void)plan.arrive(request(1), begin);
  const auto next = plan.missed(1, 0, no_verdict::late, begin).value();
  BOOST_TEST((no_of(next).why == actors::refusal::not_ready));
  BOOST_TEST(no_of(next).message == "the extension must does not answer");
  BOOST_TEST((no_of(plan.arrive(request(2), begin)).why == actors::refusal::not_ready));
  BOOST_TEST(plan.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(a_policy_decides_behind_the_others_and_without_it_the_default_does) {
  gate_plan plan({{"filter", false}, {.name = "policy", .admission = true}}, 4);
  BOOST_TEST(asked(plan.arrive(request(1), begin)) == 0u);
  const auto next = plan.answered(1, 0, pass{}, begin).value();
  BOOST_TEST(asked(next) == 1u);
  BOOST_TEST(std::get<gate_plan::ask>(next).admission);
  BOOST_TEST(std::get<gate_plan::forward>(plan.decided(1, 1, let_in{}, begin).value()).what.let_in);
  const auto decided = [&](actors::request_id id, admission_verdict v) {
    (void)plan.arrive(request(id), begin);
    (void)plan.answered(id, 0, pass{}, begin);
    return plan.decided(id, 1, std::move(v), begin).value();
  };
  BOOST_TEST(!std::get<gate_plan::forward>(decided(2, by_default{})).what.let_in);
  const auto no = no_of(decided(3, turn_away{"full", 7s}));
  BOOST_TEST((no.why == actors::refusal::overloaded));
  BOOST_TEST(no.message == "full");
  BOOST_TEST(no.limit == "policy");
  BOOST_TEST((no.retry_after == 7s));
  BOOST_TEST((no_of(decided(4, turn_away{"full", 0ms})).retry_after == 1s));
  BOOST_TEST((no_of(decided(5, turn_away{"full", 1h})).retry_after == 60s));
  (void)plan.arrive(request(6), begin);
  (void)plan.answered(6, 0, pass{}, begin);
  BOOST_TEST(!std::get<gate_plan::forward>(plan.missed(6, 1, no_verdict::failed, begin).value()).what.let_in);
  BOOST_TEST(!plan.decided(6, 1, let_in{}, begin).has_value());
  BOOST_TEST(plan.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_request_is_not_asked_about_any_more) {
  gate_plan plan({{"first", false}}, 4);
  (void)plan.arrive(request(1), begin);
  BOOST_TEST(plan.cancel(1).has_value());
  BOOST_TEST(!plan.cancel(1).has_value());
  BOOST_TEST(!plan.answered(1, 0, pass{}, begin).has_value());
  BOOST_TEST(!plan.missed(1, 0, no_verdict::late, begin).has_value());
}

BOOST_AUTO_TEST_CASE(no_more_than_the_bound_wait) {
  gate_plan plan({{"first", false}}, 2);
  (void)plan.arrive(request(1), begin);
  (void)plan.arrive(request(2), begin);
  BOOST_TEST((no_of(plan.arrive(request(3), begin)).why == actors::refusal::overloaded));
  BOOST_TEST(plan.waiting() == 2u);
}

BOOST_AUTO_TEST_CASE(who_waits_at_the_end_is_refused) {
  gate_plan plan({{"first", false}}, 4);
  (void)plan.arrive(request(1), begin);
  (void)plan.arrive(request(2), begin);
  const auto all = plan.close();
  BOOST_TEST(all.size() == 2u);
  for (const auto& one : all) BOOST_TEST((one.what.why == actors::refusal::stopping));
  BOOST_TEST(plan.waiting() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
