#include "test/actors/result_desk.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;
using desk = result_desk;

BOOST_AUTO_TEST_SUITE(result_memory)

BOOST_AUTO_TEST_CASE(memory_has_a_bound) {
  desk d({.bytes = 8000, .largest = 4000});
  for (request_id id = 1; id <= 20; ++id) {
    (void)d.ask(id, "question " + std::to_string(id));
    d.admit(id);
    d.say(id, std::string(500, 'a'));
    d.end(id);
    d.turns();
    BOOST_TEST(d.plan.bytes() <= 8000u);
  }
  BOOST_TEST(d.plan.size() >= 2u);
  BOOST_TEST(d.plan.take_tally().evicted + d.plan.size() == 20u);
  BOOST_TEST(d.plan.purge(std::nullopt) > 0u);
  BOOST_TEST(d.plan.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(an_answer_too_large_to_be_remembered_is_still_told) {
  desk d({.bytes = 8000, .largest = 4000});
  (void)d.ask(1, "hello");
  (void)d.ask(2, "hello");
  d.admit(1);
  d.turns();
  d.plan.hold(2, true);
  std::size_t most = 0;
  bool held = false;
  for (int i = 0; i < 40; ++i) {
    d.say(1, std::string(500, 'a'));
    d.turns();
    most = std::max(most, d.plan.bytes());
    for (const hold& one : d.take<hold>()) held = one.held;
    if (held) break;
  }
  // Who does not read would need too much: the computing waits for him, or for his going.
  BOOST_TEST(held);
  BOOST_TEST(most < 16'000u);
  d.plan.cancel(2, d.now);
  BOOST_TEST(d.ask(3, "hello"));  // it asks for itself
  BOOST_TEST(d.take<generate>().size() == 2u);
  d.say(1, "z");
  d.turns();
  BOOST_TEST(!d.take<hold>().back().held);
  d.end(1);
  d.turns();
  BOOST_TEST(d.of[1].text.back() == 'z');
  BOOST_TEST(d.of[1].ends() == 1u);
  BOOST_TEST(d.plan.size() == 0u);
}

BOOST_AUTO_TEST_CASE(computing_goes_on_when_the_slowest_has_caught_up) {
  desk d({.bytes = 8000, .largest = 2000, .bytes_a_turn = 1});
  (void)d.ask(1, "hello");
  d.admit(1);
  d.turns();
  d.full = true;
  bool held = false;
  for (int i = 0; i < 20 && !held; ++i) {
    d.say(1, std::string(500, 'a'));
    d.turn();
    for (const hold& one : d.take<hold>()) held = one.held;
  }
  BOOST_TEST(held);
  d.full = false;
  d.turns();
  BOOST_TEST(!d.take<hold>().back().held);
}

BOOST_AUTO_TEST_CASE(a_purge_reaches_what_is_being_computed) {
  desk d;
  (void)d.ask(1, "hello", "alice");
  (void)d.ask(2, "hello", "bob");
  d.admit(1);
  d.admit(2);
  BOOST_TEST(d.plan.purge("alice") == 0u);
  d.end(1);
  d.end(2);
  d.turns();
  BOOST_TEST(d.plan.size() == 1u);
  BOOST_TEST(d.of[1].ends() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_all) {
  desk d({.events_a_turn = 1});
  (void)d.ask(1, "hello");
  d.answer(1);
  d.turns();
  (void)d.ask(2, "hello");
  (void)d.ask(3, "hello");
  d.plan.hold(3, true);
  (void)d.ask(4, "other");
  d.plan.close(d, d.now);
  BOOST_TEST(d.of[2].text == "to be");
  BOOST_TEST((d.of[2].all<ended>().at(0).why == finish::stop));
  BOOST_TEST((d.of[3].all<ended>().at(0).why == finish::cancelled));
  BOOST_TEST((d.of[4].all<ended>().at(0).why == finish::cancelled));
  BOOST_TEST(d.plan.readers() == 0u);
}

BOOST_AUTO_TEST_CASE(all_choices_are_one_answer) {
  desk d;
  generate two = desk::request(1, "hello");
  two.spec.choices = 2;
  (void)d.ask(two);
  d.admit(1);
  d.say(1, "a", 0);
  d.say(1, "b", 1);
  d.end(1, finish::length, 2);
  d.turns();
  two.id = 2;
  (void)d.ask(two);
  d.turns();
  BOOST_TEST(d.of[2].all<choice_ended>().size() == 2u);
  BOOST_TEST(d.of[2].text == "ab");
  (void)d.ask(3, "hello");  // one choice is another question
  BOOST_TEST(d.take<generate>().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
