#include "runtime/actor.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/watchdog.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <initializer_list>
#include <latch>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

struct hop {
  int left = 0;
};

/// Notes the threads that it runs on, and sends the ball on.
class player : public actor<player, hop, address<hop>> {
 public:
  player(home where, std::set<std::thread::id>& threads, std::latch* end)
      : actor(where), threads_(threads), end_(end) {}

  void on(address<hop> to) { to_ = std::move(to); }
  void on(hop m) {
    threads_.insert(std::this_thread::get_id());
    if (m.left > 0) {
      (void)to_.tell(hop{m.left - 1});
    } else {
      end_->count_down();
    }
  }

 private:
  address<hop> to_;
  std::set<std::thread::id>& threads_;
  std::latch* end_;
};

/// Two workers with a thread each, and a shared loop with two.
struct machine {
  boost::asio::io_context shared{2};
  boost::asio::io_context first{1};
  boost::asio::io_context second{1};
  asio_scheduler by{shared.get_executor(), 2, {first.get_executor(), second.get_executor()}};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guards[3]{
      make_work_guard(shared), make_work_guard(first), make_work_guard(second)};
  std::vector<std::jthread> threads;

  void start() {
    for (boost::asio::io_context* each : {&shared, &shared, &first, &second})
      threads.emplace_back([each] { each->run(); });
  }
  /// Stops the players, who hold each other's addresses, and waits for all to be done.
  void end(std::initializer_list<player::address_type> players) {
    for (const auto& each : players) each.stop();
    for (auto& guard : guards) guard.reset();
    threads.clear();
  }
};

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(a_pinned_actor_runs_on_its_worker_alone) {
  machine m;
  std::set<std::thread::id> on_first;
  std::set<std::thread::id> on_second;
  std::latch end(1);
  const auto a = spawn<player>(m.by, {.name = "a", .worker = 0}, on_first, &end);
  const auto b = spawn<player>(m.by, {.name = "b", .worker = 1}, on_second, &end);
  BOOST_TEST((a.tell(address<hop>(b)) == told::accepted));
  BOOST_TEST((b.tell(address<hop>(a)) == told::accepted));
  BOOST_TEST((a.tell(hop{401}) == told::accepted));
  m.start();
  end.wait();
  const std::thread::id first = m.threads[2].get_id();
  const std::thread::id second = m.threads[3].get_id();
  m.end({a, b});
  BOOST_TEST((on_first == std::set{first}));
  BOOST_TEST((on_second == std::set{second}));
}

BOOST_AUTO_TEST_CASE(a_path_stays_on_the_worker_where_it_began) {
  machine m;
  std::set<std::thread::id> on_pinned;
  std::set<std::thread::id> on_free;
  std::latch end(1);
  const auto pinned = spawn<player>(m.by, {.name = "pinned", .worker = 1}, on_pinned, &end);
  const auto free = spawn<player>(m.by, {.name = "free"}, on_free, &end);
  BOOST_TEST((pinned.tell(address<hop>(free)) == told::accepted));
  m.start();
  // Told from its own thread, so that it is idle when the ball comes.
  BOOST_TEST((free.tell(address<hop>(pinned)) == told::accepted));
  while (free.where()->counters().messages < 1 || !free.where()->letters().resting())
    std::this_thread::yield();
  BOOST_TEST((pinned.tell(hop{1000}) == told::accepted));
  end.wait();
  const std::thread::id second = m.threads[3].get_id();
  m.end({pinned, free});
  BOOST_TEST((on_pinned == std::set{second}));
  BOOST_TEST((on_free == std::set{second}));
}

BOOST_AUTO_TEST_CASE(any_executor_will_do) {
  std::set<std::thread::id> threads;
  std::latch end(1);
  boost::asio::thread_pool pool(2);
  asio_scheduler by(pool.get_executor(), 2);
  {
    const auto a = spawn<player>(by, {.name = "a", .worker = 7}, threads, &end);  // no such worker: anywhere
    BOOST_TEST((a.tell(address<hop>(a)) == told::accepted));
    BOOST_TEST((a.tell(hop{5000}) == told::accepted));
    end.wait();
    a.stop();
  }
  pool.join();
  BOOST_TEST(threads.size() >= 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_watchdog)

BOOST_AUTO_TEST_CASE(each_handler_that_is_stuck_is_named_once) {
  const cell* const a = reinterpret_cast<const cell*>(16);
  const cell* const b = reinterpret_cast<const cell*>(32);
  watchdog_plan plan;
  const auto look = [&plan](std::vector<thread_view> threads, std::uint64_t now) {
    std::vector<const cell*> who;
    for (const thread_view& each : plan.look(threads, now)) who.push_back(each.who);
    return who;
  };
  const auto at = [](const cell* who, std::uint64_t since) {
    return thread_view{.who = who, .what = nullptr, .since = since, .trace = 0, .limit = 10};
  };
  BOOST_TEST(look({at(a, 100), at(b, 95)}, 105).empty());
  BOOST_TEST(look({at(a, 100), at(b, 95)}, 110) == std::vector{b}, boost::test_tools::per_element());
  BOOST_TEST(look({at(a, 100), at(b, 95)}, 111) == std::vector{a}, boost::test_tools::per_element());
  BOOST_TEST(look({at(a, 100), at(b, 95)}, 200).empty());
  BOOST_TEST(look({at(a, 150), at(b, 95)}, 201) == std::vector{a}, boost::test_tools::per_element());
  BOOST_TEST(look({at(a, 300)}, 290).empty());  // the clocks of two processors differ a little
}

struct wait_here {};

/// Blocks its thread until it is let go.
class blocker : public actor<blocker, wait_here> {
 public:
  blocker(home where, std::latch& released) : actor(where), released_(released) {}
  void on(wait_here) { released_.wait(); }

 private:
  std::latch& released_;
};

BOOST_AUTO_TEST_CASE(names_the_actor_and_the_message_while_it_blocks) {
  boost::asio::io_context io;
  asio_scheduler by(io);
  std::latch released(1);
  std::string seen;
  std::atomic<int> calls{0};
  // Only what the watchdog says lets the handler go on.
  const watchdog dog(1ms, [&](const slow_handler& s) {
    if (s.actor != "blocker" || calls.fetch_add(1) > 0) return;
    seen = std::string(s.message) + " " + std::to_string(s.trace) + (s.runs ? " runs" : "");
    released.count_down();
  });
  const auto who = spawn<blocker>(by, {.name = "blocker", .slow_handler = 2ms}, released);
  {
    const trace_scope under(12);
    BOOST_TEST((who.tell(wait_here{}) == told::accepted));
  }
  io.run();
  BOOST_TEST(seen.ends_with("wait_here 12 runs"));
  BOOST_TEST(calls == 1);
  BOOST_TEST(who.where()->counters().slow == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
