/// Every kernel against double precision, in several orders of its threads.
#include "gpu/simt/simt.hpp"
#include "test/gpu/kernel_bench.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace hawser;
namespace simt = gpu::simt;

BOOST_AUTO_TEST_SUITE(kernels)

BOOST_AUTO_TEST_CASE(each_is_right_in_every_order) {
  for (const simt::schedule& how :
       {simt::schedule{simt::order::ascending, 0}, simt::schedule{simt::order::descending, 0},
        simt::schedule{simt::order::random, 1}, simt::schedule{simt::order::random, 2}}) {
    simt::set_schedule(how);
    for (const test::kernel_check& check : test::kernel_checks()) {
      const test::finding found = check.run();
      BOOST_TEST(found.empty(), check.name << ": " << found);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(execution_model)

/// What a launch is refused for.
std::string fault_of(const std::function<void()>& body, unsigned threads) {
  try {
    simt::launch(body, {}, {threads, 1, 1}, 0);
  } catch (const simt::fault& f) {
    return f.what();
  }
  return "nothing";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int lane() {
  return simt::this_thread().lane;
}

BOOST_AUTO_TEST_CASE(a_barrier_that_some_never_reach) {
  const auto f = fault_of(
      [] {
        if (simt::this_thread().linear < 40) simt::block_barrier(simt::place::here());
      },
      64);
  BOOST_TEST(has(f, "24 have left, 40 are at a barrier"), f);
  BOOST_TEST(has(f, "kernels_test.cpp"), f);
}

BOOST_AUTO_TEST_CASE(a_lane_that_has_left) {
  const auto f = fault_of(
      [] {
        if (lane() != 5) static_cast<void>(simt::shuffle(0xffffffffu, lane(), 0, simt::place::here()));
      },
      32);
  BOOST_TEST((has(f, "a lane that has left") || has(f, "waits") || has(f, "wait for what never comes")), f);
}

BOOST_AUTO_TEST_CASE(a_lane_that_the_block_does_not_have) {
  BOOST_TEST(
      has(fault_of([] { static_cast<void>(simt::shuffle(0xffffffffu, 1, 0, simt::place::here())); }, 16),
          "a lane that the block does not have"));
}

BOOST_AUTO_TEST_CASE(a_shuffle_from_outside_the_mask) {
  BOOST_TEST(has(fault_of(
                     [] {
                       if (lane() < 16) static_cast<void>(simt::shuffle(0xffffu, 1, 20, simt::place::here()));
                     },
                     32),
                 "a lane that the mask does not name"));
}

BOOST_AUTO_TEST_CASE(more_threads_or_shared_memory_than_a_device_has) {
  BOOST_CHECK_THROW(simt::launch([] {}, {}, {1025, 1, 1}, 0), simt::fault);
  BOOST_CHECK_THROW(simt::launch([] {}, {}, {32, 1, 1}, 1 << 20), simt::fault);
}

BOOST_AUTO_TEST_CASE(the_order_of_threads_is_the_seeds) {
  const auto order_of = [](const simt::schedule& how) {
    simt::set_schedule(how);
    std::vector<int> turn(64);
    std::atomic<int> next = 0;
    simt::launch([&] { turn[static_cast<std::size_t>(simt::this_thread().linear)] = next++; }, {}, {64, 1, 1},
                 0);
    return turn;
  };
  const auto a = order_of({simt::order::random, 7}), b = order_of({simt::order::random, 7});
  const auto c = order_of({simt::order::random, 8}), up = order_of({simt::order::ascending, 0});
  BOOST_TEST(a == b);
  BOOST_TEST(a != c);
  BOOST_TEST(std::is_sorted(up.begin(), up.end()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
