// Who gives way when memory is short: the ledger's table, and what the pools and the batch plan make of it.
#include "actors/ingress_plan.hpp"
#include "actors/memory_ledger.hpp"
#include "runtime/dice.hpp"
#include "test/actors/plan_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

memory_facts holding(std::initializer_list<std::pair<memory_owner, std::uint64_t>> lines,
                     std::uint64_t limit = 1000) {
  memory_facts made;
  made.limit = limit;
  for (const auto& [who, bytes] : lines) made.held[static_cast<std::size_t>(who)] = bytes;
  return made;
}

constexpr ledger_limits limits{.results = 300, .gc_interval = 1s, .relief_from = 0.9};

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(what_is_left_may_be_used) {
  memory_ledger plan(limits);
  const auto now =
      holding({{memory_owner::weights, 400}, {memory_owner::kv, 100}, {memory_owner::results, 50}});
  // 350 are left below 900; results never get more than they were made for.
  const memory_orders expected{.results = 300, .kv = 450};
  BOOST_TEST((plan.weigh(now, {}) == expected));
}

struct relief {
  const char* about;
  memory_facts now;
  memory_orders expected;
};

// Each line is one step further down: 900 is where relief begins, 1000 the limit.
const std::vector<relief> reliefs{
    {"remembered answers go first",
     holding({{memory_owner::weights, 600}, {memory_owner::kv, 100}, {memory_owner::results, 250}}),
     {.results = 200, .kv = 100, .give_back = true}},
    {"then pages",
     holding({{memory_owner::weights, 600},
              {memory_owner::kv, 300},
              {memory_owner::prefixes, 50},
              {memory_owner::results, 30}}),
     {.results = 0, .kv = 300, .give_back = true}},
    {"of pages also what is free, but backed",
     holding({{memory_owner::weights, 600}, {memory_owner::kv, 200}, {memory_owner::spare, 150}}),
     {.results = 0, .kv = 300, .give_back = true}},
    {"then those of sequences",
     holding({{memory_owner::weights, 600}, {memory_owner::kv, 300}, {memory_owner::queues, 90}}),
     {.results = 0, .kv = 210, .give_back = true}},
    {"never below nothing",
     holding({{memory_owner::weights, 990}, {memory_owner::kv, 20}, {memory_owner::other, 80}}),
     {.results = 0, .kv = 0, .give_back = true}},
};

BOOST_AUTO_TEST_CASE(owners_give_way_in_order) {
  for (const relief& one : reliefs) {
    BOOST_TEST_CONTEXT(one.about) {
      memory_ledger plan(limits);
      const memory_orders made = plan.weigh(one.now, {});
      BOOST_TEST(made.results == one.expected.results);
      BOOST_TEST(made.kv == one.expected.kv);
      BOOST_TEST(made.give_back == one.expected.give_back);
      BOOST_TEST(!made.short_of_memory);
    }
  }
}

BOOST_AUTO_TEST_CASE(memory_is_given_back_now_and_then_and_newcomers_are_refused_when_that_does_not_help) {
  memory_ledger plan(limits);
  const runtime::time_point start{};
  const auto full = holding({{memory_owner::weights, 800}, {memory_owner::queues, 250}});
  const auto near = holding({{memory_owner::weights, 800}, {memory_owner::queues, 150}});
  BOOST_TEST(plan.weigh(full, start).give_back);
  BOOST_TEST(!plan.weigh(full, start + 50ms).give_back);
  BOOST_TEST(plan.weigh(full, start + 100ms).short_of_memory);
  // Another try does not let anybody in before it has helped.
  const memory_orders again = plan.weigh(full, start + 1s);
  BOOST_TEST((again.give_back && again.short_of_memory));
  BOOST_TEST(!plan.weigh(near, start + 1050ms).short_of_memory);
  BOOST_TEST(!plan.weigh(near, start + 1100ms).give_back);
}

BOOST_AUTO_TEST_CASE(what_gives_way_does_not_stand_in_a_newcomers_way) {
  memory_facts now = holding({{memory_owner::weights, 500},
                              {memory_owner::prefixes, 200},
                              {memory_owner::spare, 100},
                              {memory_owner::results, 150}});
  BOOST_TEST(now.fits(500));
  BOOST_TEST(!now.fits(501));
  now.short_of_memory = true;
  BOOST_TEST(!now.fits(1));
  now.limit = 0;
  BOOST_TEST(now.fits(1u << 30));
}

BOOST_AUTO_TEST_CASE(a_board_adds_up_what_many_write) {
  memory_board board;
  board.set(memory_owner::results, 7);
  board.change(memory_owner::buffers, 0, 100);
  board.change(memory_owner::buffers, 0, 50);
  board.change(memory_owner::buffers, 100, 20);
  BOOST_TEST(board.read().of(memory_owner::buffers) == 70u);
  BOOST_TEST(board.read().sum() == 77u);
}

BOOST_AUTO_TEST_CASE(pages_are_warm_or_cold) {
  kv_pool pool(6);
  BOOST_TEST(pool.backed() == 0u);
  pool.allow(2);
  BOOST_TEST(pool.free() == 2u);
  const model::page_id a = pool.take();
  const model::page_id b = pool.take();
  BOOST_TEST((pool.take() == model::no_page));
  pool.give(a);
  BOOST_TEST(pool.warm() == 1u);
  pool.allow(1);  // what is backed stays
  BOOST_TEST(pool.free() == 1u);
  BOOST_TEST((pool.cool() == a));
  BOOST_TEST((pool.cool() == model::no_page));
  BOOST_TEST(pool.backed() == 1u);
  BOOST_TEST(pool.free() == 0u);
  BOOST_TEST(pool.used() == 1u);
  BOOST_TEST(pool.stretch(3));
  BOOST_TEST(pool.free() == 3u);
  BOOST_TEST(!pool.stretch(3));
  BOOST_TEST(pool.stretch(100));
  BOOST_TEST(pool.free() == 5u);
  pool.give(b);
}

