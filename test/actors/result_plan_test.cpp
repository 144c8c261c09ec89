#include "test/actors/result_desk.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;
using desk = result_desk;

BOOST_AUTO_TEST_SUITE(result_plan_)

BOOST_AUTO_TEST_CASE(the_same_question_again_is_not_computed_again) {
  desk d;
  BOOST_TEST(d.ask(1, "hello"));
  BOOST_TEST(d.take<generate>().size() == 1u);
  d.answer(1);
  d.turns();
  d.now += 1min;
  BOOST_TEST(d.ask(2, "hello"));
  d.turns();
  BOOST_TEST(d.plan.orders().empty());
  BOOST_TEST(d.of[1].text == "to be");
  BOOST_TEST(d.of[2].text == "to be");
  BOOST_TEST(d.of[1].events.size() == d.of[2].events.size());
  BOOST_TEST(d.of[1].ends() == 1u);
  BOOST_TEST(d.of[2].ends() == 1u);
  // The truth about each.
  BOOST_TEST((d.of[1].all<admitted>()[0].from == answer_source::computed));
  BOOST_TEST(d.of[1].all<admitted>()[0].cached_tokens == 2u);
  BOOST_TEST((d.of[1].all<ended>()[0].times.prefill == 3ms));
  BOOST_TEST((d.of[2].all<admitted>()[0].from == answer_source::stored));
  BOOST_TEST(d.of[2].all<admitted>()[0].cached_tokens == 5u);
  BOOST_TEST(d.of[2].all<ended>()[0].cached_tokens == 5u);
  BOOST_TEST((d.of[2].all<ended>()[0].times.prefill == 0ms));
  BOOST_TEST(d.of[2].all<ended>()[0].answer_tokens == 2u);
  const result_tally counts = d.plan.take_tally();
  BOOST_TEST(counts.hits == 1u);
  BOOST_TEST(counts.misses == 1u);
  BOOST_TEST(counts.stored == 1u);
}

BOOST_AUTO_TEST_CASE(those_at_once_are_computed_once_and_each_hears_all) {
  desk d;
  for (request_id id = 1; id <= 8; ++id) {
    BOOST_TEST(d.ask(id, "hello"));
    if (id == 4) {
      d.admit(1);
      d.say(1, "to ");
      d.turns();
    }
  }
  BOOST_TEST(d.take<generate>().size() == 1u);
  d.say(1, "be");
  d.end(1);
  d.turns();
  for (request_id id = 1; id <= 8; ++id) {
    BOOST_TEST(d.of[id].text == "to be");
    BOOST_TEST(d.of[id].ends() == 1u);
    BOOST_TEST(
        (d.of[id].all<admitted>()[0].from == (id == 1 ? answer_source::computed : answer_source::shared)));
  }
  BOOST_TEST(d.plan.take_tally().shared == 7u);
  BOOST_TEST(d.plan.readers() == 0u);
  BOOST_TEST(d.plan.computing() == 0u);
}

