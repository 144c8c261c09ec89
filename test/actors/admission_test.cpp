#include "actors/admission.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

const runtime::time_point start = runtime::time_point{} + 1h;

/// 1000 prompt tokens and, with four seats, 200 answer tokens a second; 100 pages of 10 tokens.
struct door {
  explicit door(admission_limits limits = {}) : gate(limits) {
    gate.know_room({.page_tokens = 10, .groups = {{.window = 0, .pages = 100}}}, 4);
    gate.know_rates(1000, 0.02);
  }

  [[nodiscard]] limit judge(const admission_ask& ask) { return gate.judge(ask, start, 0.0).over; }
  claim& enter(const admission_ask& ask) { return held.emplace_back(gate.enter(ask)); }

  admission gate;
  std::vector<claim> held;
};

admission_ask ask_for(std::uint64_t tokens, std::uint32_t most = 10, priority rank = priority::standard) {
  admission_ask ask;
  ask.tokens = tokens;
  ask.max_tokens = most;
  ask.rank = rank;
  return ask;
}

BOOST_AUTO_TEST_SUITE(admission_)

BOOST_AUTO_TEST_CASE(nobody_is_refused_by_an_idle_server) {
  for (const priority rank : {priority::interactive, priority::standard, priority::batch}) {
    door d;
    BOOST_TEST((d.judge(ask_for(900, 4096, rank)) == limit::none));
    BOOST_TEST((d.judge(ask_for(100'000, 4096, rank)) == limit::none));
  }
}

BOOST_AUTO_TEST_CASE(a_class_waits_for_those_before_it_only) {
  door d;
  d.enter(ask_for(200, 10, priority::interactive));
  d.enter(ask_for(300, 10, priority::standard));
  d.enter(ask_for(400, 10, priority::batch));
  BOOST_TEST(d.gate.wait(priority::interactive) == 0.2, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(d.gate.wait(priority::standard) == 0.5, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(d.gate.wait(priority::batch) == 0.9, boost::test_tools::tolerance(1e-9));
  BOOST_TEST((d.judge(ask_for(100, 10, priority::interactive)) == limit::none));
  BOOST_TEST((d.judge(ask_for(350, 10, priority::interactive)) == limit::wait));
}

BOOST_AUTO_TEST_CASE(seats_that_are_taken_are_waited_for) {
  door d;
  for (int i = 0; i < 4; ++i) {
    claim& c = d.enter(ask_for(1, 100));
    d.gate.seated(c);
    d.gate.answering(c, 1ms, start);
  }
  // Four times fifty tokens are to come, at fifty a second and seat; one of four must end.
  BOOST_TEST(d.gate.wait(priority::standard) == 0.25, boost::test_tools::tolerance(1e-9));
  d.gate.leave(d.held.back());
  BOOST_TEST(d.gate.wait(priority::standard) == 0.0);
  BOOST_TEST(d.gate.wait(priority::interactive) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_long_prompt_stands_in_nobodys_way_for_long) {
  door d;
  d.enter(ask_for(60'000, 10));
  BOOST_TEST(d.gate.wait(priority::standard) == 1.251, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(the_ladder_has_three_rungs_and_lets_down_slowly) {
  using enum priority;
  door d({.first_token = {500ms, 1s, 0ns}, .kv_share = 1.5});
  std::vector<claim> backlog;
  const auto load_up = [&](double to) {
    while (d.gate.load() < to) backlog.push_back(d.gate.enter(ask_for(20, 1, batch)));
  };
  const auto ease = [&](double to) {
    while (d.gate.load() > to) {
      d.gate.leave(backlog.back());
      backlog.pop_back();
    }
  };
  load_up(0.78);
  BOOST_TEST((d.judge(ask_for(1, 1, batch)) == limit::none));
  load_up(0.80);
  BOOST_TEST((d.judge(ask_for(1, 1, batch)) == limit::load));
  BOOST_TEST((d.judge(ask_for(1, 1, standard)) == limit::none));
  ease(0.77);
  BOOST_TEST((d.judge(ask_for(1, 1, batch)) == limit::load));
  ease(0.74);
  BOOST_TEST((d.judge(ask_for(1, 1, batch)) == limit::none));
  load_up(0.92);
  // Two keys: the one that has nearly everything is over its share.
  admission_ask rich = ask_for(1, 1, standard);
  admission_ask poor = ask_for(1, 1, standard);
  poor.key = "poor";
  d.enter(poor);
  BOOST_TEST((d.judge(rich) == limit::share));
  BOOST_TEST((d.judge(poor) == limit::none));
  rich.rank = interactive;
  BOOST_TEST((d.judge(rich) == limit::none));
  load_up(0.98);
  BOOST_TEST((d.judge(poor) == limit::load));
  BOOST_TEST((d.judge(rich) == limit::share));
  poor.rank = interactive;
  BOOST_TEST((d.judge(poor) == limit::none));
}

BOOST_AUTO_TEST_CASE(a_share_is_by_weight) {
  const auto over = [](float first, float second) {
    door d({.first_token = {500ms, 100s, 0ns},
            .shed_batch = 0.01,
            .shed_standard = 0.01,
            .shed_all = 9,
            .kv_share = 9});
    admission_ask a = ask_for(3000, 1), b = ask_for(2000, 1);
    a.key = "a";
    a.share = first;
    b.key = "b";
    b.share = second;
    d.enter(a);
    d.enter(b);
    std::string found;
    for (const auto& ask : {a, b}) {
      if (d.judge(ask) == limit::share) found += ask.key;
    }
    return found;
  };
  BOOST_TEST(over(1, 1) == "a");
  BOOST_TEST(over(2, 1) == "b");
  BOOST_TEST(over(0.5f, 0.1f) == "b");
}

BOOST_AUTO_TEST_CASE(pages_are_spoken_for_by_prompts_and_expected_answers) {
  door d({.shed_batch = 9, .shed_standard = 9, .shed_all = 9, .expected_answer = 100});
  d.enter(ask_for(300, 5000));  // 400 tokens of 1000
  d.enter(ask_for(190, 5000));
  BOOST_TEST(d.gate.kv_committed() == 0.69, boost::test_tools::tolerance(1e-9));
  BOOST_TEST((d.judge(ask_for(100, 5000)) == limit::none));
  BOOST_TEST((d.judge(ask_for(200, 5000)) == limit::kv_memory));
  // An interactive one takes them from the others.
  BOOST_TEST((d.judge(ask_for(10, 5000, priority::interactive)) == limit::none));
  d.gate.leave(d.held.back());
  // A large one comes in while half is free, and then the others wait for it.
  BOOST_TEST((d.judge(ask_for(800, 5000)) == limit::none));
}

BOOST_AUTO_TEST_CASE(answers_are_expected_to_be_as_long_as_they_were) {
  door d;
  claim& c = d.enter(ask_for(10, 5000));
  BOOST_TEST(d.gate.expected_answer(priority::standard) == 256u);
  for (int i = 0; i < 100; ++i) d.gate.learn(c, 10, 0, i % 10 == 0 ? 60 : 20, false);
  BOOST_TEST(d.gate.expected_answer(priority::standard) >= 20u);
  BOOST_TEST(d.gate.expected_answer(priority::standard) <= 66u);
  // One that was cut short by its own bound says nothing about the others.
  for (int i = 0; i < 100; ++i) d.gate.learn(c, 10, 0, 3, true);
  BOOST_TEST(d.gate.expected_answer(priority::standard) >= 20u);
  for (int i = 0; i < 100; ++i) d.gate.learn(c, 10, 0, 500, true);
  BOOST_TEST(d.gate.expected_answer(priority::standard) >= 480u);
}

BOOST_AUTO_TEST_CASE(what_the_prefix_cache_has_is_not_waited_for) {
  door d;
  claim& c = d.enter(ask_for(1000));
  const double whole = d.gate.kv_committed();
  d.gate.cached(c, 900);
  BOOST_TEST(whole - d.gate.kv_committed() == 0.9, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(d.gate.wait(priority::standard) == 0.1, boost::test_tools::tolerance(1e-9));
  for (int i = 0; i < 500; ++i) d.gate.learn(c, 1000, 1000, 10, false);
  d.gate.leave(c);
  // And is expected of the next.
  d.enter(ask_for(1000));
  BOOST_TEST(d.gate.wait(priority::standard) < 0.2);
  BOOST_TEST(d.gate.wait(priority::standard) > 0.05);
}

BOOST_AUTO_TEST_CASE(own_wishes_are_kept_or_refused_at_once) {
  door d;
  admission_ask ask = ask_for(300);
  ask.first_token_within = 200ms;
  BOOST_TEST((d.judge(ask) == limit::first_token));
  ask.first_token_within = 400ms;
  BOOST_TEST((d.judge(ask) == limit::none));
  d.enter(ask_for(200));
  BOOST_TEST((d.judge(ask) == limit::first_token));
  admission_ask steady = ask_for(10);
  steady.token_within = 10ms;
  BOOST_TEST((d.judge(steady) == limit::token_time));
  steady.token_within = 50ms;
  BOOST_TEST((d.judge(steady) == limit::none));
  admission_ask soon = ask_for(100);
  soon.left = 250ms;
  BOOST_TEST((d.judge(soon) == limit::deadline));
  soon.left = 350ms;
  BOOST_TEST((d.judge(soon) == limit::none));
}

BOOST_AUTO_TEST_CASE(those_that_are_sent_away_come_back_one_after_the_other) {
  door d;
  for (int i = 0; i < 6; ++i) d.enter(ask_for(990));
  std::chrono::milliseconds last{};
  for (int i = 0; i < 200; ++i) {
    const verdict v = d.gate.judge(ask_for(700), start, 0.5);
    BOOST_REQUIRE((v.over == limit::load || v.over == limit::wait));
    BOOST_TEST(v.retry_after >= last);
    last = v.retry_after;
  }
  BOOST_TEST(last == 60s);
  // Who obeys goes before who comes first.
  door e({.shed_batch = 9, .shed_standard = 9, .shed_all = 9, .kv_share = 9});
  for (int i = 0; i < 3; ++i) e.enter(ask_for(800, 1));
  BOOST_TEST((e.judge(ask_for(100)) == limit::none));
  admission_ask hasty = ask_for(100);
  hasty.first_token_within = 1ms;
  BOOST_TEST((e.judge(hasty) == limit::first_token));
  admission_ask back = ask_for(100);
  BOOST_TEST((e.judge(back) == limit::wait));
  back.returns = true;
  BOOST_TEST((e.judge(back) == limit::none));
}

BOOST_AUTO_TEST_CASE(without_throttling_only_the_bounds_hold) {
  door d({.control = false, .queued_requests = 3, .requests = 4, .queued_tokens = 100'000});
  admission_ask hopeless = ask_for(90'000);
  hopeless.left = 1ms;
  BOOST_TEST((d.judge(hopeless) == limit::none));
  d.enter(hopeless);
  BOOST_TEST((d.judge(ask_for(20'000)) == limit::queued_tokens));
  d.enter(ask_for(1));
  d.enter(ask_for(1));
  BOOST_TEST((d.judge(ask_for(1)) == limit::queued_requests));
  d.gate.seated(d.held.front());
  d.enter(ask_for(1));
  BOOST_TEST((d.judge(ask_for(1, 1, priority::batch)) == limit::requests));
}

BOOST_AUTO_TEST_CASE(waits_are_expected_as_they_came_true) {
  for (const double truth : {0.3, 1.0, 4.0}) {
    door d;
    for (int i = 0; i < 64; ++i) {
      d.enter(ask_for(500));
      claim late = d.gate.enter(ask_for(500));  // behind 500 tokens
      d.gate.answering(late, std::chrono::duration_cast<runtime::duration>(truth * 1s), start);
      d.gate.leave(late);
      d.gate.leave(d.held.back());
      d.held.pop_back();
    }
    BOOST_TEST(d.gate.correction() == truth, boost::test_tools::tolerance(0.08));
    d.enter(ask_for(500));
    BOOST_TEST(d.gate.wait(priority::standard) == 0.5 * d.gate.correction(),
               boost::test_tools::tolerance(1e-9));
  }
}

BOOST_AUTO_TEST_CASE(little_is_learned_of_what_says_little) {
  wait_correction c;
  c.learn(0.05, 4.0);  // too short to matter
  BOOST_TEST(c.factor() == 1.0);
  c.learn(1.0, 0.5, true);  // gave up before it was due
  BOOST_TEST(c.factor() == 1.0);
  c.learn(1.0, 2.0, true);
  const double once = c.factor();
  BOOST_TEST(once > 1.0);
  BOOST_TEST(once < 1.2);  // one is not believed at its word
  for (int i = 0; i < 1000; ++i) c.learn(1.0, 1e9);
  BOOST_TEST(c.factor() == 8.0, boost::test_tools::tolerance(1e-6));
  for (int i = 0; i < 1000; ++i) c.learn(1.0, 1e-9);
  BOOST_TEST(c.factor() == 0.125, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(everything_is_given_back) {
  door d;
  for (int i = 0; i < 30; ++i) {
    admission_ask ask = ask_for(static_cast<std::uint64_t>(7 * i), 33, static_cast<priority>(i % 3));
    ask.key = i % 2 == 0 ? "one" : "two";
    ask.sequences = static_cast<std::uint32_t>(1 + i % 4);
    claim& c = d.enter(ask);
    if (i % 5 == 1) d.gate.cached(c, 5);
    if (i % 3 > 0) d.gate.seated(c);
    if (i % 3 == 2) d.gate.answering(c, 1ms, start);
  }
  for (const claim& c : d.held) d.gate.leave(c);
  BOOST_TEST(d.gate.kv_committed() == 0.0);
  BOOST_TEST(d.gate.load() == 0.0);
  BOOST_TEST(d.gate.queued_tokens() == 0u);
  for (const priority rank : {priority::interactive, priority::standard, priority::batch}) {
    BOOST_TEST(d.gate.wait(rank, 4) == 0.0);
    BOOST_TEST(d.gate.queued(rank) == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