BOOST_AUTO_TEST_CASE(idle_pages_go_before_those_of_sequences) {
  // 16 pages of 4 tokens and 64 bytes.
  plan_fixture at({.pages = 16}, {.prefix_share = 1.0});
  at.join(1, std::string(15, 'a'), 4);
  at.run_all();
  BOOST_TEST(at.plan.bytes().idle == 4u * 64u);
  at.join(2, std::string(20, 'b'), 12);
  at.turn();
  const auto held = at.plan.bytes();
  at.plan.fit(held.used, true);
  at.turn();
  BOOST_TEST(at.plan.bytes().idle == 0u);
  BOOST_TEST(at.plan.load().preemptions == 0u);
  // It is the first in order, so it goes on although that is more than was allowed.
  at.run_all();
  BOOST_TEST(at.backend.discarded() >= 4u);
  BOOST_TEST(at.answers[2] == at.expected(2));
}

BOOST_AUTO_TEST_CASE(the_lowest_class_loses_its_pages_and_finds_them_again_or_computes_them_anew) {
  for (const bool room_for_them : {true, false}) {
    plan_fixture at({.pages = 32}, {.expected_answer = 4, .prefix_share = 1.0});
    at.join(1, std::string(9, 'a'), 30);
    at.join(2, std::string(9, 'b'), 30, priority::batch);
    for (int i = 0; i < 6; ++i) at.turn();
    const auto held = at.plan.bytes();
    at.plan.fit(room_for_them ? held.used - 64 : held.used / 2, true);
    at.turn();
    BOOST_TEST(at.plan.load().preemptions == 1u);
    BOOST_TEST((at.plan.bytes().idle > 0) == room_for_them);
    at.plan.fit(32 * 64, false);
    at.run_all();
    at.check_owners();
    BOOST_TEST(at.answers[1] == at.expected(1));
    BOOST_TEST(at.answers[2] == at.expected(2));
    BOOST_TEST(at.starts.size() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(memory_is_given_back_when_nothing_runs) {
  plan_fixture at({.pages = 16}, {.prefix_share = 1.0});
  at.join(1, std::string(15, 'a'), 4);
  at.run_all();
  at.plan.fit(0, true);
  BOOST_TEST(at.turn());
  BOOST_TEST(at.plan.bytes().idle == 0u);
  BOOST_TEST(at.plan.bytes().spare == 0u);
  BOOST_TEST(!at.turn());
  // Nothing is allowed: one alone is answered all the same.
  at.join(2, std::string(15, 'b'), 20);
  at.join(3, std::string(15, 'c'), 20);
  at.run_all();
  BOOST_TEST(at.answers[2] == at.expected(2));
  BOOST_TEST(at.answers[3] == at.expected(3));
}

// Windows and full layers together, in random order of everything.
BOOST_AUTO_TEST_CASE(answers_are_right_whatever_is_allowed_when) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    runtime::dice chance(seed);
    fake_options device{.seats = 5, .pages = 60};
    if (chance.one_in(2)) device.windows.push_back(chance.between(4, 12));
    plan_fixture at(device, {.expected_answer = chance.between(1, 30), .prefix_share = 0.5});
    for (request_id id = 1; id <= 12; ++id) {
      at.join(id, std::string(chance.between(1, 40), static_cast<char>('a' + chance.below(2))),
              chance.between(1, 40), static_cast<priority>(chance.below(3)));
    }
    for (int i = 0; i < 4000 && at.turn(); ++i) {
      if (chance.one_in(3)) at.plan.fit(chance.below(2 * 60 * 64), chance.one_in(2));
    }
    at.run_all();
    at.check_owners();
    for (request_id id = 1; id <= 12; ++id) BOOST_TEST(at.answers[id] == at.expected(id));
  }
}

BOOST_AUTO_TEST_CASE(the_door_counts_what_it_lets_in_and_refuses_what_does_not_fit) {
  ingress_plan plan({.admission = {.control = false}, .longest = 1000, .vocabulary = 300});
  memory_facts now;
  now.limit = 1u << 20;
  plan.know_memory(now);
  const auto asked = [](request_id id, std::size_t bytes) {
    generate g;
    g.id = id;
    g.spec.prompt = plain_prompt{std::string(bytes, 'x')};
    g.spec.max_tokens = 10;
    return g;
  };
  generate small = asked(1, 1000);
  BOOST_TEST(!plan.arrive(small, phase::ready, {}, 0.5).has_value());
  BOOST_TEST(plan.bytes() > 4000u);
  const std::uint64_t of_one = plan.bytes();
  generate large = asked(2, 300'000);
  const auto no = plan.arrive(large, phase::ready, {}, 0.5);
  BOOST_REQUIRE(no.has_value());
  BOOST_TEST((no->why == refusal::overloaded));
  BOOST_TEST(no->limit == "memory");
  BOOST_TEST(no->retry_after >= 1s);
  BOOST_TEST(no->message.find("memory_limit") != std::string::npos);
  BOOST_TEST(plan.bytes() == of_one);
  const auto next = plan.prompt_made({1, std::vector<model::token_id>(100, 1)}, {}, 0.5);
  BOOST_TEST((next && !next->no));
  BOOST_TEST(plan.bytes() < of_one);
  plan.left({.id = 1, .why = finish::stop});
  BOOST_TEST(plan.bytes() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
