#include "runtime/supervision_plan.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

const time_point start_of_time = time_point{} + 1h;

/// Plays events on a plan, and writes what it orders: "+0" start, "~0" retire, "-0" stop, "x0" kill, "."
/// finish,
/// "^" leave, "!" escalate.
struct stage {
  supervision_plan plan;
  time_point now = start_of_time;
  std::string fates;

  stage(restart_limits limits, std::vector<restart> children) : plan(limits, std::move(children)) {}

  std::string next() {
    static const std::string signs = "+~-x.^!";
    std::string orders;
    while (const auto order = plan.next()) {
      const std::size_t which = static_cast<std::size_t>(order->to_do);
      orders += signs[which];
      if (which < 4) orders += std::to_string(order->child);
    }
    return orders;
  }

  std::string fell(std::size_t child, bool failed = true) {
    fates += "kes"[static_cast<std::size_t>(plan.fell(child, failed, now))];
    return next();
  }

  std::string stop() {
    plan.stop();
    return next();
  }

  std::string late(std::size_t child) {
    plan.late(child);
    return next();
  }
};

constexpr restart permanent = restart::permanent;
constexpr restart transient = restart::transient;
constexpr restart temporary = restart::temporary;

BOOST_AUTO_TEST_SUITE(supervision_plans)

struct row {
  std::string what;
  strategy how;
  std::size_t fails;
  std::string first;               // ordered at once
  std::vector<std::size_t> leave;  // then these go, in turn
  std::vector<std::string> then;   // with these orders
};

std::ostream& operator<<(std::ostream& out, const row& r) {
  return out << r.what;
}

const std::vector<row> rows{
    {"one for one", strategy::one_for_one, 1, "+1", {}, {}},
    {"one for all", strategy::one_for_all, 1, "~3", {3, 2, 0}, {"~2", "~0", "+0+1+2+3"}},
    {"one for all, the first fails", strategy::one_for_all, 0, "~3", {3, 2, 1}, {"~2", "~1", "+0+1+2+3"}},
    {"rest for one", strategy::rest_for_one, 1, "~3", {3, 2}, {"~2", "+1+2+3"}},
    {"rest for one, the last fails", strategy::rest_for_one, 3, "+3", {}, {}},
};

BOOST_DATA_TEST_CASE(strategies_take_the_right_ones_along, boost::unit_test::data::make(rows), r) {
  stage s({.how = r.how}, {permanent, permanent, permanent, permanent});
  BOOST_TEST(s.next() == "+0+1+2+3");
  BOOST_TEST(s.fell(r.fails) == r.first);
  for (std::size_t i = 0; i < r.leave.size(); ++i) BOOST_TEST(s.fell(r.leave[i], false) == r.then[i]);
  BOOST_TEST(s.next().empty());
}

struct policy {
  restart again;
  bool failed;
  std::string orders;
  std::string fate;
};

std::ostream& operator<<(std::ostream& out, const policy& p) {
  return out << static_cast<int>(p.again) << (p.failed ? " failed" : " ended");
}

const std::vector<policy> policies{
    {permanent, true, "+0", "k"}, {permanent, false, "+0", "k"}, {transient, true, "+0", "k"},
    {transient, false, "", "e"},  {temporary, true, "", "e"},    {temporary, false, "", "e"},
};

BOOST_DATA_TEST_CASE(policies_say_who_comes_back, boost::unit_test::data::make(policies), p) {
  stage s({}, {p.again});
  BOOST_TEST(s.next() == "+0");
  BOOST_TEST(s.fell(0, p.failed) == p.orders);
  BOOST_TEST(s.fates == p.fate);
}

BOOST_AUTO_TEST_CASE(a_temporary_child_that_is_taken_along_does_not_come_back) {
  stage s({.how = strategy::one_for_all}, {permanent, temporary});
  (void)s.next();
  BOOST_TEST(s.fell(0) == "~1");
  BOOST_TEST(s.fell(1, false) == "+0");
  BOOST_TEST(s.fates == "ke");
}