BOOST_AUTO_TEST_CASE(keys_do_not_share_unless_told_to) {
  desk d;
  (void)d.ask(1, "hello", "alice");
  d.answer(1);
  d.turns();
  (void)d.ask(2, "hello", "bob");
  BOOST_TEST(d.take<generate>().size() == 2u);
  desk all({.share_tenants = true});
  (void)all.ask(1, "hello", "alice");
  all.answer(1);
  all.turns();
  (void)all.ask(2, "hello", "bob");
  BOOST_TEST(all.take<generate>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_repeated_or_must_not_be_passes_by) {
  desk d;
  generate dice = desk::request(1, "hello");
  dice.spec.sampling.temperature = 1.0f;
  BOOST_TEST(!d.ask(dice));
  dice.spec.seeded = true;
  BOOST_TEST(d.ask(dice));
  generate secret = desk::request(2, "hello");
  secret.spec.forget = true;
  BOOST_TEST(!d.ask(secret));
  BOOST_TEST(!d.ask(3, std::string(200'000, 'a')));
  desk off({.bytes = 0});
  BOOST_TEST(!off.ask(1, "hello"));
  desk early;
  early.plan.know_world({});
  BOOST_TEST(!early.ask(1, "hello"));
  // Their cancels and holds are Ingress's.
  d.plan.cancel(2, d.now);
  d.plan.hold(2, true);
  BOOST_TEST(d.take<cancel>().size() == 1u);
  BOOST_TEST(d.take<hold>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_wants_it_fresh_has_it_computed_and_remembered) {
  desk d;
  (void)d.ask(1, "hello");
  d.answer(1);
  d.turns();
  generate fresh = desk::request(2, "hello");
  fresh.spec.fresh = true;
  BOOST_TEST(d.ask(fresh));
  BOOST_TEST(d.take<generate>().size() == 2u);
  d.admit(2);
  d.say(2, "new");
  d.end(2);
  d.turns();
  (void)d.ask(3, "hello");
  d.turns();
  BOOST_TEST(d.of[3].text == "new");
}

BOOST_AUTO_TEST_CASE(only_whole_answers_are_remembered) {
  for (const finish why :
       {finish::stop, finish::length, finish::deadline, finish::cancelled, finish::error}) {
    desk d;
    (void)d.ask(1, "hello");
    d.admit(1);
    d.say(1, "to ");
    d.end(1, why);
    d.turns();
    BOOST_TEST(d.of[1].ends() == 1u);
    BOOST_TEST(d.plan.size() == (why == finish::stop || why == finish::length ? 1u : 0u));
    BOOST_TEST((d.plan.bytes() == 0) == (d.plan.size() == 0));
  }
}

BOOST_AUTO_TEST_CASE(the_first_may_go_while_others_listen) {
  desk d;
  (void)d.ask(1, "hello");
  (void)d.ask(2, "hello");
  d.admit(1);
  d.say(1, "to ");
  d.turns();
  d.plan.cancel(1, d.now);
  d.turns();
  BOOST_TEST(d.take<cancel>().empty());
  BOOST_TEST((d.of[1].all<ended>().at(0).why == finish::cancelled));
  d.plan.cancel(1, d.now);  // once more: it is over
  BOOST_TEST(d.take<cancel>().empty());
  d.say(1, "be");
  d.end(1);
  d.turns();
  BOOST_TEST(d.of[1].ends() == 1u);
  BOOST_TEST(d.of[2].text == "to be");
  BOOST_TEST(d.of[2].ends() == 1u);
  BOOST_TEST(d.plan.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_last_who_goes_ends_the_computing) {
  desk d;
  (void)d.ask(1, "hello");
  (void)d.ask(2, "hello");
  d.admit(1);
  d.plan.cancel(1, d.now);
  d.plan.cancel(2, d.now);
  const auto cancels = d.take<cancel>();
  BOOST_REQUIRE(cancels.size() == 1u);
  BOOST_TEST(cancels[0].id == 1u);
  // Who comes now is not to be cancelled with them.
  (void)d.ask(3, "hello");
  BOOST_TEST(d.take<generate>().size() == 2u);
  d.end(1, finish::cancelled);
  d.answer(3);
  d.turns();
  BOOST_TEST(d.of[2].ends() == 1u);
  BOOST_TEST(d.of[3].text == "to be");
  BOOST_TEST(d.plan.readers() == 0u);
}

BOOST_AUTO_TEST_CASE(one_who_reads_slowly_holds_up_nobody) {
  desk d;
  (void)d.ask(1, "hello");
  (void)d.ask(2, "hello");
  d.admit(1);
  d.plan.hold(1, true);
  BOOST_TEST(d.take<hold>().empty());
  d.say(1, "to ");
  d.say(1, "be");
  d.end(1);
  d.turns();
  BOOST_TEST(d.of[1].ends() == 0u);
  BOOST_TEST(d.of[2].text == "to be");
  d.plan.hold(1, false);
  d.turns();
  BOOST_TEST(d.of[1].text == "to be");
  BOOST_TEST(d.of[1].ends() == 1u);
}

BOOST_AUTO_TEST_CASE(when_nobody_reads_the_computing_waits) {
  desk d;
  (void)d.ask(1, "hello");
  (void)d.ask(2, "hello");
  d.admit(1);
  d.plan.hold(1, true);
  d.plan.hold(2, true);
  BOOST_TEST(d.take<hold>().at(0).held);
  (void)d.ask(3, "hello");
  BOOST_TEST(!d.take<hold>().at(0).held);
  d.plan.cancel(3, d.now);
  BOOST_TEST(d.take<hold>().at(0).held);
  d.plan.cancel(1, d.now);
  d.plan.hold(2, false);
  BOOST_TEST(!d.take<hold>().at(0).held);
}

BOOST_AUTO_TEST_CASE(a_full_mailbox_is_tried_again_and_not_for_ever) {
  desk d;
  (void)d.ask(1, "hello");
  (void)d.ask(2, "hello");
  d.admit(1);
  d.say(1, "to ");
  d.full = true;
  BOOST_TEST(d.turn());
  d.full = false;
  d.turns();
  BOOST_TEST(d.of[1].text == "to ");
  d.full = true;
  d.say(1, "be");
  for (int i = 0; i < 1001; ++i) {
    (void)d.turn(true);
    d.now += 1ms;
  }
  // The first was cut, the last cancelled the computing and hears its end.
  BOOST_TEST(d.take<cancel>().size() == 1u);
  d.end(1, finish::cancelled);
  d.turns();
  BOOST_TEST(d.of[1].ends() == 1u);
  BOOST_TEST(d.of[2].ends() == 1u);
  BOOST_TEST(d.plan.readers() == 0u);
  BOOST_TEST(d.plan.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_long_answer_is_told_in_pieces) {
  desk d({.events_a_turn = 10});
  (void)d.ask(1, "hello");
  d.admit(1);
  for (int i = 0; i < 35; ++i) {
    d.say(1, "x");
    d.turn();
  }
  d.end(1);
  d.turns();
  (void)d.ask(2, "hello");
  BOOST_TEST(d.turn());
  BOOST_TEST(d.of[2].events.size() == 10u);
  BOOST_TEST(d.turn());  // not before its time
  BOOST_TEST(d.of[2].events.size() == 10u);
  BOOST_TEST(d.turn(true));
  BOOST_TEST(d.of[2].events.size() == 20u);
  d.turns();
  BOOST_TEST(d.of[2].text == std::string(35, 'x'));
}

BOOST_AUTO_TEST_CASE(readers_who_are_gone_are_forgotten) {
  desk d;
  (void)d.ask(1, "hello");
  (void)d.ask(2, "hello");
  d.gone = {1, 2};
  d.admit(1);
  d.turns();
  BOOST_TEST(d.take<cancel>().size() == 1u);
  d.end(1, finish::cancelled);
  d.turns();
  BOOST_TEST(d.plan.readers() == 0u);
  BOOST_TEST(d.plan.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(who_must_be_served_better_asks_for_himself) {
  desk d;
  generate slow = desk::request(1, "hello");
  slow.spec.rank = priority::batch;
  (void)d.ask(slow);
  (void)d.ask(2, "hello");  // standard
  (void)d.ask(3, "hello");
  generate quick = desk::request(4, "hello");
  quick.spec.rank = priority::interactive;
  quick.spec.first_token_within = 1s;
  (void)d.ask(quick);
  BOOST_TEST(d.take<generate>().size() == 3u);
  for (const request_id id : {1u, 2u, 4u}) d.answer(id);
  d.turns();
  for (const request_id id : {1u, 2u, 3u, 4u}) BOOST_TEST(d.of[id].text == "to be");
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_first_is_not_the_others) {
  desk d;
  for (const request_id id : {1u, 2u, 3u}) (void)d.ask(id, "hello");
  BOOST_TEST(d.take<generate>().size() == 1u);
  d.plan.on(refused{.id = 1, .why = refusal::overloaded, .message = "busy", .field = {}, .retry_after = 1s},
            d.now);
  d.turns();
  BOOST_TEST(d.of[1].refusals.size() == 1u);
  const auto next = d.take<generate>();
  BOOST_REQUIRE(next.size() == 1u);
  BOOST_TEST(next[0].id == 2u);
  BOOST_TEST(std::get<plain_prompt>(next[0].spec.prompt).text == "hello");
  d.answer(2);
  d.turns();
  BOOST_TEST(d.of[2].text == "to be");
  BOOST_TEST(d.of[3].text == "to be");
  BOOST_TEST((d.of[2].all<admitted>()[0].from == answer_source::computed));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_for_one_is_wrong_for_all) {
  desk d;
  for (const request_id id : {1u, 2u, 3u}) (void)d.ask(id, "hello");
  d.plan.on(refused{.id = 1, .why = refusal::prompt_too_long, .message = "long", .field = {}}, d.now);
  d.turns();
  for (const request_id id : {1u, 2u, 3u}) BOOST_TEST(d.of[id].refusals.size() == 1u);
  BOOST_TEST(d.plan.readers() == 0u);
  BOOST_TEST(d.plan.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_failure_is_everybodys) {
  desk d;
  for (const request_id id : {1u, 2u}) (void)d.ask(id, "hello");
  d.admit(1);
  d.say(1, "to ");
  d.end(1, finish::error);
  d.turns();
  for (const request_id id : {1u, 2u}) {
    BOOST_TEST(d.of[id].ends() == 1u);
    BOOST_TEST((d.of[id].all<ended>().at(0).why == finish::error));
  }
}

BOOST_AUTO_TEST_CASE(each_has_his_own_time) {
  desk d;
  generate first = desk::request(1, "hello");
  first.spec.deadline = runtime::time_point(2s);
  generate second = desk::request(2, "hello");
  second.spec.deadline = runtime::time_point(5s);
  (void)d.ask(first);
  (void)d.ask(second);
  const auto later = d.take<postpone>();
  BOOST_REQUIRE(later.size() == 1u);
  BOOST_TEST((later[0].deadline == second.spec.deadline));
  BOOST_TEST(later[0].id == 1u);
  d.admit(1);
  d.say(1, "to ");
  d.turns();
  BOOST_TEST((d.plan.next_expiry() == first.spec.deadline));
  d.now = runtime::time_point(2s);
  d.plan.expire(d.now);
  d.turns();
  BOOST_REQUIRE(d.of[1].ends() == 1u);
  BOOST_TEST((d.of[1].all<choice_ended>().at(0).end.why == finish::deadline));
  BOOST_TEST(d.of[1].all<ended>()[0].answer_tokens == 1u);
  d.say(1, "be");
  d.end(1);
  d.turns();
  BOOST_TEST(d.of[2].text == "to be");
  BOOST_TEST(d.of[1].ends() == 1u);
}

BOOST_AUTO_TEST_CASE(when_only_those_whose_time_is_over_are_left_it_is_cancelled) {
  desk d;
  generate first = desk::request(1, "hello");
  first.spec.deadline = runtime::time_point(2s);
  (void)d.ask(first);
  (void)d.ask(2, "hello");
  d.plan.cancel(2, d.now);
  d.now = runtime::time_point(2s);
  d.plan.expire(d.now);
  BOOST_TEST(d.take<cancel>().size() == 1u);
  d.end(1, finish::cancelled);
  d.turns();
  BOOST_TEST(d.of[1].ends() == 1u);
  BOOST_TEST((d.of[1].all<ended>()[0].why == finish::deadline));
  BOOST_TEST(d.plan.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(who_has_more_time_asks_again_when_the_first_ran_out_of_his) {
  desk d;
  generate first = desk::request(1, "hello");
  first.spec.deadline = runtime::time_point(2s);
  (void)d.ask(first);
  (void)d.ask(2, "hello");
  (void)d.take<generate>();
  d.now = runtime::time_point(2s);
  ended late{};
  late.id = 1;
  late.why = finish::deadline;
  d.plan.on(late, d.now);
  d.turns();
  BOOST_TEST(d.of[1].ends() == 1u);
  BOOST_TEST(d.take<generate>().at(0).id == 2u);
  d.answer(2);
  d.turns();
  BOOST_TEST(d.of[2].text == "to be");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
