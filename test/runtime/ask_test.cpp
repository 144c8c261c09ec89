#include "runtime/actor.hpp"
#include "runtime/coroutine.hpp"
#include "runtime/crank.hpp"
#include "runtime/delayed.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

struct square : asks<int> {
  int of = 0;
  explicit square(int number = 0) : of(number) {}
};
struct keep : asks<int> {};
struct fail_now {};
struct begin {};
struct tick {};

class mathematician : public actor<mathematician, square, keep, fail_now> {
 public:
  using actor::actor;
  void on(square m) { m.to.answer(m.of * m.of); }
  void on(keep m) { kept_.push_back(std::move(m.to)); }
  void on(fail_now) { throw std::runtime_error("asked to fail"); }

 private:
  std::vector<reply_to<int>> kept_;
};

/// Asks in a coroutine, twice in turn.
class student : public actor<student, begin> {
 public:
  student(home where, mathematician::address_type whom, std::vector<std::string>& heard)
      : actor(where), whom_(std::move(whom)), heard_(heard) {}
  ~student() override { heard_.emplace_back("gone"); }

  void on(begin) { start(executor(), work()); }

 private:
  boost::asio::awaitable<void> work() {
    const int four = co_await ask(whom_, square(2), 1s, boost::asio::use_awaitable);
    const int sixteen = co_await ask(whom_, square(four), 1s, boost::asio::use_awaitable);
    heard_.push_back(std::to_string(sixteen));
    (void)co_await ask(whom_, keep(), 1s, boost::asio::use_awaitable);
    heard_.emplace_back("answered");
  }

  mathematician::address_type whom_;
  std::vector<std::string>& heard_;
};

// Without an exception in it, whose count of references the thread sanitizer cannot see.
using answer_future = std::future<std::pair<boost::system::error_code, int>>;
const auto no_throw = boost::asio::use_future(
    [](boost::system::error_code error, int answer) { return std::pair(error, answer); });

struct fixture {
  crank by;
  boost::asio::io_context& io = static_cast<boost::asio::io_context&>(by.context());
  mathematician::address_type whom = spawn<mathematician>(by, {.name = "m"});

  ~fixture() {
    whom.stop();
    by.run();
  }

  template <class Message>
  answer_future ask(Message m, duration within = 1s) {
    return async_ask(whom, std::move(m), by.time(), within, io.get_executor(), no_throw);
  }

  [[nodiscard]] bool is_open(answer_future& of) {
    by.run();
    return of.wait_until(std::chrono::steady_clock::time_point::min()) != std::future_status::ready;
  }

  /// What the future holds once everybody has come to rest. Asio completes futures on a thread of its own.
  std::string outcome(answer_future& of) {
    by.run();
    const auto [error, number] = of.get();
    return error ? error.message() : std::to_string(number);
  }
};

BOOST_FIXTURE_TEST_SUITE(questions, fixture)

BOOST_AUTO_TEST_CASE(a_future_gets_the_answer) {
  auto answer = ask(square(7));
  BOOST_TEST(outcome(answer) == "49");
}

BOOST_AUTO_TEST_CASE(a_future_gets_the_error_of_one_who_is_late) {
  auto answer = ask(keep(), 5s);
  BOOST_TEST(is_open(answer));
  by.advance(5s);
  BOOST_TEST(outcome(answer) == "no answer before the deadline");
}

BOOST_AUTO_TEST_CASE(one_who_fails_and_one_who_stops_answer_differently) {
  auto held = ask(keep());
  BOOST_TEST(is_open(held));
  whom.stop();
  BOOST_TEST(outcome(held) == "the actor has stopped");
  auto late = ask(square(1));
  BOOST_TEST(outcome(late) == "the actor has stopped");

  whom = spawn<mathematician>(by, {.name = "m"});
  held = ask(keep());
  (void)whom.tell(fail_now{});
  auto behind = ask(square(1));
  BOOST_TEST(outcome(held) == "the actor failed before it answered");
  BOOST_TEST(outcome(behind) == "the actor failed before it answered");

  whom = spawn<mathematician>(by, {.name = "m"});
  held = ask(keep());
  whom.kill();
  BOOST_TEST(outcome(held) == "the actor failed before it answered");
}

