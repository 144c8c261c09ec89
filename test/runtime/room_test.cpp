#include "runtime/actor.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/crank.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

struct item {
  int number = 0;
};
struct urgent {
  int number = 0;
};
struct begin {};

class shop : public actor<shop, item, urgent> {
 public:
  shop(home where, std::vector<int>& got) : actor(where), got_(got) {}
  void on(item m) { got_.push_back(m.number); }
  void on(urgent m) { got_.push_back(-m.number); }

 private:
  std::vector<int>& got_;
};

struct fixture {
  crank by;
  boost::asio::io_context& io = static_cast<boost::asio::io_context&>(by.context());
  std::vector<int> got;
  std::vector<std::string> heard;
  shop::address_type whom = spawn<shop>(by, {.name = "shop", .mailbox = 2}, got);

  void send(int number, duration within = 1s) {
    async_tell(whom, item{number}, by.time(), within, io.get_executor(),
               [this, number](boost::system::error_code error) {
                 heard.push_back(std::to_string(number) + (error ? " " + error.message() : " sent"));
               });
  }

  std::string hear() {
    io.restart();
    io.poll();
    std::string all;
    for (const std::string& each : heard) all += (all.empty() ? "" : ", ") + each;
    heard.clear();
    return all;
  }

  void fill() {
    BOOST_TEST_REQUIRE((whom.tell(item{1}) == told::accepted));
    BOOST_TEST_REQUIRE((whom.tell(item{2}) == told::accepted));
  }
};

BOOST_FIXTURE_TEST_SUITE(room_in_a_mailbox, fixture)

BOOST_AUTO_TEST_CASE(with_room_a_letter_is_sent_at_once) {
  send(1);
  BOOST_TEST(hear() == "1 sent");
}

BOOST_AUTO_TEST_CASE(senders_wait_in_line_and_each_letter_read_lets_one_in) {
  fill();
  for (int i = 3; i <= 5; ++i) send(i);
  BOOST_TEST(hear().empty());
  BOOST_TEST(by.turn());
  BOOST_TEST(hear() == "3 sent");
  // One who does not wait does not get before those who do.
  item late{9};
  BOOST_TEST((whom.tell(std::move(late)) == told::full));
  by.run();
  BOOST_TEST(hear() == "4 sent, 5 sent");
  BOOST_TEST(got == (std::vector<int>{1, 2, 3, 4, 5}), boost::test_tools::per_element());
  BOOST_TEST((whom.tell(item{6}) == told::accepted));
}

BOOST_AUTO_TEST_CASE(one_that_waits_too_long_gives_up_its_place) {
  fill();
  send(3, 1s);
  send(4, 5s);
  by.time().advance(1s);
  BOOST_TEST(hear() == "3 no answer before the deadline");
  by.run();
  BOOST_TEST(hear() == "4 sent");
  BOOST_TEST(got == (std::vector<int>{1, 2, 4}), boost::test_tools::per_element());
  BOOST_TEST((by.time().next_due() == time_point::max()));
}

BOOST_AUTO_TEST_CASE(who_waits_hears_of_the_end) {
  fill();
  send(3);
  whom.kill();
  by.run();
  BOOST_TEST(hear() == "3 the actor has stopped");
  send(4);
  BOOST_TEST(hear() == "4 the actor has stopped");
}

BOOST_AUTO_TEST_CASE(who_waits_for_one_that_stops_is_refused) {
  fill();
  send(3);
  whom.stop();
  by.run();
  const std::string what = hear();
  // The stop waits behind two letters, so there was room before it.
  BOOST_TEST(what == "3 sent");
  BOOST_TEST(got == (std::vector<int>{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(control_messages_need_no_room_and_come_first) {
  fill();
  BOOST_TEST((whom.tell_first(urgent{7}) == told::accepted));
  BOOST_TEST((whom.tell_first(urgent{8}) == told::accepted));
  by.run();
  BOOST_TEST(got == (std::vector<int>{-7, -8, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_refused_message_is_as_it_was) {
  struct text {
    std::string what;
  };
  class reader : public actor<reader, text> {
   public:
    using actor::actor;
    void on(const text&) {}
  };
  const auto who = spawn<reader>(by, {.name = "reader", .mailbox = 1});
  text m{std::string(100, 'x')};
  BOOST_TEST((who.tell(std::move(m)) == told::accepted));
  text other{std::string(100, 'y')};
  BOOST_TEST((who.tell(std::move(other)) == told::full));
  BOOST_TEST(other.what == std::string(100, 'y'));
  by.run();
}

/// Sends `count` items, each when there is room for it.
class pusher : public actor<pusher, begin> {
 public:
  pusher(home where, shop::address_type to, int first, int count, std::atomic<int>& done)
      : actor(where), to_(std::move(to)), next_(first), end_(first + count), done_(done) {}

  void on(begin) {
    if (next_ == end_) {
      done_.fetch_add(1);
      return;
    }
    tell_when_room(to_, item{next_++}, 1min, [this](boost::system::error_code error) {
      if (!error) on(begin{});
    });
  }

 private:
  shop::address_type to_;
  int next_;
  int end_;
  std::atomic<int>& done_;
};

BOOST_AUTO_TEST_CASE(many_senders_on_threads_lose_nothing) {
  constexpr int senders = 6;
  constexpr int each = 3'000;
  boost::asio::io_context loop;
  asio_scheduler on(loop, 2);
  std::vector<int> received;
  std::atomic<int> done{0};
  {
    const auto to = spawn<shop>(on, {.name = "shop", .mailbox = 2}, received);
    std::vector<pusher::address_type> all;
    for (int s = 0; s < senders; ++s) {
      all.push_back(spawn<pusher>(on, {.name = "pusher"}, to, s * each, each, done));
      BOOST_TEST_REQUIRE((all.back().tell(begin{}) == told::accepted));
    }
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) threads.emplace_back([&loop] { loop.run(); });
  }
  BOOST_TEST(done == senders);
  BOOST_TEST_REQUIRE(received.size() == static_cast<std::size_t>(senders * each));
  std::vector<int> last(senders, -1);
  bool ordered = true;
  for (const int number : received) {
    int& before = last[static_cast<std::size_t>(number / each)];
    ordered = ordered && number > before;
    before = number;
  }
  BOOST_TEST(ordered);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
