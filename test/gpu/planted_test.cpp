/// The checks find every bug that plant.py knows; without one they find nothing.
#include "gpu/simt/simt.hpp"
#include "test/gpu/kernel_bench.hpp"
#include "test/gpu/planted.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace hawser;

constexpr const char* bugs[] = {
#include "bugs.inc"
};

/// Does any check, in any of some orders, find something?
bool found() {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    gpu::simt::set_schedule({gpu::simt::order::random, seed});
    for (const test::kernel_check& check : test::kernel_checks()) {
      try {
        if (!check.run().empty()) return true;
      } catch (const gpu::simt::fault&) {
        return true;
      }
    }
  }
  return false;
}

BOOST_AUTO_TEST_SUITE(planted_bugs)

BOOST_AUTO_TEST_CASE(each_is_found) {
  for (const char* const bug : bugs) {
    test::planted_bug = bug;
    BOOST_TEST(found(), bug << " was not found");
  }
}

BOOST_AUTO_TEST_CASE(without_one_nothing_is_found) {
  test::planted_bug = {};
  BOOST_TEST(!found());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
