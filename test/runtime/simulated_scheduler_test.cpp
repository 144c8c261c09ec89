#include "runtime/actor.hpp"
#include "runtime/simulated_scheduler.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

struct hello {
  int from = 0;
};

/// Notes who spoke to it in which order, and speaks to the next.
class gossip : public actor<gossip, hello> {
 public:
  gossip(home where, std::string& log) : actor(where), log_(log) {}

  void on(hello m) {
    log_ += static_cast<char>('a' + m.from);
    timer_ = after(5ms, [this] { log_ += '.'; });
  }

 private:
  std::string& log_;
  timer timer_;
};

/// Its timer holds an actor that rests.
void end(simulated_scheduler& by, const gossip::address_type& who) {
  who.stop();
  while (by.step()) {
  }
}

std::string run(std::uint64_t seed, simulated_habits how = {}) {
  std::string log;
  simulated_scheduler by(seed, how);
  std::vector<gossip::address_type> all;
  for (int i = 0; i < 5; ++i) all.push_back(spawn<gossip>(by, {.name = "gossip"}, log));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) all[static_cast<std::size_t>(i)].notify(hello{i});
  }
  for (const auto& one : all) one.stop();
  while (by.step()) {
  }
  for (const cell_ptr& one : by.known()) BOOST_TEST(one->ended());
  BOOST_TEST(by.time().pending() == 0u);
  return log;
}

BOOST_AUTO_TEST_SUITE(simulated_schedulers)

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run_and_others_do_not) {
  for (const simulated_habits& how :
       {simulated_habits{}, simulated_habits{3, 1ms, 0}, simulated_habits{1, 0ms, 4}}) {
    std::set<std::string> different;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const std::string once = run(seed, how);
      BOOST_TEST(once == run(seed, how));
      different.insert(once);
    }
    BOOST_TEST(different.size() > 25u);
  }
}

BOOST_AUTO_TEST_CASE(letters_of_one_sender_keep_their_order) {
  std::string log;
  simulated_scheduler by(7, {4, 0ms, 3});
  const auto one = spawn<gossip>(by, {.name = "gossip"}, log);
  for (int i = 0; i < 20; ++i) one.notify(hello{i});
  BOOST_TEST(one.where()->letters().inside() == 20u);
  while (by.turn()) {
  }
  BOOST_TEST(log == "abcdefghijklmnopqrst");
  BOOST_TEST(one.where()->letters().inside() == 0u);
  end(by, one);
}

BOOST_AUTO_TEST_CASE(time_passes_only_when_all_rest_or_as_turns_cost) {
  std::string log;
  simulated_scheduler free(1);
  const time_point start = free.time().now();
  const auto one = spawn<gossip>(free, {.name = "gossip"}, log);
  one.notify(hello{});
  while (free.turn()) {
  }
  BOOST_TEST((free.time().now() == start));
  BOOST_TEST(free.time().pending() == 1u);
  BOOST_TEST(free.step());
  BOOST_TEST((free.time().now() == start + 5ms));
  while (free.turn()) {
  }
  BOOST_TEST(log == "a.");
  BOOST_TEST(!free.step());

  simulated_scheduler costly(1, {1, 1ms, 0});
  const auto other = spawn<gossip>(costly, {.name = "gossip"}, log);
  for (int i = 0; i < 50; ++i) other.notify(hello{});
  while (costly.turn()) {
  }
  const auto took = costly.time().now() - start;
  BOOST_TEST((took > 10ms && took <= 50ms));
  end(costly, other);
}

BOOST_AUTO_TEST_CASE(dice_are_fair_enough_and_forks_do_not_disturb) {
  dice one(42);
  dice other(42);
  dice part = other.fork();
  (void)one.fork();
  for (int i = 0; i < 100; ++i) (void)part.draw();
  BOOST_TEST(one.draw() == other.draw());
  std::vector<int> seen(6, 0);
  for (int i = 0; i < 6000; ++i) ++seen[one.below(6)];
  for (const int n : seen) BOOST_TEST((n > 850 && n < 1150));
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t n = one.between(3, 5);
    BOOST_TEST((n >= 3 && n <= 5));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
