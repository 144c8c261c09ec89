#include "runtime/actor.hpp"
#include "runtime/crank.hpp"
#include "runtime/delayed.hpp"
#include "runtime/group.hpp"
#include "runtime/registry.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

struct news {
  std::string text;
};
struct fail_now {};
struct look_at {
  address<news> whom;
};
struct pass_on {
  int hops = 0;
};
struct question : asks<std::uint64_t> {};

class listener : public actor<listener, news, fail_now, terminated, look_at> {
 public:
  listener(home where, std::vector<std::string>& heard) : actor(where), heard_(heard) {}
  void on(const news& m) { heard_.push_back(m.text); }
  void on(fail_now) { throw std::runtime_error("asked to fail"); }
  void on(const look_at& m) { watch(m.whom); }
  void on(const terminated& m) {
    heard_.push_back(m.name + (m.failed ? " failed: " + m.reason : " stopped") + " #" + std::to_string(m.id));
  }

 private:
  std::vector<std::string>& heard_;
};

struct fixture {
  crank by;
  std::vector<std::string> heard;
  std::vector<std::string> ignored;

  listener::address_type make(const std::string& name, std::vector<std::string>& to,
                              std::uint32_t mailbox = 8) {
    return spawn<listener>(by, {.name = name, .mailbox = mailbox}, to);
  }

  std::string hear() {
    by.run();
    std::string all;
    for (const std::string& each : heard) all += (all.empty() ? "" : ", ") + each;
    heard.clear();
    return all;
  }
};

BOOST_FIXTURE_TEST_SUITE(lives_and_ends, fixture)

BOOST_AUTO_TEST_CASE(each_watcher_hears_of_the_end_once) {
  const auto a = make("a", heard);
  const auto b = make("b", heard);
  const auto c = make("c", ignored);
  for (const auto& each : {a, b}) BOOST_TEST((each.tell(look_at{c}) == told::accepted));
  by.run();
  BOOST_TEST((c.tell(fail_now{}) == told::accepted));
  const std::string line = "c failed: asked to fail #" + std::to_string(c.id());
  BOOST_TEST(hear() == line + ", " + line);
  BOOST_TEST(hear().empty());
}

BOOST_AUTO_TEST_CASE(watching_one_that_has_ended_answers_at_once) {
  const auto a = make("a", heard);
  const auto b = make("b", ignored);
  b.stop();
  by.run();
  b.watch(a);
  BOOST_TEST(hear() == "b stopped #" + std::to_string(b.id()));
}

BOOST_AUTO_TEST_CASE(a_watch_can_be_taken_back) {
  const auto a = make("a", heard);
  const auto b = make("b", ignored);
  b.watch(a);
  b.unwatch(a);
  b.stop();
  BOOST_TEST(hear().empty());
}

BOOST_AUTO_TEST_CASE(one_that_nobody_can_reach_any_more_has_ended_too) {
  const auto a = make("a", heard);
  make("b", ignored).watch(a);
  BOOST_TEST(hear().starts_with("b stopped"));
}

BOOST_AUTO_TEST_CASE(watchers_that_end_are_forgotten) {
  const auto a = make("a", heard);
  for (int i = 0; i < 100; ++i) {
    const auto each = make("w", ignored);
    a.watch(each);
    each.stop();
    by.run();
  }
  std::size_t kept = 0;
  for (const actor_view& each : registry::snapshot(&by)) kept += each.name == "w" ? 1 : 0;
  BOOST_TEST(kept <= 9u);
}

BOOST_AUTO_TEST_CASE(a_constructor_that_throws_leaves_an_address_that_is_closed) {
  class unfinished : public actor<unfinished, news> {
   public:
    unfinished(home where, address<news>& out) : actor(where) {
      out = self();
      (void)out.tell(news{"too early"});
      throw std::runtime_error("no");
    }
    void on(const news&) {}
  };
  address<news> leaked;
  BOOST_CHECK_THROW((void)spawn<unfinished>(by, {.name = "u"}, leaked), std::runtime_error);
  by.run();
  BOOST_TEST((leaked.tell(news{"late"}) == told::closed));
}

BOOST_AUTO_TEST_CASE(a_group_reaches_all_and_loses_those_that_end) {
  const group<news> all(2);
  const auto a = make("a", heard);
  const auto b = make("b", heard, 1);
  const auto c = make("c", heard);
  BOOST_TEST((all.subscribe(a) == told::accepted));
  BOOST_TEST((all.subscribe(b) == told::accepted));
  BOOST_TEST((all.subscribe(b) == told::accepted));
  BOOST_TEST((all.subscribe(c) == told::full));
  published done = all.publish({"one"});
  BOOST_TEST(done.reached == 2u);
  done = all.publish({"two"});
  BOOST_TEST(done.reached == 1u);
  BOOST_TEST(done.refused == 1u);  // b has room for one
  BOOST_TEST(hear() == "one, one, two");
  b.stop();
  by.run();
  BOOST_TEST((all.subscribe(c) == told::accepted));  // in the place of b
  BOOST_TEST((all.subscribe(b) == told::closed));
  c.stop();
  by.run();
  BOOST_TEST(all.publish({"three"}).reached == 1u);
  BOOST_TEST(all.size() == 1u);
  all.leave(a);
  BOOST_TEST(all.publish({"four"}).reached == 0u);
  BOOST_TEST(hear() == "three");
}