BOOST_AUTO_TEST_CASE(too_many_failures_within_the_period_take_all_down_in_reverse_and_escalate) {
  stage s({.restarts = 2, .within = 5s}, {permanent, permanent, permanent});
  (void)s.next();
  BOOST_TEST(s.fell(1) == "+1");
  BOOST_TEST(s.fell(1) == "+1");
  BOOST_TEST(s.fell(1) == "~2");
  BOOST_TEST(s.fell(2, false) == "~0");
  BOOST_TEST(s.fell(0, false) == "!");
  BOOST_TEST(s.fates == "kkkkk");
  BOOST_TEST(s.next().empty());
}

BOOST_AUTO_TEST_CASE(failures_far_apart_never_escalate) {
  stage s({.restarts = 2, .within = 5s}, {permanent});
  (void)s.next();
  for (int i = 0; i < 20; ++i) {
    s.now += 3s;
    BOOST_TEST(s.fell(0) == "+0");
  }
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_counts_as_a_failure) {
  stage s({.restarts = 2, .within = 5s}, {permanent, permanent});
  BOOST_TEST_REQUIRE((s.plan.next()->to_do == supervision_order::what::start));
  BOOST_TEST(s.fell(0) == "+0+1");
  BOOST_TEST(s.fell(1) == "+1");
  BOOST_TEST(s.fell(1) == "~0");
  BOOST_TEST(s.fell(0, false) == "!");
}

BOOST_AUTO_TEST_CASE(a_stop_goes_in_reverse_one_after_the_other) {
  stage s({}, {permanent, permanent, permanent});
  (void)s.next();
  BOOST_TEST(s.stop() == "-2");
  BOOST_TEST(s.next().empty());
  BOOST_TEST(s.fell(2, false) == "-1");
  BOOST_TEST(s.fell(1, true) == "-0");
  BOOST_TEST(s.fell(0, false) == ".");
  BOOST_TEST(s.fates == "sss");
}

BOOST_AUTO_TEST_CASE(who_does_not_stop_in_time_is_killed_and_then_left_to_itself) {
  stage s({}, {permanent, permanent});
  (void)s.next();
  BOOST_TEST(s.stop() == "-1");
  BOOST_TEST(s.late(1) == "x1");
  BOOST_TEST(s.fell(1, true) == "-0");
  BOOST_TEST(s.late(1).empty());  // an old deadline
  BOOST_TEST(s.late(0) == "x0");
  BOOST_TEST(s.late(0) == ".");
  (void)s.plan.fell(0, true, s.now);
  BOOST_TEST(s.next().empty());
}

BOOST_AUTO_TEST_CASE(one_that_ends_while_another_is_stopped_is_not_started_again) {
  stage s({}, {permanent, permanent, permanent});
  (void)s.next();
  BOOST_TEST(s.stop() == "-2");
  BOOST_TEST(s.fell(0).empty());
  BOOST_TEST(s.fell(2, false) == "-1");
  BOOST_TEST(s.fell(1, false) == ".");
}

BOOST_AUTO_TEST_CASE(a_stop_in_the_middle_of_a_restart_stops_who_is_left) {
  stage s({.how = strategy::one_for_all}, {permanent, permanent, permanent});
  (void)s.next();
  BOOST_TEST(s.fell(1) == "~2");
  BOOST_TEST(s.stop().empty());
  BOOST_TEST(s.fell(2, false) == "-0");
  BOOST_TEST(s.fell(0, false) == ".");
}

BOOST_AUTO_TEST_CASE(one_that_fails_during_a_restart_costs_no_second_one) {
  stage s({.how = strategy::one_for_all, .restarts = 1}, {permanent, permanent, permanent});
  (void)s.next();
  BOOST_TEST(s.fell(0) == "~2");
  BOOST_TEST(s.fell(2, true) == "~1");
  BOOST_TEST(s.fell(1, true) == "+0+1+2");
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_is_retired_takes_its_children_down_and_keeps_their_addresses) {
  stage s({}, {permanent, permanent});
  (void)s.next();
  s.plan.retire();
  BOOST_TEST(s.next() == "~1");
  BOOST_TEST(s.fell(1, false) == "~0");
  BOOST_TEST(s.fell(0, false) == "^");
  BOOST_TEST(s.fates == "kk");
}

BOOST_AUTO_TEST_CASE(a_new_life_first_takes_down_who_is_still_up) {
  stage s({}, {permanent, permanent, temporary});
  s.plan.is_up(1);
  s.plan.is_gone(2);
  BOOST_TEST(s.next() == "~1");
  BOOST_TEST(s.fell(1, false) == "+0+1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
