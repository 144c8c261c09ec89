#include "test/actors/overload_model.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <numeric>

namespace hawser::actors {
namespace {

constexpr double seconds = 120;
// Requests a second that the model's device does when it does nothing else.
constexpr double capacity = 11.5;

double goodput(double times, std::uint64_t seed, bool throttle = true, priority rank = priority::standard) {
  ingress_limits limits;
  limits.admission.control = throttle;
  overload_model model(limits, seed);
  model.run({{.rank = rank, .rate = times * capacity}}, seconds);
  return model.of(rank).in_time / seconds;
}

BOOST_AUTO_TEST_SUITE(overload)

BOOST_AUTO_TEST_CASE(goodput_holds_at_twice_and_four_times_of_what_can_be_done) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    double peak = 0.0;
    for (const double times : {0.8, 0.9, 1.0, 1.1, 1.2}) peak = std::max(peak, goodput(times, seed));
    const double twice = goodput(2, seed);
    const double four = goodput(4, seed);
    BOOST_TEST_MESSAGE("goodput a second: peak " << peak << ", at 2x " << twice << ", at 4x " << four
                                                 << ", at 2x without throttling " << goodput(2, seed, false));
    BOOST_TEST(twice >= 0.95 * peak);
    BOOST_TEST(four >= 0.95 * peak);
    BOOST_TEST(goodput(2, seed, false) < 0.5 * peak);
  }
}

BOOST_AUTO_TEST_CASE(interactive_requests_are_quick_beside_four_times_the_load) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    overload_model model({}, seed);
    model.run({{.rank = priority::interactive, .rate = 0.8 * capacity},
               {.rank = priority::batch, .rate = 3.2 * capacity}},
              seconds);
    counted& c = model.of(priority::interactive);
    BOOST_TEST_MESSAGE("4x, 80% batch: interactive p99 " << c.percentile(0.99) << " s, " << c.in_time
                                                         << " of " << c.offered << " in time, batch "
                                                         << model.of(priority::batch).finished);
    BOOST_TEST(c.percentile(0.99) <= 0.5);
  }
}

BOOST_AUTO_TEST_CASE(interactive_requests_live_through_a_spike_of_batch) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    overload_model model({}, seed);
    model.run({{.rank = priority::interactive, .rate = 0.3 * capacity},
               {.rank = priority::batch, .rate = 12 * capacity, .from = 40, .to = 60}},
              seconds);
    const counted& c = model.of(priority::interactive);
    BOOST_TEST_MESSAGE("12x spike: " << c.in_time << " of " << c.offered << " in time");
    BOOST_TEST(c.in_time >= 0.994 * (c.offered - 3));  // the last ones are not finished
  }
}

BOOST_AUTO_TEST_CASE(a_second_after_a_spike_everything_is_as_before) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    overload_model model({}, seed);
    model.run({{.rank = priority::interactive, .rate = 0.5 * capacity},
               {.rank = priority::interactive, .rate = 0.9 * capacity, .from = 30, .to = 60}},
              90);
    const auto& times = model.of(priority::interactive).in_time_at;
    const auto after = std::count_if(times.begin(), times.end(), [](double t) { return t >= 61 && t < 80; });
    BOOST_TEST(after >= 0.9 * 0.5 * capacity * 19 - 3 * std::sqrt(0.5 * capacity * 19));
    BOOST_TEST(model.plan().gate().load() < 0.8);
  }
}

BOOST_AUTO_TEST_CASE(who_comes_back_when_told_is_let_in) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    overload_model model({}, seed);
    model.run({{.rate = 0.5 * capacity, .obeys = true},
               {.rate = 2 * capacity, .from = 10, .to = 20, .obeys = true}},
              seconds);
    const counted& c = model.of(priority::standard);
    BOOST_TEST_MESSAGE(c.came_back << " came back, " << c.let_in_then << " were let in; " << c.refused
                                   << " refusals of " << c.offered);
    BOOST_TEST(c.came_back > 50);
    BOOST_TEST(c.let_in_then >= 0.9 * c.came_back);
  }
}

