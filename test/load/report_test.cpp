#include "cli/load/report_html.hpp"
#include "cli/load/report_json.hpp"
#include "cli/load/svg_plot.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::load {
namespace {

run_report sample() {
  request_class odd;
  odd.name = "<b>";
  tally t({odd}, {});
  for (int i = 1; i <= 20; ++i) {
    outcome one;
    one.how = i % 5 == 0 ? ending::overload : ending::complete;
    one.tokens = i % 5 == 0 ? 0 : 10;
    one.intended = std::chrono::milliseconds(100 * i);
    one.sent = one.intended;
    if (one.tokens > 0) one.first_text = one.intended + std::chrono::milliseconds(10 * i);
    one.last_text = one.ended = one.intended + std::chrono::milliseconds(500);
    t.add(one);
  }
  return {t, std::chrono::seconds(3), std::chrono::milliseconds(8), false};
}

std::size_t count(const std::string& in, const std::string& what) {
  std::size_t found = 0;
  for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + 1)) ++found;
  return found;
}

BOOST_AUTO_TEST_SUITE(load_report)

BOOST_AUTO_TEST_CASE(the_json_has_rates_over_the_measured_time) {
  const auto got = report_json(sample());
  const auto& all = got.at("all").as_object();
  BOOST_TEST(all.at("requests").to_number<int>() == 20);
  BOOST_TEST(all.at("endings").at("complete").to_number<int>() == 16);
  BOOST_TEST(all.at("answer_tokens").to_number<int>() == 160);
  BOOST_TEST(all.at("tokens_per_second").as_double() == 160 / 2.5, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(got.at("client_cpu_seconds_per_1000_tokens").as_double() == 0.05,
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(all.at("ttft_ms").at("max").as_double() == 190.0);
}

BOOST_AUTO_TEST_CASE(the_page_stands_alone_and_escapes_names) {
  const run_report run = sample();
  const std::string page = report_html("a & b", {{"first", &run}, {"second", &run}});
  BOOST_TEST(count(page, "<svg") == 14u);
  BOOST_TEST(count(page, "<svg") == count(page, "</svg>"));
  for (const char* outside : {"<script", "src=", "href=", "@import", "url(", "<b>"})
    BOOST_TEST(count(page, outside) == 0u, outside);
  BOOST_TEST(count(page, "&lt;b&gt;") > 0u);
  BOOST_TEST(count(page, "<title>a &amp; b</title>") == 1u);
}

BOOST_AUTO_TEST_CASE(plots_bear_nothing_one_point_and_zeros_on_a_logarithmic_axis) {
  BOOST_TEST(count(svg_of({"t", "x", "y", false, {}}), "nothing to show") == 1u);
  for (const bool log : {false, true}) {
    const std::string svg = svg_of({"t", "x", "y", log, {{"s", {{0, 0}, {5, 0}}, false}}});
    BOOST_TEST(count(svg, "nan") + count(svg, "inf") == 0u);
    BOOST_TEST(count(svg, "<polyline") == 1u);
  }
}

BOOST_AUTO_TEST_CASE(ticks_are_round_numbers) {
  const std::vector<double> expected{0, 20, 40, 60, 80, 100};
  BOOST_TEST(nice_ticks(0, 100, 5) == expected, boost::test_tools::per_element());
  BOOST_TEST(nice_ticks(3, 3, 5).empty());
  BOOST_TEST(nice_ticks(0.11, 0.19, 4).front() == 0.12, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
