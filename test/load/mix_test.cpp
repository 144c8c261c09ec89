#include "cli/load/request_mix.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <vector>

namespace hawser::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<planned_request> all_of(mix_options options) {
  request_mix mix(std::move(options));
  std::vector<planned_request> made;
  planned_request next;
  while (made.size() < 100'000 && mix.next(next)) made.push_back(next);
  return made;
}

request_class named(const char* text) {
  return *read_class(text, {});
}

BOOST_AUTO_TEST_SUITE(load_mix)

BOOST_AUTO_TEST_CASE(poisson_gaps_have_the_mean_and_the_spread_of_an_exponential) {
  arrivals times({{50, std::chrono::nanoseconds::max()}}, true, 11);
  double last = 0, sum = 0, squares = 0;
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i) {
    const double now = std::chrono::duration<double>(*times.next()).count();
    BOOST_TEST(now >= last);
    sum += now - last;
    squares += (now - last) * (now - last);
    last = now;
  }
  const double mean = sum / count, deviation = std::sqrt(squares / count - mean * mean);
  BOOST_TEST(std::abs(mean - 0.02) < 0.0006);
  BOOST_TEST(std::abs(deviation - 0.02) < 0.001);
}

BOOST_AUTO_TEST_CASE(even_gaps_are_even_also_over_a_change_of_rate) {
  arrivals times({{2, seconds(1)}, {0, seconds(1)}, {4, seconds(1)}, {0, std::chrono::nanoseconds::max()}},
                 false, 1);
  std::vector<std::int64_t> at;
  while (const auto next = times.next())
    at.push_back(std::chrono::duration_cast<milliseconds>(*next).count());
  // 2 a second up to 1 s, nothing up to 2 s, then 4 a second: half a gap was used up in the first second.
  const std::vector<std::int64_t> expected{500, 2000, 2250, 2500, 2750};
  BOOST_TEST(at == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_requests_and_another_others) {
  const auto make = [](std::uint64_t seed) {
    mix_options options{.classes = {named("prompt=10-500")}, .rate = *read_rate("10")};
    options.requests = 50;
    options.seed = seed;
    return all_of(options);
  };
  const auto a = make(1), b = make(1), c = make(2);
  BOOST_TEST(a.size() == 50u);
  bool differs = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    BOOST_TEST((a[i].at == b[i].at && a[i].prompt == b[i].prompt && a[i].text_seed == b[i].text_seed));
    differs = differs || a[i].at != c[i].at;
  }
  BOOST_TEST(differs);
}

BOOST_AUTO_TEST_CASE(classes_come_in_their_shares_in_an_open_and_in_a_closed_loop) {
  for (const bool open : {true, false}) {
    mix_options options{.classes = {named("name=a,share=1"), named("name=b,share=3")}, .rate = {}};
    if (open) options.rate = *read_rate("1000");
    options.requests = 20'000;
    std::map<std::uint32_t, int> count;
    std::chrono::nanoseconds last{};
    for (const auto& one : all_of(options)) {
      ++count[one.of_class];
      BOOST_TEST((one.at >= last));
      last = one.at;
    }
    BOOST_TEST(std::abs(count[0] - 5000) < 250);
  }
}

BOOST_AUTO_TEST_CASE(a_class_with_its_own_rate_leaves_the_others_alone) {
  mix_options calm{.classes = {named("name=a")}, .rate = *read_rate("20")};
  calm.length = seconds(60);
  mix_options spike = calm;
  spike.classes.push_back(named("name=b,rate=0:20s/200:10s/0"));
  std::vector<planned_request> a = all_of(calm), both = all_of(spike), of_a, of_b;
  for (const auto& one : both) (one.of_class == 0 ? of_a : of_b).push_back(one);
  BOOST_TEST(of_a.size() == a.size());
  for (std::size_t i = 0; i < a.size(); ++i) BOOST_TEST((of_a[i].at == a[i].at));
  BOOST_TEST(std::abs(static_cast<int>(of_b.size()) - 2000) < 200);
  BOOST_TEST((of_b.front().at >= seconds(20) && of_b.back().at <= seconds(30)));
}

BOOST_AUTO_TEST_CASE(shares_of_prefixes_streams_and_manners_are_kept) {
  mix_options options{
      .classes = {named("prefix_share=0.7,prefix=100,prefixes=3,stream=0.4,obey=0.5,leave=0.1")}, .rate = {}};
  options.requests = 10'000;
  int prefixed = 0, streams = 0, obeys = 0, leaves = 0;
  for (const auto& one : all_of(options)) {
    BOOST_TEST(one.prefix <= 3u);
    prefixed += one.prefix > 0;
    streams += one.stream;
    obeys += one.obeys;
    leaves += one.leaves;
  }
  BOOST_TEST(std::abs(prefixed - 7000) < 200);
  BOOST_TEST(std::abs(streams - 4000) < 200);
  BOOST_TEST(std::abs(obeys - 5000) < 200);
  BOOST_TEST(std::abs(leaves - 1000) < 120);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
