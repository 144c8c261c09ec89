/// Random trees, messages, failures, restarts, stops and kills, on two threads. What must hold in every run:
/// each question has exactly one answer, each tree ends, nothing is left behind.
#include "runtime/asio_scheduler.hpp"
#include "runtime/dice.hpp"
#include "runtime/group.hpp"
#include "runtime/registry.hpp"
#include "runtime/supervisor.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

struct work;
struct riddle;

/// What all actors of a run share and count.
struct tally {
  std::vector<address<work, riddle>> everybody;  // complete before the threads start
  std::atomic<std::int64_t> asked{0};
  std::atomic<std::int64_t> answered{0};
  std::atomic<std::int64_t> sent{0};
  std::atomic<std::int64_t> settled{0};
  std::atomic<std::int64_t> alive{0};
  std::atomic<std::int64_t> letters{0};
  std::atomic<std::int64_t> handled{0};
};

/// Counts itself, so that a letter that is lost or destroyed twice shows.
struct counted {
  explicit counted(tally& in) : in_(&in) { in_->letters.fetch_add(1); }
  counted(const counted& other) : in_(other.in_) { in_->letters.fetch_add(1); }
  counted& operator=(const counted&) = delete;
  ~counted() { in_->letters.fetch_sub(1); }

 private:
  tally* in_;
};

struct work {
  counted self;
  std::uint64_t luck = 0;
  std::uint32_t depth = 0;
};
struct riddle : asks<std::uint64_t> {
  riddle(std::uint64_t number, std::uint32_t levels) : luck(number), depth(levels) {}
  std::uint64_t luck = 0;
  std::uint32_t depth = 0;
};
struct meet {};

class node : public actor<node, work, riddle, meet, terminated> {
 public:
  node(home where, std::shared_ptr<tally> all) : actor(where), all_(std::move(all)) {
    all_->alive.fetch_add(1);
  }
  ~node() override { all_->alive.fetch_sub(1); }

  void on(meet) {
    for (const auto& each : all_->everybody) each.watch(self());
  }
  void on(const terminated&) { ++ended_; }
  void on(const work& m) { act(m.luck, m.depth); }
  void on(riddle m) {
    dice luck(m.luck);
    if (luck.one_in(4)) {
      held_.push_back(std::move(m.to));
    } else if (!luck.one_in(6)) {
      m.to.answer(m.luck);
    }
    act(luck.draw(), m.depth);
  }

 private:
  void act(std::uint64_t seed, std::uint32_t depth) {
    all_->handled.fetch_add(1);
    dice luck(seed);
    if (luck.one_in(397)) throw std::runtime_error("bad luck");
    if (luck.one_in(997)) return close();
    if (luck.one_in(5) && !held_.empty()) held_.pop_back();
    if (depth == 0) return;
    const std::uint32_t times = luck.between(0, 3);
    for (std::uint32_t i = 0; i < times; ++i) send(luck, depth - 1);
  }

  void send(dice& luck, std::uint32_t depth) {
    const auto& to = all_->everybody[luck.below(static_cast<std::uint32_t>(all_->everybody.size()))];
    switch (luck.below(6)) {
    case 0:
      (void)to.tell_first(work{counted(*all_), luck.draw(), depth});
      break;
    case 1:
      all_->asked.fetch_add(1);
      // The completion may be dropped with its asker, so what counts it is destroyed in either case.
      ask(to, riddle(luck.draw(), depth), 50ms,
          [count = countdown(all_, &tally::answered)](auto, std::uint64_t) {});
      break;
    case 2:
      all_->sent.fetch_add(1);
      tell_when_room(to, work{counted(*all_), luck.draw(), depth}, 50ms,
                     [count = countdown(all_, &tally::settled)](auto) {});
      break;
    case 3:
      if (luck.one_in(40)) to.kill();
      break;
    default:
      (void)to.tell(work{counted(*all_), luck.draw(), depth});
      break;
    }
  }

  static std::shared_ptr<void> countdown(std::shared_ptr<tally> in,
                                         std::atomic<std::int64_t> tally::* which) {
    tally* const raw = in.get();
    return {raw, [in = std::move(in), which](void*) { ((*in).*which).fetch_add(1); }};
  }