/// Passes a message on, and notes the trace id that it saw; asks at the end.
class relay : public actor<relay, pass_on, question> {
 public:
  relay(home where, std::vector<std::uint64_t>& seen) : actor(where), seen_(seen) {}

  void on(pass_on m) {
    seen_.push_back(current_trace());
    if (m.hops > 1) {
      (void)self().tell(pass_on{m.hops - 1});
    } else if (m.hops == 1) {
      later_.push_back(tell_after(time(), 1s, self(), pass_on{0}));
    } else {
      ask(self(), question{}, 1s, [this](auto, std::uint64_t there) {
        seen_.push_back(there);
        seen_.push_back(current_trace());
      });
    }
  }
  void on(question m) { m.to.answer(current_trace()); }

 private:
  std::vector<std::uint64_t>& seen_;
  std::vector<timer> later_;
};

BOOST_AUTO_TEST_CASE(a_trace_id_goes_with_letters_timers_and_answers) {
  std::vector<std::uint64_t> seen;
  const auto who = spawn<relay>(by, {.name = "relay"}, seen);
  {
    const trace_scope under(77);
    BOOST_TEST((who.tell(pass_on{2}) == told::accepted));
  }
  {
    const trace_scope under(5);
    BOOST_TEST((who.tell(pass_on{9}) == told::accepted));
  }
  by.turn();
  BOOST_TEST(current_trace() == 0u);
  by.run();
  seen.clear();
  by.advance(1s);
  // From the timer on: two chains, both under their own ids to the very end.
  BOOST_TEST(seen == (std::vector<std::uint64_t>{77, 5, 77, 77, 5, 5}), boost::test_tools::per_element());
}

struct nap {};
struct spin {
  std::chrono::nanoseconds how_long{};
};

class sleeper : public actor<sleeper, nap, spin> {
 public:
  using actor::actor;
  void on(nap) {}
  void on(spin m) {
    const auto end = std::chrono::steady_clock::now() + m.how_long;
    while (std::chrono::steady_clock::now() < end) {
    }
  }
};

BOOST_AUTO_TEST_CASE(counters_say_what_an_actor_does_and_what_waits) {
  const auto who = spawn<sleeper>(by, {.name = "sleeper", .slow_handler = 1h});
  const auto counters = [&who] { return who.where()->counters(); };
  BOOST_TEST(counters().oldest.count() == 0);
  for (int i = 0; i < 3; ++i) BOOST_TEST((who.tell(nap{}) == told::accepted));
  const auto age = counters().oldest;
  BOOST_TEST(counters().waiting == 3u);
  BOOST_TEST(counters().oldest >= age);
  BOOST_TEST(counters().oldest.count() > 0);
  by.turn();
  BOOST_TEST(counters().waiting == 2u);
  BOOST_TEST(counters().messages == 1u);
  by.run();
  BOOST_TEST(counters().oldest.count() == 0);
  BOOST_TEST((who.tell(spin{1ms}) == told::accepted));
  by.run();
  BOOST_TEST(counters().messages == 4u);
  BOOST_TEST((counters().busy >= 900us));
  BOOST_TEST(counters().slow == 0u);
}

BOOST_AUTO_TEST_CASE(a_slow_handler_is_reported_with_its_message_and_trace) {
  std::vector<std::string> reports;
  by.report_slow([&reports](const slow_handler& s) {
    reports.push_back(std::string(s.actor) + " " + std::string(s.message) + " " + std::to_string(s.trace));
    BOOST_TEST((s.took >= 900us));
    BOOST_TEST(!s.runs);
  });
  const auto who = spawn<sleeper>(by, {.name = "sleeper", .slow_handler = 500us});
  const trace_scope under(31);
  BOOST_TEST((who.tell(spin{1ms}) == told::accepted));
  by.run();
  BOOST_TEST_REQUIRE(reports.size() == 1u);
  BOOST_TEST(reports[0].starts_with("sleeper "));
  BOOST_TEST(reports[0].ends_with("spin 31"));
  BOOST_TEST(who.where()->counters().slow == 1u);
}

/// Looks at the registry from within a handler.
class mirror : public actor<mirror, news> {
 public:
  mirror(home where, std::map<std::string, actor_view>& seen) : actor(where), seen_(seen) {}
  void on(const news&) {
    mine_ = spawn<sleeper>(by(), {.name = "child", .mailbox = 5});
    for (const actor_view& each : registry::snapshot(&by())) seen_[each.name] = each;
  }

 private:
  std::map<std::string, actor_view>& seen_;
  sleeper::address_type mine_;
};

BOOST_AUTO_TEST_CASE(the_registry_shows_who_is_there_and_what_they_are_at) {
  std::map<std::string, actor_view> seen;
  const auto who = spawn<mirror>(by, {.name = "mirror"}, seen);
  BOOST_TEST((who.tell(news{"look"}) == told::accepted));
  by.run();
  BOOST_TEST_REQUIRE(seen.size() == 2u);
  BOOST_TEST(seen["mirror"].handling.ends_with("news"));
  BOOST_TEST(seen["mirror"].parent == 0u);
  BOOST_TEST(seen["child"].parent == who.id());
  BOOST_TEST(seen["child"].bound == 5u);
  BOOST_TEST(seen["child"].handling.empty());
  crank other;
  BOOST_TEST(registry::snapshot(&other).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
