#include "actors/waiting_line.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;
using runtime::time_point;

/// A line, and who stands in it.
struct queue {
  explicit queue(runtime::duration ageing) : line(ageing) {}

  sequence_ptr push(std::string key, priority rank, time_point at, float share = 1.0f) {
    auto who = std::make_shared<sequence>();
    who->arrival = arrivals++;
    who->spec.key = std::move(key);
    who->spec.rank = rank;
    who->spec.share = share;
    who->arrived = at;
    line.push(who);
    return who;
  }

  /// Gives the front a seat, at a price.
  sequence_ptr serve(time_point now, double tokens = 100.0) {
    const sequence_ptr who = line.front(now).who;
    BOOST_TEST_REQUIRE((who != nullptr));
    line.seat(*who, now);
    line.charge(*who, tokens);
    return who;
  }

  waiting_line line;
  std::uint64_t arrivals = 0;
};

BOOST_AUTO_TEST_SUITE(waiting_line_)

BOOST_AUTO_TEST_CASE(the_line_is_in_order) {
  queue q(10s);
  const time_point now{};
  const auto a = q.push("", priority::batch, now);
  const auto b = q.push("", priority::standard, now);
  q.push("", priority::standard, now + 1s);
  BOOST_TEST((q.line.front(now + 1s).who == b));
  BOOST_TEST(q.line.front(now + 1s).level == 1u);
  // 20 s in the line take batch to the front class, and it came first.
  BOOST_TEST((q.line.front(now + 20s).who == a));
  BOOST_TEST(q.line.front(now + 20s).level == 0u);
  q.line.remove(*b);
  q.line.remove(*b);
  BOOST_TEST(q.line.size() == 2u);
  // Who comes back has its old place.
  q.line.push(b);
  BOOST_TEST((q.line.front(now + 1s).who == b));
  BOOST_TEST(q.line.size() == 3u);
  BOOST_TEST(q.line.size(priority::standard) == 2u);
}

BOOST_AUTO_TEST_CASE(keys_take_turns_by_what_they_have_used) {
  queue q(0s);
  const time_point now{};
  std::map<std::string, double> used;
  const auto ask = [&](const char* key, float share) { q.push(key, priority::standard, now, share); };
  // One floods, two always have somebody waiting, one of them with a double share.
  for (int i = 0; i < 500; ++i) ask("flood", 1.0f);
  for (int i = 0; i < 2; ++i) {
    ask("modest", 1.0f);
    ask("double", 2.0f);
  }
  std::mt19937 random(1);
  for (int i = 0; i < 400; ++i) {
    const double tokens = 1.0 + static_cast<double>(random() % 200);
    const std::string key = q.serve(now, tokens)->spec.key;
    used[key] += tokens;
    if (key == "modest") ask("modest", 1.0f);
    if (key == "double") ask("double", 2.0f);
  }
  // Never further apart than what one request costs.
  BOOST_TEST(std::abs(used["flood"] - used["modest"]) <= 200.0);
  BOOST_TEST(std::abs(used["double"] / 2 - used["modest"]) <= 200.0);
}

BOOST_AUTO_TEST_CASE(a_pause_saves_nothing_up) {
  queue q(0s);
  const time_point now{};
  for (int i = 0; i < 50; ++i) q.push("busy", priority::standard, now);
  for (int i = 0; i < 40; ++i) q.serve(now);
  for (int i = 0; i < 10; ++i) q.push("late", priority::standard, now);
  int late = 0;
  for (int i = 0; i < 10; ++i) late += q.serve(now)->spec.key == "late" ? 1 : 0;
  BOOST_TEST(late >= 4);
  BOOST_TEST(late <= 6);
}

BOOST_AUTO_TEST_CASE(a_flood_does_not_rise_above_everybody) {
  queue q(10s);
  time_point now{};
  for (int i = 0; i < 100; ++i) q.push("flood", priority::standard, now);
  now += 30s;
  // The first has waited long enough; after it the key waits anew.
  BOOST_TEST(q.serve(now)->spec.key == "flood");
  q.push("someone", priority::interactive, now);
  BOOST_TEST(q.serve(now + 1s)->spec.key == "someone");
  BOOST_TEST(q.line.front(now + 9s).level == 1u);
  BOOST_TEST(q.line.front(now + 10s).level == 0u);
}

BOOST_AUTO_TEST_CASE(who_lost_its_seat_has_waited_since_it_came) {
  queue q(10s);
  const time_point now{};
  const auto a = q.push("a", priority::batch, now);
  q.push("a", priority::batch, now);
  BOOST_TEST((q.serve(now + 1s) == a));
  a->displaced = true;
  q.line.push(a);
  const auto newer = q.push("b", priority::interactive, now + 20s);
  BOOST_TEST((q.line.front(now + 20s).who == a));
  q.line.seat(*a, now + 20s);
  BOOST_TEST((q.line.front(now + 20s).who == newer));
}

BOOST_AUTO_TEST_CASE(keys_that_are_gone_are_forgotten) {
  queue q(0s);
  const time_point now{};
  for (int i = 0; i < 10'000; ++i) {
    q.push("key " + std::to_string(i), priority::standard, now);
    q.serve(now, 0.0);
  }
  fair_line line;
  for (int i = 0; i < 10'000; ++i) {
    auto who = std::make_shared<sequence>();
    who->spec.key = std::to_string(i);
    line.push(who);
    line.remove(*who);
  }
  BOOST_TEST(line.accounts() <= 64u);
  BOOST_TEST(line.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
