#include <boost/test/unit_test.hpp>

#include "simulation/campaign.hpp"

#include <string>

namespace hawser::simulation {
namespace {

const scenario& server() {
  return *find_scenario("server");
}

BOOST_AUTO_TEST_SUITE(server_scenario)

BOOST_AUTO_TEST_CASE(a_slice_of_seeds_holds_all_properties) {
  const campaign_result all = run_campaign(server(), {.from = 1, .seeds = 400});
  BOOST_TEST(all.seeds == 400u);
  for (const failed_seed& one : all.failed)
    BOOST_TEST(false, "seed " << one.seed << ": " << one.broken.front());
  // A simulation in which nothing happens finds nothing.
  const client_tally& c = all.clients;
  BOOST_TEST(c.asked > 4000u);
  BOOST_TEST(c.generated * 5 > c.asked);
  BOOST_TEST(c.refused > 100u);
  BOOST_TEST(c.failed > 20u);
  BOOST_TEST(c.left > 50u);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_trace_whoever_looks_on) {
  for (std::uint64_t seed = 1000; seed < 1020; ++seed) {
    const run_result plain = server().run(seed, 0);
    const run_result told = server().run(seed, 1'000'000);
    BOOST_TEST(plain.hash == told.hash);
    BOOST_TEST(plain.lines.empty());
    BOOST_TEST(told.lines.size() >= told.turns);
    BOOST_TEST(told.dropped == 0u);
    BOOST_TEST(plain.hash != server().run(seed + 1, 0).hash);
  }
}

BOOST_AUTO_TEST_CASE(a_campaign_on_threads_is_the_same_campaign) {
  const campaign_result one = run_campaign(server(), {.from = 77, .seeds = 60, .threads = 1});
  const campaign_result three = run_campaign(server(), {.from = 77, .seeds = 60, .threads = 3});
  BOOST_TEST(one.hash == three.hash);
  BOOST_TEST(one.turns == three.turns);
}

BOOST_AUTO_TEST_CASE(a_scenario_that_fails_is_reported_and_ends_the_campaign) {
  const scenario bad{"bad", "", [](std::uint64_t seed, std::size_t) {
                       run_result r;
                       r.hash = seed;
                       if (seed % 3 == 0) r.broken.emplace_back("by three");
                       return r;
                     }};
  const campaign_result all = run_campaign(bad, {.from = 1, .seeds = 1000, .most_failures = 4});
  BOOST_TEST(all.failed.size() == 4u);
  BOOST_TEST(all.failed.front().seed == 3u);
  BOOST_TEST(all.seeds == 12u);
}

BOOST_AUTO_TEST_CASE(a_run_that_depends_on_more_than_its_seed_is_found) {
  const scenario bad{"bad", "", [](std::uint64_t, std::size_t) {
                       static std::uint64_t runs = 0;
                       run_result r;
                       r.hash = ++runs;
                       return r;
                     }};
  const campaign_result all =
      run_campaign(bad, {.from = 1, .seeds = 20, .twice_every = 5, .most_failures = 100});
  BOOST_TEST(all.failed.size() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::simulation
