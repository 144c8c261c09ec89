#include "cli/load/tally.hpp"

#include <boost/test/unit_test.hpp>

namespace hawser::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

outcome answered(int intended_ms, int first_ms, int end_ms, std::uint32_t tokens) {
  outcome made;
  made.how = ending::complete;
  made.accepted = true;
  made.status = 200;
  made.attempts = 1;
  made.tokens = tokens;
  made.intended = milliseconds(intended_ms);
  made.sent = milliseconds(intended_ms + 5);
  made.first_text = milliseconds(first_ms);
  made.last_text = milliseconds(end_ms);
  made.ended = milliseconds(end_ms);
  return made;
}

BOOST_AUTO_TEST_SUITE(load_tally)

BOOST_AUTO_TEST_CASE(an_slo_is_met_when_each_of_its_limits_is) {
  const slo wanted{milliseconds(100), milliseconds(10), milliseconds(1000)};
  const auto got = [](int ttft, int tpot, int e2e, bool streamed = true) {
    return latencies{milliseconds(ttft), milliseconds(tpot), milliseconds(e2e), streamed};
  };
  BOOST_TEST(met(wanted, got(100, 10, 1000)));
  BOOST_TEST(!met(wanted, got(101, 10, 1000)));
  BOOST_TEST(!met(wanted, got(100, 11, 1000)));
  BOOST_TEST(!met(wanted, got(100, 10, 1001)));
  BOOST_TEST(met(wanted, got(500, 50, 900, false)));
  BOOST_TEST(met({}, got(9999, 9999, 9999)));
}

BOOST_AUTO_TEST_CASE(latencies_count_from_the_intended_time_and_also_from_sending) {
  tally t({request_class{}}, {});
  t.add(answered(100, 300, 1300, 11));
  const class_tally& all = t.classes()[0];
  BOOST_TEST(all.ttft.max().count() == 200'000);
  BOOST_TEST(all.ttft_from_send.max().count() == 195'000);
  BOOST_TEST(all.tpot.max().count() == 100'000);
  BOOST_TEST(all.e2e.max().count() == 1'200'000);
  BOOST_TEST(all.lag.max().count() == 5'000);
}

BOOST_AUTO_TEST_CASE(goodput_is_what_met_its_classes_goal) {
  request_class strict, easy;
  strict.name = "strict";
  strict.goal.ttft = milliseconds(150);
  tally t({strict, easy}, {});
  for (const std::uint32_t c : {0u, 1u}) {
    for (const int first : {120, 180}) {
      outcome one = answered(0, first, 500, 10);
      one.of_class = c;
      t.add(one);
    }
  }
  BOOST_TEST(t.classes()[0].good == 1u);
  BOOST_TEST(t.classes()[0].good_tokens == 10u);
  BOOST_TEST(t.classes()[1].good == 2u);
  const class_tally sum = t.sum();
  BOOST_TEST(sum.good == 3u);
  BOOST_TEST(sum.requests == 4u);
  BOOST_TEST(sum.ttft.count() == 4u);
}

BOOST_AUTO_TEST_CASE(refusals_failures_and_partings_are_kept_apart) {
  tally t({request_class{}}, {});
  for (std::size_t i = 0; i < endings; ++i) {
    outcome one;
    one.how = static_cast<ending>(i);
    one.accepted = one.how == ending::timed_out;
    one.ended = milliseconds(1);
    t.add(one);
  }
  const class_tally& all = t.classes()[0];
  BOOST_TEST(all.requests == endings);
  BOOST_TEST(all.refused() == 2u);
  BOOST_TEST(all.failed() == 6u);
  BOOST_TEST(all.accepted_then_late == 1u);
  BOOST_TEST(all.refusal.count() == 2u);
  BOOST_TEST(all.e2e.count() == 1u);
}

BOOST_AUTO_TEST_CASE(what_ends_before_the_skipped_time_does_not_count) {
  tally t({request_class{}}, seconds(1));
  t.add(answered(0, 100, 999, 5));
  t.add(answered(0, 100, 3000, 7));
  BOOST_TEST(t.classes()[0].requests == 1u);
  BOOST_TEST(t.classes()[0].tokens == 7u);
  BOOST_TEST((t.length() == seconds(2)));
  BOOST_TEST(t.outcomes().size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_timeline_shows_who_waits_and_who_runs) {
  timeline line;
  line.add(answered(0, 600, 1100, 8), true);
  outcome refused;
  refused.how = ending::overload;
  refused.intended = refused.ended = milliseconds(300);
  line.add(refused, false);
  std::chrono::nanoseconds length{};
  const auto slots = line.slots(100, length);
  BOOST_TEST((length == timeline::slot_length));
  BOOST_TEST(slots.size() == 5u);
  const std::vector<std::uint32_t> waiting{1, 1, 0, 0, 0}, running{1, 1, 1, 1, 0};
  double tokens = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    BOOST_TEST(slots[i].waiting == waiting[i]);
    BOOST_TEST(slots[i].in_flight == running[i]);
    tokens += slots[i].tokens;
  }
  BOOST_TEST(slots[1].refused == 1u);
  BOOST_TEST(slots[4].good == 1u);
  BOOST_TEST(tokens == 8.0);
  const auto joined = line.slots(2, length);
  BOOST_TEST(joined.size() == 2u);
  BOOST_TEST((length == 3 * timeline::slot_length));
  BOOST_TEST(joined[1].in_flight == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
