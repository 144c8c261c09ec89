// The second tier as the result plan sees it: asked first, waited for briefly, told what was computed.
#include "test/actors/result_desk.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;
using desk = result_desk;

result_limits two_tiers() {
  result_limits made;
  made.far = true;
  made.far_patience = 100ms;
  return made;
}

/// What a server that was asked "hello" leaves there.
std::string kept_answer() {
  desk d(two_tiers());
  (void)d.ask(1, "hello");
  d.plan.found({d.take<far_look>().at(0).number, far_outcome::miss}, d.now);
  d.answer(1);
  return d.take<far_keep>().at(0).answer;
}

BOOST_AUTO_TEST_SUITE(result_far)

BOOST_AUTO_TEST_CASE(what_others_have_computed_is_told_to_all_who_ask) {
  desk d(two_tiers());
  BOOST_TEST(d.ask(1, "hello", "alice"));
  BOOST_TEST(d.ask(2, "hello", "alice"));
  const auto looks = d.take<far_look>();
  BOOST_REQUIRE(looks.size() == 1u);
  BOOST_TEST(looks[0].tenant == "alice");
  BOOST_TEST(d.take<generate>().empty());
  d.plan.found({looks[0].number, far_outcome::hit, kept_answer()}, d.now);
  d.turns();
  for (const request_id id : {1u, 2u}) {
    BOOST_TEST(d.of[id].text == "to be");
    BOOST_TEST(d.of[id].ends() == 1u);
    BOOST_TEST((d.of[id].all<admitted>().at(0).from == answer_source::stored));
  }
  // And remembered here.
  BOOST_TEST(d.ask(3, "hello", "alice"));
  BOOST_TEST(d.take<far_look>().empty());
  d.turns();
  BOOST_TEST(d.of[3].text == "to be");
  BOOST_TEST(d.take<generate>().empty());
  BOOST_TEST(d.take<far_keep>().empty());
  BOOST_TEST(d.plan.take_tally().far[static_cast<std::size_t>(far_outcome::hit)] == 1u);
  d.plan.purge(std::nullopt);
  BOOST_TEST(d.plan.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(without_an_answer_it_is_computed_and_kept) {
  for (const far_outcome how :
       {far_outcome::miss, far_outcome::rejected, far_outcome::failed, far_outcome::skipped}) {
    desk d(two_tiers());
    (void)d.ask(1, "hello");
    (void)d.ask(2, "hello");
    const auto look = d.take<far_look>().at(0);
    d.plan.found({look.number, how}, d.now);
    BOOST_TEST(d.take<generate>().at(0).id == 1u);
    d.answer(1);
    d.turns();
    BOOST_TEST(d.of[1].text == "to be");
    BOOST_TEST(d.of[2].text == "to be");
    const auto kept = d.take<far_keep>();
    BOOST_REQUIRE(kept.size() == 1u);
    BOOST_TEST(kept[0].question == look.question);
    BOOST_TEST(is_whole_answer(kept[0].answer, 1));
    BOOST_TEST(d.plan.take_tally().far[static_cast<std::size_t>(how)] == 1u);
  }
}

BOOST_AUTO_TEST_CASE(it_is_not_waited_for_long) {
  desk d(two_tiers());
  (void)d.ask(1, "hello");
  const auto look = d.take<far_look>().at(0);
  BOOST_TEST((d.plan.next_expiry() == d.now + 100ms));
  d.now += 100ms;
  d.plan.expire(d.now);
  BOOST_TEST(d.take<generate>().size() == 1u);
  BOOST_TEST(d.plan.take_tally().far[static_cast<std::size_t>(far_outcome::late)] == 1u);
  // Its answer comes after all: nobody wants it.
  d.plan.found({look.number, far_outcome::hit, kept_answer()}, d.now);
  d.turns();
  BOOST_TEST(d.of[1].events.empty());
  d.answer(1);
  d.turns();
  BOOST_TEST(d.of[1].ends() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_whole_answer_is_not_believed) {
  const std::string good = kept_answer();
  for (const std::string& bad :
       {std::string(), std::string("garbage"), good.substr(0, good.size() - 1), good + "x"}) {
    desk d(two_tiers());
    (void)d.ask(1, "hello");
    d.plan.found({d.take<far_look>().at(0).number, far_outcome::hit, bad}, d.now);
    BOOST_TEST(d.take<generate>().size() == 1u);
    BOOST_TEST(d.plan.take_tally().far[static_cast<std::size_t>(far_outcome::rejected)] == 1u);
  }
}

BOOST_AUTO_TEST_CASE(who_leaves_or_is_late_meanwhile_hears_one_end) {
  desk d(two_tiers());
  (void)d.ask(1, "hello");
  generate hurried = desk::request(2, "hello");
  hurried.spec.deadline = d.now + 20ms;
  (void)d.ask(hurried);
  const auto look = d.take<far_look>().at(0);
  d.plan.cancel(1, d.now);
  d.now += 20ms;
  d.plan.expire(d.now);
  d.turns();
  BOOST_TEST((d.of[1].all<ended>().at(0).why == finish::cancelled));
  BOOST_TEST((d.of[2].all<ended>().at(0).why == finish::deadline));
  BOOST_TEST(d.plan.readers() == 0u);
  d.plan.found({look.number, far_outcome::hit, kept_answer()}, d.now);
  d.turns();
  BOOST_TEST(d.take<generate>().empty());
  BOOST_TEST(d.take<cancel>().empty());
  BOOST_TEST(d.plan.bytes() == 0u);
  // The same again begins anew.
  (void)d.ask(3, "hello");
  BOOST_TEST(d.take<far_look>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_purge_reaches_it_and_what_is_on_its_way) {
  desk d(two_tiers());
  (void)d.ask(1, "hello", "alice");
  const auto look = d.take<far_look>().at(0);
  d.plan.purge("alice");
  const auto forget = d.take<far_forget>();
  BOOST_REQUIRE(forget.size() == 1u);
  BOOST_TEST((forget[0].tenant == "alice" && !forget[0].all));
  d.plan.found({look.number, far_outcome::hit, kept_answer()}, d.now);
  BOOST_TEST(d.take<generate>().size() == 1u);
  d.plan.purge(std::nullopt);
  BOOST_TEST(d.take<far_forget>().at(0).all);
}

BOOST_AUTO_TEST_CASE(who_wants_it_fresh_does_not_ask) {
  desk d(two_tiers());
  generate fresh = desk::request(1, "hello");
  fresh.spec.fresh = true;
  (void)d.ask(fresh);
  BOOST_TEST(d.take<far_look>().empty());
  BOOST_TEST(d.take<generate>().size() == 1u);
  d.answer(1);
  BOOST_TEST(d.take<far_keep>().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
