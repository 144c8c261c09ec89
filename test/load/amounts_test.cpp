#include "cli/load/amounts.hpp"
#include "cli/load/request_class.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>

namespace hawser::load {
namespace {

using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(load_amounts)

BOOST_AUTO_TEST_CASE(times_have_units_and_are_seconds_without) {
  BOOST_TEST((*read_time("250ms") == milliseconds(250)));
  BOOST_TEST((*read_time("2.5s") == milliseconds(2500)));
  BOOST_TEST((*read_time("1m") == milliseconds(60'000)));
  BOOST_TEST((*read_time("3") == milliseconds(3000)));
  for (const char* wrong : {"", "s", "-1s", "1x", "nan", "1e9", "1 s"})
    BOOST_TEST(read_time(wrong).has_error(), wrong);
}

BOOST_AUTO_TEST_CASE(lengths_are_drawn_around_what_was_said) {
  const auto mean = [](const char* text) {
    chance by(7);
    const length_spec spec = *read_length(text);
    double sum = 0;
    for (int i = 0; i < 20'000; ++i) sum += spec.draw(by);
    return sum / 20'000;
  };
  BOOST_TEST(mean("128") == 128.0);
  BOOST_TEST(std::abs(mean("10-30") - 20) < 0.2);
  BOOST_TEST(std::abs(mean("normal:200:20") - 200) < 1);
  BOOST_TEST(std::abs(mean("exponential:300") - 300) < 8);
  // The mean of a log-normal is median * exp(deviation^2 / 2).
  BOOST_TEST(std::abs(mean("lognormal:100:0.5") - 100 * std::exp(0.125)) < 2);
  for (const char* wrong :
       {"", "0", "5-2", "normal:1", "normal:x:1", "zipf:2:3", "exponential:3:4", "9999999"})
    BOOST_TEST(read_length(wrong).has_error(), wrong);
}

BOOST_AUTO_TEST_CASE(a_length_is_never_less_than_one_token) {
  chance by(1);
  const length_spec spec = *read_length("normal:2:50");
  for (int i = 0; i < 1000; ++i) BOOST_TEST(spec.draw(by) >= 1u);
}

BOOST_AUTO_TEST_CASE(rates_come_in_phases_and_only_the_last_has_no_end) {
  const auto phases = *read_rate("5:10s/60:500ms/2");
  BOOST_TEST(phases.size() == 3u);
  BOOST_TEST(phases[1].rate == 60.0);
  BOOST_TEST((phases[1].length == milliseconds(500)));
  BOOST_TEST((phases[2].length == std::chrono::nanoseconds::max()));
  for (const char* wrong : {"", "5/6", "x", "5:1q", "5:1s/", "-1"})
    BOOST_TEST(read_rate(wrong).has_error(), wrong);
}

BOOST_AUTO_TEST_CASE(a_class_takes_what_it_does_not_name_from_the_defaults) {
  request_class defaults;
  defaults.priority = "standard";
  defaults.turns = 3;
  const auto made =
      *read_class("name=chat,share=0.25,prompt=10-20,ttft=500ms,rate=1:1s/2,prefix=64", defaults);
  BOOST_TEST(made.name == "chat");
  BOOST_TEST(made.share == 0.25);
  BOOST_TEST(made.priority == "standard");
  BOOST_TEST(made.turns == 3u);
  BOOST_TEST(made.prefix == 64u);
  BOOST_TEST(made.rate.size() == 2u);
  BOOST_TEST((made.goal.ttft == milliseconds(500)));
  BOOST_TEST(read_class("colour=red", defaults).error().what.find("colour") != std::string::npos);
  for (const char* wrong : {"name", "share=x", "stream=2", "prompt=0", "turns=0", "prefixes=0"})
    BOOST_TEST(read_class(wrong, defaults).has_error(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
