#include "cli/service_status.hpp"

#include <boost/test/unit_test.hpp>

namespace hawser::cli {
namespace {

constexpr std::string_view page = "# HELP vllm:num_requests_running Requests that have a seat in the batch\n"
                                  "vllm:num_requests_running{model_name=\"a b\"} 3\n"
                                  "vllm:num_requests_waiting 12\n"
                                  "vllm:num_requests_waiting_else 99\n"
                                  "vllm:kv_cache_usage_perc 0.414\n"
                                  "vllm:generation_tokens_total 1100\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(service_status)

BOOST_AUTO_TEST_CASE(figures_are_found_on_the_page) {
  const service_figures seen = read_figures(page);
  BOOST_TEST(seen.running == 3);
  BOOST_TEST(seen.waiting == 12);
  BOOST_TEST(seen.kv == 0.414);
  BOOST_TEST(seen.generated == 1100);
}

BOOST_AUTO_TEST_CASE(a_page_without_them_and_half_a_line_are_zeros) {
  BOOST_TEST(read_figures("").running == 0);
  BOOST_TEST(read_figures("vllm:num_requests_running").running == 0);
  BOOST_TEST(read_figures("vllm:num_requests_running x").running == 0);
}

BOOST_AUTO_TEST_CASE(the_line) {
  const service_figures now = read_figures(page);
  BOOST_TEST(print_status("smol", now, std::nullopt, std::chrono::seconds(1)) ==
             "serving smol: 3 running, 12 queued, kv 41 %");
  service_figures before = now;
  before.generated = 1000;
  BOOST_TEST(print_status("smol", now, before, std::chrono::seconds(2)) ==
             "serving smol: 3 running, 12 queued, kv 41 %, 50 tokens/s");
  // Counters begin anew with the actor that counts.
  before.generated = 5000;
  BOOST_TEST(print_status("smol", now, before, std::chrono::seconds(2)) ==
             "serving smol: 3 running, 12 queued, kv 41 %, 0 tokens/s");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hawser::cli