  std::shared_ptr<tally> all_;
  std::vector<reply_to<std::uint64_t>> held_;
  int ended_ = 0;
};

struct forest {
  std::vector<node::address_type> nodes;
  std::vector<address<>> tops;
};

child_options drawn(dice& luck, const std::string& name) {
  return {.name = name,
          .mailbox = luck.between(1, 64),
          .worker = luck.one_in(3) ? luck.below(2) : any_worker,
          .again = luck.one_in(5) ? restart::transient : restart::permanent,
          .waiting = luck.one_in(2) ? mail::kept : mail::refused,
          .stop_within = 200ms};
}

restart_limits drawn_limits(dice& luck) {
  return {.how = static_cast<strategy>(luck.below(3)),
          .restarts = luck.one_in(4) ? luck.below(5) : 1'000,
          .within = 1s};
}

void plant(forest& into, scheduler& by, dice& luck, const std::shared_ptr<tally>& all,
           std::atomic<int>& trees) {
  supervision top(by, {.name = "top", .limits = drawn_limits(luck)});
  for (std::uint32_t i = luck.between(1, 4); i > 0; --i)
    into.nodes.push_back(top.add<node>(drawn(luck, "leaf"), all));
  if (luck.one_in(2)) {
    supervision inner(by, {.name = "inner", .limits = drawn_limits(luck)});
    for (std::uint32_t i = luck.between(1, 3); i > 0; --i)
      into.nodes.push_back(inner.add<node>(drawn(luck, "twig"), all));
    (void)top.add(std::move(inner), {.stop_within = 500ms});
  }
  trees.fetch_add(1);
  into.tops.push_back(std::move(top).start([&trees](const terminated&) { trees.fetch_sub(1); }));
}

BOOST_AUTO_TEST_SUITE(stress)

BOOST_DATA_TEST_CASE(random_trees_lose_nothing_and_end, boost::unit_test::data::xrange(24), seed) {
  auto all = std::make_shared<tally>();
  std::atomic<int> trees{0};
  boost::asio::io_context shared(2);
  boost::asio::io_context workers[2]{boost::asio::io_context{1}, boost::asio::io_context{1}};
  asio_scheduler by(shared.get_executor(), 2, {workers[0].get_executor(), workers[1].get_executor()});
  {
    dice luck(static_cast<std::uint64_t>(seed) + 1);
    forest grown;
    for (std::uint32_t i = luck.between(1, 5); i > 0; --i) plant(grown, by, luck, all, trees);
    for (const auto& each : grown.nodes) all->everybody.emplace_back(each);
    for (const auto& each : grown.nodes) {
      if (luck.one_in(3)) (void)each.notify(meet{});
    }
    std::vector<std::jthread> threads;
    auto guards =
        std::array{make_work_guard(shared), make_work_guard(workers[0]), make_work_guard(workers[1])};
    for (boost::asio::io_context* io : {&shared, &shared, workers, workers + 1})
      threads.emplace_back([io] { io->run(); });
    for (int i = 0; i < 4'000 && trees.load() > 0; ++i) {
      const auto& to = grown.nodes[luck.below(static_cast<std::uint32_t>(grown.nodes.size()))];
      while (to.tell(work{counted(*all), luck.draw(), luck.between(1, 9)}) == told::full)
        std::this_thread::yield();
      if (i % 500 == 0) (void)registry::snapshot(&by);
    }
    for (const auto& each : grown.tops) each.stop();
    while (trees.load() > 0) std::this_thread::yield();
    for (auto& guard : guards) guard.reset();
    threads.clear();
    // A loop may have ended before another one gave it its last turns.
    for (std::size_t done = 1; done > 0;) {
      done = 0;
      for (boost::asio::io_context* io : {&shared, workers, workers + 1}) {
        io->restart();
        done += io->run();
      }
    }
  }
  all->everybody.clear();
  BOOST_TEST_MESSAGE("seed " << seed << ": " << all->handled << " letters, " << all->asked << " asks, "
                             << all->sent << " sent when there was room");
  BOOST_TEST(all->alive == 0);
  BOOST_TEST(all->letters == 0);
  BOOST_TEST(all->answered == all->asked);
  BOOST_TEST(all->settled == all->sent);
  BOOST_TEST(registry::snapshot(&by).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