BOOST_AUTO_TEST_CASE(what_is_accepted_is_done_in_time) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (const double times : {1.0, 2.0, 4.0}) {
      overload_model model({}, seed);
      model.run({{.rate = times * capacity}}, seconds);
      const counted& c = model.of(priority::standard);
      BOOST_TEST(c.in_time >= 0.995 * c.finished);
      BOOST_TEST(c.dropped <= 0.01 * c.finished);
    }
  }
}

// Batch gives seats and time to whoever comes later; what it is told all the same must hold.
BOOST_AUTO_TEST_CASE(batch_beside_a_flow_of_interactive_requests_is_done_in_its_time) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    overload_model model({}, seed);
    model.run({{.rank = priority::interactive, .rate = 0.8 * capacity},
               {.rank = priority::batch, .rate = 3.2 * capacity, .within = 10}},
              seconds);
    const counted& batch = model.of(priority::batch);
    BOOST_TEST_MESSAGE("batch within 10 s beside 80% interactive: " << batch.finished << " finished, "
                                                                    << batch.late << " late");
    BOOST_TEST(batch.finished > 50);
    // Late are those whose answers become far longer than most: they end with what there is.
    BOOST_TEST(batch.late <= 0.08 * batch.finished);
    BOOST_TEST(model.of(priority::interactive).percentile(0.99) <= 0.5);

    overload_model spike({}, seed);
    spike.run({{.rank = priority::interactive, .rate = 0.3 * capacity},
               {.rank = priority::batch, .rate = 0.3 * capacity, .within = 10},
               {.rank = priority::batch, .rate = 12 * capacity, .from = 40, .to = 60, .within = 10}},
              seconds);
    const counted& c = spike.of(priority::batch);
    BOOST_TEST_MESSAGE("and in a spike of 12x: " << c.finished << " finished, " << c.late << " late");
    BOOST_TEST(c.late <= 0.08 * c.finished);
  }
}

// The rates are means of a past that may have been another: the door learns how far its forecasts are off.
BOOST_AUTO_TEST_CASE(wrong_rates_are_found_out) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    double peak = 0.0;
    for (const double times : {0.9, 1.0, 1.1}) peak = std::max(peak, goodput(times, seed));
    for (const double told : {0.25, 0.5, 2.0, 4.0}) {
      overload_model model({}, seed);
      model.misreport(told);
      model.run({{.rate = 2 * capacity}}, seconds);
      const counted& c = model.of(priority::standard);
      BOOST_TEST_MESSAGE("rates told " << told << " times: goodput " << c.in_time / seconds << " of " << peak
                                       << ", " << c.finished - c.in_time << " late, " << c.dropped
                                       << " dropped; correction " << model.plan().gate().correction());
      BOOST_TEST(c.in_time / seconds >= 0.9 * peak);
      BOOST_TEST(c.in_time >= 0.97 * c.finished);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_refusal_costs_nothing_however_many_wait) {
  admission_limits limits;
  limits.control = true;
  admission gate(limits);
  gate.know_room({.page_tokens = 32, .groups = {{.window = 0, .pages = 1u << 20}}}, 64);
  gate.know_rates(1000, 0.05);
  admission_ask ask;
  ask.tokens = 1000;
  ask.max_tokens = 100;
  std::vector<claim> held;
  while (gate.queued(priority::standard) < 400) held.push_back(gate.enter(ask));
  const runtime::time_point now = runtime::time_point{} + std::chrono::hours(1);
  const auto begin = std::chrono::steady_clock::now();
  constexpr int many = 10'000;
  int refused = 0;
  for (int i = 0; i < many; ++i) refused += gate.judge(ask, now, 0.5).good() ? 0 : 1;
  const auto each = (std::chrono::steady_clock::now() - begin) / many;
  BOOST_TEST(refused == many);
  BOOST_TEST((each < std::chrono::microseconds(100)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
