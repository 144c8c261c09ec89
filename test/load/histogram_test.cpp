#include "cli/load/chance.hpp"
#include "cli/load/histogram.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hawser::load {
namespace {

using std::chrono::microseconds;

BOOST_AUTO_TEST_SUITE(load_histogram)

BOOST_AUTO_TEST_CASE(percentiles_are_within_the_stated_error_of_the_sorted_values) {
  chance by(3);
  histogram h;
  std::vector<std::int64_t> all;
  for (int i = 0; i < 50'000; ++i) {
    const auto us = static_cast<std::int64_t>(std::exp(by.uniform() * 18));
    all.push_back(us);
    h.record(microseconds(us));
  }
  std::sort(all.begin(), all.end());
  for (const double p : {0.1, 1.0, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(p / 100 * 50'000)) - 1;
    const auto exact = static_cast<double>(all[rank]);
    const auto got = static_cast<double>(h.percentile(p).count());
    BOOST_TEST(std::abs(got - exact) <= exact * histogram::relative_error + 0.5,
               p << ": " << got << " for " << exact);
  }
  BOOST_TEST(h.max().count() == all.back());
  BOOST_TEST(h.min().count() == all.front());
}

BOOST_AUTO_TEST_CASE(small_values_are_exact_and_large_ones_are_kept_in_range) {
  histogram h;
  for (int us = 0; us < 64; ++us) h.record(microseconds(us));
  BOOST_TEST(h.percentile(50).count() == 31);
  h.record(std::chrono::hours(24 * 365));
  BOOST_TEST(h.max().count() == std::int64_t{1} << 40);
  BOOST_TEST(h.percentile(100).count() == h.max().count());
  h.record(microseconds(-5));
  BOOST_TEST(h.min().count() == 0);
}

BOOST_AUTO_TEST_CASE(one_value_is_every_percentile) {
  histogram h;
  BOOST_TEST(h.percentile(99).count() == 0);
  h.record(microseconds(123'457));
  for (const double p : {0.0, 50.0, 100.0}) BOOST_TEST(h.percentile(p).count() == 123'457);
}

BOOST_AUTO_TEST_CASE(merging_is_as_if_all_had_been_recorded_in_one) {
  histogram a, b, both;
  for (int i = 1; i < 1000; ++i) {
    (i % 3 == 0 ? a : b).record(microseconds(i * i));
    both.record(microseconds(i * i));
  }
  a.merge(b);
  a.merge(histogram());
  BOOST_TEST(a.count() == both.count());
  BOOST_TEST(a.mean_us() == both.mean_us());
  for (const double p : {1.0, 50.0, 99.0}) BOOST_TEST(a.percentile(p).count() == both.percentile(p).count());
}

BOOST_AUTO_TEST_CASE(bars_cover_all_values_without_a_gap_in_between) {
  histogram h;
  for (int i = 1; i <= 4096; ++i) h.record(microseconds(i));
  std::uint64_t sum = 0, last = 0;
  for (const auto& bar : h.bars(16)) {
    BOOST_TEST(bar.low_us >= last);
    BOOST_TEST(bar.high_us > bar.low_us);
    last = bar.high_us;
    sum += bar.count;
  }
  BOOST_TEST(sum == 4096u);
  BOOST_TEST(std::abs(h.share_within(microseconds(1024)) - 0.25) < 0.01);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
