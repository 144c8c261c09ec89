#include "test/simulation/planted.hpp"

#include <boost/test/unit_test.hpp>

#include "simulation/campaign.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

namespace hawser::simulation {
namespace {

struct plant {
  std::string_view name;
  std::string_view scenario;
  std::uint64_t within;  ///< seeds
};

// At 1,000 seeds a minute, twelve seconds for the hardest.
constexpr std::array plants{
    plant{"lost_end", "server", 20},          plant{"lost_cancel_end", "server", 200},
    plant{"page_leak", "server", 20},         plant{"early_slide", "server", 200},
    plant{"unbounded_queue", "server", 2000}, plant{"equal_choices", "server", 20},
    plant{"lost_welcome", "server", 200},     plant{"lost_wake_up", "server", 100},
    plant{"lock_order", "actors", 20},        plant{"shared_tenant", "server", 800},
    plant{"kept_results", "server", 20},      plant{"lost_gate_cancel", "server", 400},
    plant{"verdict_ignored", "server", 400},  plant{"early_refusal", "server", 1000},
};

campaign_result hunt(const plant& what, std::uint64_t from) {
  planted_bug = what.name;
  campaign_result all =
      run_campaign(*find_scenario(what.scenario), {.from = from, .seeds = what.within, .most_failures = 1});
  planted_bug = {};
  return all;
}

BOOST_AUTO_TEST_SUITE(planted_bugs)

// From two places, so that no seed was chosen for its luck.
BOOST_AUTO_TEST_CASE(each_is_found_within_its_number_of_seeds) {
  for (const plant& what : plants) {
    for (const std::uint64_t from : {1u, 1'000'000u}) {
      const campaign_result found = hunt(what, from);
      BOOST_TEST(found.failed.size() == 1u,
                 what.name << " was not found in " << what.within << " seeds from " << from);
      if (found.failed.empty()) continue;
      BOOST_TEST_MESSAGE(what.name << " after " << found.failed.front().seed - from + 1
                                   << " seeds: " << found.failed.front().broken.front());
      // A failing seed replays exactly, the bug included.
      planted_bug = what.name;
      const run_result again = find_scenario(what.scenario)->run(found.failed.front().seed, 100);
      planted_bug = {};
      BOOST_TEST(again.hash == found.failed.front().hash);
      BOOST_TEST(!again.lines.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_found_where_nothing_is_planted) {
  std::map<std::string_view, std::uint64_t> most;
  for (const plant& what : plants) most[what.scenario] = std::max(most[what.scenario], what.within);
  for (const auto& [scenario, seeds] : most) {
    const campaign_result none = run_campaign(*find_scenario(scenario), {.from = 1, .seeds = seeds});
    BOOST_TEST(none.seeds == seeds);
    for (const failed_seed& one : none.failed)
      BOOST_TEST(false, "seed " << one.seed << ": " << one.broken.front());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::simulation
