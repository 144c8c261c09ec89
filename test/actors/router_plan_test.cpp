#include "actors/router_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <numeric>
#include <utility>
#include <vector>

namespace hawser::actors {
namespace {

/// Replicas of 4 seats and 1000 pages of 16 tokens.
struct desk {
  explicit desk(std::uint32_t replicas, router_limits limits = {}) : plan(limits) {
    for (std::uint32_t i = 0; i < replicas; ++i) {
      raise(i);
      plan.open(i, true);
    }
  }

  void raise(std::uint32_t which) {
    plan.know({which, {}, 4, {.page_tokens = 16, .groups = {{.window = 0, .pages = 1000}}}});
  }

  /// A prompt of its own kind: tokens count up from `first`.
  static join request(request_id id, model::token_id first, std::uint32_t tokens, std::string key = {}) {
    join made;
    made.id = id;
    made.key = std::move(key);
    std::vector<model::token_id> prompt(tokens);
    std::iota(prompt.begin(), prompt.end(), first);
    made.prompt = std::make_shared<const std::vector<model::token_id>>(std::move(prompt));
    made.max_tokens = 100;
    return made;
  }

  std::uint32_t place(request_id id, model::token_id first, std::uint32_t tokens, std::string key = {}) {
    const auto at = plan.place(request(id, first, tokens, std::move(key)));
    BOOST_REQUIRE(at.has_value());
    return *at;
  }

  void finish(request_id id) {
    plan.take(started{id});
    plan.take(answering{id});
    plan.take(left{.id = id, .why = finish::stop});
  }

