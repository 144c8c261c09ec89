#include "actors/kv_pool.hpp"
#include "actors/page_table.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>
#include <vector>

namespace hawser::actors {
namespace {

BOOST_AUTO_TEST_SUITE(kv)

BOOST_AUTO_TEST_CASE(pages_are_taken_shared_and_given_back) {
  kv_pool pool(3);
  std::set<model::page_id> taken{pool.take(), pool.take(), pool.take()};
  BOOST_TEST((taken == std::set<model::page_id>{0, 1, 2}));
  BOOST_TEST((pool.take() == model::no_page));
  pool.share(1);
  BOOST_TEST(pool.owners(1) == 2u);
  pool.give(1);
  BOOST_TEST(pool.free() == 0u);
  pool.give(1);
  BOOST_TEST(pool.free() == 1u);
  BOOST_TEST(pool.take() == 1u);
}

BOOST_AUTO_TEST_CASE(a_table_grows_slides_and_releases) {
  kv_pool pool(8);
  page_table table({.page_tokens = 4, .window = 6}, 40);
  BOOST_TEST(table.missing(9) == 3u);
  BOOST_TEST(table.grow(9, pool));
  const auto* before = table.entries().data();
  BOOST_TEST(pool.used() == 3u);
  // A token at 9 sees 4..9: the page of 0..3 goes.
  table.slide(9, pool);
  BOOST_TEST(table.held() == 2u);
  BOOST_TEST(table.grow(28, pool));
  BOOST_TEST(table.entries().data() == before);
  BOOST_TEST(pool.used() == 6u);
  BOOST_TEST(!table.grow(40, pool));
  BOOST_TEST(pool.used() == 6u);
  table.release(pool);
  BOOST_TEST(pool.used() == 0u);
  BOOST_TEST(table.held() == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_window_holds_at_most) {
  const page_shape all{.page_tokens = 16, .window = 0};
  const page_shape some{.page_tokens = 16, .window = 32};
  BOOST_TEST(all.most_held(100, 10) == 7u);
  BOOST_TEST(some.most_held(20, 8) == 2u);
  // A chunk of 8 after 31 tokens: 39 positions touch at most four pages of 16.
  BOOST_TEST(some.most_held(1000, 8) == 4u);
}

// Every position that a token sees lies in an owned page, whatever the chunks are, and never more than
// most_held().
BOOST_AUTO_TEST_CASE(windows_hold_what_is_seen) {
  std::mt19937 random(3);
  const auto chance = [&random] { return static_cast<std::uint32_t>(random()); };
  for (int round = 0; round < 300; ++round) {
    const page_shape shape{.page_tokens = 1 + chance() % 9, .window = 1 + chance() % 30};
    const std::uint32_t chunk = 1 + chance() % 12;
    kv_pool pool(500);
    page_table table(shape, 300);
    std::uint32_t position = 0;
    while (position < 250) {
      const std::uint32_t tokens = 1 + chance() % chunk;
      table.slide(position, pool);
      BOOST_TEST_REQUIRE(table.grow(position + tokens, pool));
      BOOST_TEST_REQUIRE(table.held() <= shape.most_held(300, chunk));
      const std::uint32_t first = position + 1 >= shape.window ? position + 1 - shape.window : 0;
      for (std::uint32_t p = first; p < position + tokens; ++p) {
        BOOST_TEST_REQUIRE(pool.owners(table.entries()[p / shape.page_tokens]) == 1u);
      }
      position += tokens;
    }
    table.release(pool);
    BOOST_TEST_REQUIRE(pool.used() == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