BOOST_AUTO_TEST_CASE(a_full_mailbox_refuses_a_question) {
  const auto small = spawn<mathematician>(by, {.name = "small", .mailbox = 1});
  BOOST_TEST((small.tell(fail_now{}) == told::accepted));
  auto answer = async_ask(small, square(2), by.time(), 1s, io.get_executor(), no_throw);
  BOOST_TEST(outcome(answer) == "the mailbox is full");
}

BOOST_AUTO_TEST_CASE(a_coroutine_awaits_answers_on_its_actors_turns) {
  std::vector<std::string> heard;
  const auto who = spawn<student>(by, {.name = "student"}, whom, heard);
  BOOST_TEST((who.tell(begin{}) == told::accepted));
  by.run();
  BOOST_TEST(heard == std::vector<std::string>{"16"}, boost::test_tools::per_element());
  // The last question is never answered: what the coroutine throws then fails its actor.
  terminated end;
  by.advance(1s);
  BOOST_TEST(heard == (std::vector<std::string>{"16", "gone"}), boost::test_tools::per_element());
  BOOST_TEST((who.where()->state() == actor_state::ended));
}

BOOST_AUTO_TEST_CASE(a_coroutine_ends_with_its_actor) {
  std::vector<std::string> heard;
  const auto who = spawn<student>(by, {.name = "student"}, whom, heard);
  BOOST_TEST((who.tell(begin{}) == told::accepted));
  by.run();
  who.stop();
  by.run();
  by.advance(2s);
  BOOST_TEST(heard == (std::vector<std::string>{"16", "gone"}), boost::test_tools::per_element());
}

class counter : public actor<counter, tick> {
 public:
  counter(home where, int& ticks) : actor(where), ticks_(ticks) {}
  void on(tick) { ++ticks_; }

 private:
  int& ticks_;
};

BOOST_AUTO_TEST_CASE(a_delayed_message_comes_once_and_can_be_taken_back) {
  int ticks = 0;
  const auto who = spawn<counter>(by, {.name = "c"}, ticks);
  const timer one = tell_after(by.time(), 2s, who, tick{});
  timer other = tell_after(by.time(), 2s, who, tick{});
  by.advance(1999ms);
  BOOST_TEST(ticks == 0);
  other.cancel();
  by.advance(1ms);
  BOOST_TEST(ticks == 1);
  by.advance(1h);
  BOOST_TEST(ticks == 1);
}

BOOST_AUTO_TEST_CASE(a_periodic_message_comes_each_period_until_its_timer_goes) {
  int ticks = 0;
  const auto who = spawn<counter>(by, {.name = "c"}, ticks);
  timer each = tell_every(by.time(), 100ms, who, tick{});
  by.advance(99ms);
  BOOST_TEST(ticks == 0);
  by.advance(1ms);
  BOOST_TEST(ticks == 1);
  by.advance(1s);
  BOOST_TEST(ticks == 11);
  each.cancel();
  by.advance(1s);
  BOOST_TEST(ticks == 11);
  BOOST_TEST((by.time().next_due() == time_point::max()));
}

BOOST_AUTO_TEST_CASE(a_slow_actor_does_not_collect_periodic_messages) {
  int ticks = 0;
  const auto who = spawn<counter>(by, {.name = "c", .mailbox = 3}, ticks);
  const timer each = tell_every(by.time(), 100ms, who, tick{});
  by.time().advance(10s);  // nobody turns
  BOOST_TEST(who.where()->counters().waiting == 3u);
  by.run();
  BOOST_TEST(ticks == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