  router_plan plan;
};

BOOST_AUTO_TEST_SUITE(router_plan_)

BOOST_AUTO_TEST_CASE(equal_replicas_take_turns) {
  desk d(3);
  std::vector<std::uint32_t> seen(3);
  for (request_id id = 1; id <= 9; ++id) ++seen[d.place(id, static_cast<int>(1000 * id), 100)];
  BOOST_TEST((seen == std::vector<std::uint32_t>{3, 3, 3}));
}

BOOST_AUTO_TEST_CASE(who_begins_alike_goes_where_that_is_computed) {
  desk d(2);
  const std::uint32_t home = d.place(1, 0, 640);
  d.finish(1);
  BOOST_TEST(d.place(2, 5000, 640) != home);
  d.finish(2);
  for (request_id id = 3; id < 6; ++id) {
    BOOST_TEST(d.place(id, 0, 800) == home);
    d.finish(id);
  }
  // Another key's prefixes are not its own.
  BOOST_TEST(d.place(6, 0, 640, "other") != home);
}

BOOST_AUTO_TEST_CASE(keys_may_share) {
  desk d(2, {.share_prefixes = true});
  const std::uint32_t home = d.place(1, 0, 640);
  d.finish(1);
  d.finish((d.place(2, 5000, 64), 2));
  BOOST_TEST(d.place(3, 0, 640, "other") == home);
}

BOOST_AUTO_TEST_CASE(a_crowd_of_one_prefix_spreads_when_the_others_have_less_to_do) {
  desk d(2);
  const std::uint32_t home = d.place(1, 0, 640);
  std::vector<std::uint32_t> seen(2);
  for (request_id id = 2; id <= 12; ++id) ++seen[d.place(id, 0, 640)];
  BOOST_TEST(seen[home] >= 5u);
  BOOST_TEST(seen[1 - home] >= 4u);
  // What has been answered is not in anybody's way.
  for (request_id id = 1; id <= 12; ++id) d.finish(id);
  BOOST_TEST(d.plan.size() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_computed_weighs_less) {
  desk d(2);
  BOOST_TEST(d.place(1, 0, 3000) == 0u);
  BOOST_TEST(d.place(2, 10'000, 3000) == 1u);
  d.plan.take(answering{2});
  BOOST_TEST(d.place(3, 20'000, 1000) == 1u);
  // The batcher knows better what it has.
  d.plan.take(joined{1, 2990});
  BOOST_TEST(d.place(4, 30'000, 1000) == 0u);
}

BOOST_AUTO_TEST_CASE(a_faster_device_gets_more) {
  desk d(2);
  d.plan.know_batch({.replica = 0, .prefill_rate = 1000});
  d.plan.know_batch({.replica = 1, .prefill_rate = 3000});
  std::vector<std::uint32_t> seen(2);
  for (request_id id = 1; id <= 8; ++id) ++seen[d.place(id, static_cast<int>(10'000 * id), 5000)];
  BOOST_TEST((seen == std::vector<std::uint32_t>{2, 6}));
  const batch_state all = d.plan.state();
  BOOST_TEST(all.prefill_rate == 4000.0);
}

BOOST_AUTO_TEST_CASE(letters_go_where_the_request_is) {
  desk d(2);
  BOOST_TEST(d.place(1, 0, 10) == 0u);
  BOOST_TEST(d.place(2, 100, 10) == 1u);
  BOOST_TEST((d.plan.take(hold{2, true}) == 1u));
  BOOST_TEST((d.plan.take(leave{.id = 1, .why = finish::cancelled, .message = {}}) == 0u));
  BOOST_TEST((d.plan.take(postpone{2, {}}) == 1u));
  d.plan.take(left{.id = 1});
  BOOST_TEST(!d.plan.take(leave{.id = 1, .why = finish::cancelled, .message = {}}));
  refused no;
  no.id = 1;
  BOOST_TEST(!d.plan.take(shed{no}));
}

BOOST_AUTO_TEST_CASE(who_has_no_seat_yet_begins_again_elsewhere_with_all_that_was_said) {
  desk d(2);
  BOOST_TEST(d.place(1, 0, 10) == 0u);
  BOOST_TEST(d.place(2, 100, 10) == 1u);
  join third = desk::request(3, 200, 10);
  third.deadline = runtime::time_point(std::chrono::minutes(1));
  BOOST_TEST((d.plan.place(third) == 0u));
  (void)d.plan.take(hold{3, true});
  (void)d.plan.take(leave{.id = 3, .why = finish::cancelled, .message = "gone"});
  (void)d.plan.take(postpone{3, runtime::time_point(std::chrono::hours(1))});
  d.plan.open(0, false);
  const auto moved = d.plan.take(handed_back{0, 3});
  BOOST_REQUIRE(moved.again.size() == 1u);
  BOOST_TEST(moved.again[0].replica == 1u);
  BOOST_TEST(moved.again[0].held);
  BOOST_TEST(moved.again[0].leaving->message == "gone");
  BOOST_TEST((moved.again[0].request.deadline == runtime::time_point(std::chrono::hours(1))));
  BOOST_TEST(moved.again[0].request.prompt->size() == 10u);
  // It is there no longer.
  BOOST_TEST(d.plan.take(handed_back{0, 3}).again.empty());
  BOOST_TEST((d.plan.take(hold{3, false}) == 1u));
  d.plan.open(1, false);
  const auto none = d.plan.take(handed_back{1, 3});
  BOOST_TEST(none.again.empty());
  BOOST_TEST((none.lost == std::vector<request_id>{3}));
}

BOOST_AUTO_TEST_CASE(with_its_batcher_who_has_begun_is_lost) {
  desk d(2);
  for (request_id id = 1; id <= 4; ++id) (void)d.place(id, static_cast<int>(100 * id), 10);
  d.plan.take(started{1});
  const auto moved = d.plan.take(replica_failed{0, "x"});
  BOOST_TEST((moved.lost == std::vector<request_id>{1}));
  BOOST_REQUIRE(moved.again.size() == 1u);
  BOOST_TEST(moved.again[0].request.id == 3u);
  // It gets nothing until it is open again.
  BOOST_TEST(d.place(5, 900, 10) == 1u);
  d.raise(0);
  BOOST_TEST(d.place(6, 1000, 10) == 1u);
  d.plan.open(0, true);
  BOOST_TEST(d.place(7, 1100, 10) == 0u);
  d.plan.open(0, false);
  d.plan.open(1, false);
  BOOST_TEST(!d.plan.place(desk::request(8, 0, 10)));
}

BOOST_AUTO_TEST_CASE(its_room_is_that_of_all_who_are_open) {
  desk d(3);
  BOOST_TEST(d.plan.room().seats == 12u);
  d.plan.open(1, false);
  const know_room two = d.plan.room();
  BOOST_TEST(two.seats == 8u);
  BOOST_TEST(two.room.groups.at(0).pages == 2000u);
  BOOST_TEST(two.room.page_tokens == 16u);
}

BOOST_AUTO_TEST_CASE(a_device_that_comes_back_has_computed_nothing) {
  desk d(2);
  BOOST_TEST(d.place(1, 0, 640) == 0u);
  d.finish(1);
  d.plan.open(0, false);
  d.plan.open(0, true);
  BOOST_TEST(d.place(2, 0, 640) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(prefix_map_)

BOOST_AUTO_TEST_CASE(it_remembers_so_many_blocks_and_the_shared_ones_longest) {
  prefix_map map(4, {1, 2});
  map.fit(5);
  std::vector<model::token_id> text(20);
  std::iota(text.begin(), text.end(), 0);
  const auto all = map.blocks_of("w", text);
  BOOST_REQUIRE(all.size() == 5u);
  map.note(all, 3);
  BOOST_TEST(map.held(all, 3) == 20u);
  BOOST_TEST(map.held(all, 2) == 0u);
  BOOST_TEST(map.held(map.blocks_of("v", text), 3) == 0u);
  // Two of another text that begins alike: the ends of the first one go.
  std::vector<model::token_id> other(text.begin(), text.begin() + 8);
  for (int i = 0; i < 8; ++i) other.push_back(100 + i);
  map.note(map.blocks_of("w", other), 3);
  BOOST_TEST(map.size() == 5u);
  BOOST_TEST(map.held(map.blocks_of("w", other), 3) == 16u);
  BOOST_TEST(map.held(all, 3) == 12u);
  map.note(all, 1);
  map.forget(3);
  BOOST_TEST(map.held(all, 3) == 0u);
  BOOST_TEST(map.held(all, 1) == 20u);
  map.fit(2);
  BOOST_TEST(map.held(all, 1) == 8u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
