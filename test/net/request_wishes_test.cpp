#include "net/request_wishes.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;

outcome<request_wishes> wishes(std::vector<header_field> fields) {
  http_request request;
  request.fields = std::move(fields);
  return read_wishes(request);
}

BOOST_AUTO_TEST_SUITE(request_wishes_)

BOOST_AUTO_TEST_CASE(a_header_that_says_nothing_wishes_nothing) {
  const request_wishes w = wishes({{"accept", "*/*"}}).value();
  BOOST_TEST((w.rank == actors::priority::standard));
  BOOST_TEST((w.timeout == runtime::duration::max()));
  BOOST_TEST((w.first_token == 0ns));
  BOOST_TEST((w.token == 0ns));
  BOOST_TEST(!w.returns);
}

BOOST_AUTO_TEST_CASE(priorities) {
  using enum actors::priority;
  const std::tuple<const char*, const char*, actors::priority> table[] = {
      {"x-priority", "interactive", interactive},
      {"x-priority", "standard", standard},
      {"x-priority", "batch", batch},
      {"x-gateway-inference-objective", "batch", batch},
      {"x-gateway-inference-objective", "food-review", standard},
  };
  for (const auto& [name, value, rank] : table) {
    BOOST_TEST((wishes({{name, value}}).value().rank == rank));
  }
  BOOST_TEST(
      (wishes({{"x-gateway-inference-objective", "batch"}, {"x-priority", "interactive"}}).value().rank ==
       interactive));
  BOOST_TEST(wishes({{"x-priority", "urgent"}}).error().param == "x-priority");
}

BOOST_AUTO_TEST_CASE(what_may_be_answered_from_memory) {
  const std::tuple<const char*, bool, bool> table[] = {{"no-store", false, true},
                                                       {"no-cache", true, false},
                                                       {"max-age=0", true, false},
                                                       {"No-Cache ,\tNO-STORE", true, true},
                                                       {"", false, false},
                                                       {"max-age=10", false, false},
                                                       {"private, no-transform, ,", false, false}};
  for (const auto& [value, fresh, forget] : table) {
    const request_wishes w = wishes({{"cache-control", value}}).value();
    BOOST_TEST(w.fresh == fresh, value);
    BOOST_TEST(w.forget == forget, value);
  }
}

BOOST_AUTO_TEST_CASE(times_have_units) {
  const std::pair<const char*, runtime::duration> timeouts[] = {
      {"30", 30s}, {"1.5", 1500ms}, {"1.5s", 1500ms}, {"250ms", 250ms}, {"2m", 120s}, {"86400", 86400s}};
  for (const auto& [text, time] : timeouts) {
    BOOST_TEST((wishes({{"x-request-timeout", text}}).value().timeout == time));
  }
  BOOST_TEST((wishes({{"x-slo-ttft-ms", "400"}}).value().first_token == 400ms));
  BOOST_TEST((wishes({{"x-slo-tpot-ms", "50"}}).value().token == 50ms));
  for (const char* const wrong :
       {"", "0", "-1", "1e3", "soon", "10 s", "10h", "nan", "inf", "86401", "0.0001"}) {
    for (const char* const name : {"x-request-timeout", "x-slo-ttft-ms", "x-slo-tpot-ms"}) {
      if (std::string_view(wrong) == "86401" && std::string_view(name) != "x-request-timeout") continue;
      const auto read = wishes({{name, wrong}});
      BOOST_REQUIRE(read.has_error());
      BOOST_TEST(read.error().status == 400);
      BOOST_TEST(read.error().param == name);
    }
  }
}

BOOST_AUTO_TEST_CASE(who_comes_back_says_so) {
  BOOST_TEST(!wishes({{"x-stainless-retry-count", "0"}}).value().returns);
  BOOST_TEST(wishes({{"x-stainless-retry-count", "1"}}).value().returns);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
