#include <boost/test/unit_test.hpp>

#include "simulation/campaign.hpp"

namespace hawser::simulation {
namespace {

BOOST_AUTO_TEST_SUITE(actors_scenario)

BOOST_AUTO_TEST_CASE(a_slice_of_seeds_holds_all_properties) {
  const campaign_result all = run_campaign(*find_scenario("actors"), {.from = 1, .seeds = 500});
  BOOST_TEST(all.seeds == 500u);
  for (const failed_seed& one : all.failed)
    BOOST_TEST(false, "seed " << one.seed << ": " << one.broken.front());
  BOOST_TEST(all.turns > 50'000u);
}

BOOST_AUTO_TEST_CASE(scenarios_are_found_by_name) {
  BOOST_TEST(find_scenario("actors") != nullptr);
  BOOST_TEST(find_scenario("nothing") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::simulation
