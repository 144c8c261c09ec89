#include "runtime/actor.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/crank.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

struct add {
  int value = 0;
};

struct total : asks<int> {};

struct fail_now {};

struct keep_silent : asks<int> {};

class counter : public actor<counter, add, total, fail_now, keep_silent> {
 public:
  using actor::actor;

  void on(add m) { sum_ += m.value; }

  void on(total m) { m.to.answer(sum_); }

  void on(fail_now) { throw std::runtime_error("asked to fail"); }

  void on(keep_silent m) { kept_.push_back(std::move(m.to)); }

 private:
  int sum_ = 0;
  std::vector<reply_to<int>> kept_;
};

struct begin {};

/// Asks on its own turn and keeps what it heard.
class asker : public actor<asker, begin> {
 public:
  asker(home where, counter::address_type whom, std::vector<std::string>& heard)
      : actor(where), whom_(std::move(whom)), heard_(heard) {}

  void on(begin) {
    ask(whom_, total{}, 1s, [this](auto error, int value) { hear("total", error, value); });
    ask(whom_, keep_silent{}, 1s, [this](auto error, int value) { hear("silent", error, value); });
  }

 private:
  void hear(const std::string& what, boost::system::error_code error, int value) {
    heard_.push_back(what + " " + (error ? error.message() : std::to_string(value)));
  }

  counter::address_type whom_;
  std::vector<std::string>& heard_;
};

BOOST_AUTO_TEST_SUITE(actors)

BOOST_AUTO_TEST_CASE(an_ask_is_answered_or_late) {
  crank by;
  std::vector<std::string> heard;
  const auto whom = spawn<counter>(by, {.name = "counter"});
  const auto who = spawn<asker>(by, {.name = "asker"}, whom, heard);
  BOOST_TEST((whom.tell(add{40}) == told::accepted));
  BOOST_TEST((whom.tell(add{2}) == told::accepted));
  BOOST_TEST((who.tell(begin{}) == told::accepted));
  by.run();
  BOOST_TEST(heard == std::vector<std::string>{"total 42"}, boost::test_tools::per_element());
  by.advance(999ms);
  BOOST_TEST(heard.size() == 1u);
  by.advance(1ms);
  BOOST_TEST_REQUIRE(heard.size() == 2u);
  BOOST_TEST(heard[1] == "silent no answer before the deadline");
  who.stop();
  whom.stop();
  by.run();
}

BOOST_AUTO_TEST_CASE(a_failure_answers_asks_and_tells_the_watcher) {
  crank by;
  std::vector<std::string> heard;
  terminated end;
  const auto whom =
      spawn<counter>(by, {.name = "counter", .watcher = [&end](const terminated& t) { end = t; }});
  const auto who = spawn<asker>(by, {.name = "asker"}, whom, heard);
  BOOST_TEST((who.tell(begin{}) == told::accepted));
  by.run();
  BOOST_TEST((whom.tell(fail_now{}) == told::accepted));
  by.run();
  BOOST_TEST(end.failed);
  BOOST_TEST(end.name == "counter");
  BOOST_TEST(end.reason == "asked to fail");
  BOOST_TEST_REQUIRE(heard.size() == 2u);
  BOOST_TEST(heard[1] == "silent the actor failed before it answered");
  BOOST_TEST((whom.tell(add{1}) == told::closed));
  who.stop();
  by.run();
}

BOOST_AUTO_TEST_CASE(a_full_mailbox_refuses_and_a_closing_one_finishes) {
  crank by;
  bool ended = false;
  const auto whom =
      spawn<counter>(by, {.name = "c", .mailbox = 2, .watcher = [&](const terminated&) { ended = true; }});
  BOOST_TEST((whom.tell(add{1}) == told::accepted));
  BOOST_TEST((whom.tell(add{1}) == told::accepted));
  BOOST_TEST((whom.tell(add{1}) == told::full));
  BOOST_TEST((whom.notify(add{1}) == told::accepted));
  whom.stop();
  BOOST_TEST(!ended);
  BOOST_TEST(by.run() >= 4u);
  BOOST_TEST(ended);
  BOOST_TEST((whom.tell(add{1}) == told::closed));
  BOOST_TEST((whom.notify(add{1}) == told::closed));
}

BOOST_AUTO_TEST_CASE(letters_of_many_threads_arrive_once_each_in_order) {
  struct sequence {
    int sender = 0;
    int number = 0;
  };

  class judge : public actor<judge, sequence> {
   public:
    judge(home where, std::atomic<int>& seen, std::atomic<bool>& ordered)
        : actor(where), seen_(seen), ordered_(ordered), next_(8, 0) {}

    void on(sequence m) {
      int& next = next_[static_cast<std::size_t>(m.sender)];
      if (m.number != next++) ordered_ = false;
      ++seen_;
    }

   private:
    std::atomic<int>& seen_;
    std::atomic<bool>& ordered_;
    std::vector<int> next_;
  };

  boost::asio::io_context io;
  asio_scheduler by(io);
  std::atomic<int> seen{0};
  std::atomic<bool> ordered{true};
  std::atomic<bool> ended{false};
  constexpr int letters = 20'000;
  const auto whom =
      spawn<judge>(by, {.name = "judge", .mailbox = 64, .watcher = [&](const terminated&) { ended = true; }},
                   seen, ordered);
  auto work = boost::asio::make_work_guard(io);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([&io] { io.run(); });
  {
    std::vector<std::jthread> senders;
    for (int s = 0; s < 3; ++s) {
      senders.emplace_back([&, s] {
        for (int n = 0; n < letters; ++n) {
          while (whom.tell(sequence{s, n}) != told::accepted) std::this_thread::yield();
        }
      });
    }
  }
  whom.stop();
  work.reset();
  threads.clear();
  BOOST_TEST(ended);
  BOOST_TEST(ordered);
  BOOST_TEST(seen == 3 * letters);
}

BOOST_AUTO_TEST_CASE(the_manual_clock_fires_in_order_and_forgets_the_cancelled) {
  manual_time time;
  std::vector<int> fired;
  const timer second = time.call_after(2s, [&] { fired.push_back(2); });
  const timer first = time.call_after(1s, [&] { fired.push_back(1); });
  timer never = time.call_after(1500ms, [&] { fired.push_back(9); });
  BOOST_TEST((time.next_due() == time.now() + 1s));
  never.cancel();
  time.advance(3s);
  BOOST_TEST(fired == (std::vector<int>{1, 2}), boost::test_tools::per_element());
  BOOST_TEST((time.next_due() == time_point::max()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
