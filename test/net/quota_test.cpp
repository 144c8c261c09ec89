#include "net/quota.hpp"
#include "net/quota_fields.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::net {
namespace {

using namespace std::chrono_literals;

double seconds(runtime::duration time) {
  return std::chrono::duration<double>(time).count();
}

BOOST_AUTO_TEST_SUITE(quotas)

BOOST_AUTO_TEST_CASE(a_minutes_worth_at_once_and_then_evenly) {
  quota q({.requests = 6});
  runtime::time_point now{};
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST((q.take(0, now).over == quota_limit::none));
    q.settle(0, 0, now);
  }
  const quota_verdict no = q.take(0, now);
  BOOST_TEST((no.over == quota_limit::requests));
  BOOST_TEST(seconds(no.wait) == 10.0, boost::test_tools::tolerance(1e-4));
  BOOST_TEST((q.take(0, now + no.wait - 1ms).over == quota_limit::requests));
  BOOST_TEST((q.take(0, now + no.wait).over == quota_limit::none));
  BOOST_TEST((q.take(0, now + no.wait).over == quota_limit::requests));
  now += 10min;  // never more than a minute's worth
  for (int i = 0; i < 6; ++i) BOOST_TEST((q.take(0, now).over == quota_limit::none));
  BOOST_TEST((q.take(0, now).over == quota_limit::requests));
}

BOOST_AUTO_TEST_CASE(tokens_are_settled_by_what_was_used) {
  quota q({.tokens = 600});
  runtime::time_point now{};
  BOOST_TEST((q.take(500, now).over == quota_limit::none));
  const quota_verdict no = q.take(200, now);
  BOOST_TEST((no.over == quota_limit::tokens));
  BOOST_TEST(seconds(no.wait) == 10.0, boost::test_tools::tolerance(1e-4));
  q.settle(500, 100, now);
  BOOST_TEST(q.view(now).tokens.remaining == 500u);
  BOOST_TEST((q.take(200, now).over == quota_limit::none));
  q.settle(200, 800, now);  // more than was expected: it is owed
  BOOST_TEST(q.view(now).tokens.remaining == 0u);
  BOOST_TEST(seconds(q.take(1, now).wait) == 30.1, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(what_is_larger_than_the_quota_waits_until_it_is_full_and_no_longer) {
  quota q({.tokens = 60});
  runtime::time_point now{};
  BOOST_TEST((q.take(1000, now).over == quota_limit::none));
  q.settle(1000, 1000, now);
  const quota_verdict no = q.take(1000, now);
  BOOST_TEST(seconds(no.wait) == 1000.0, boost::test_tools::tolerance(1e-4));
  BOOST_TEST((q.take(1000, now + no.wait).over == quota_limit::none));
}

BOOST_AUTO_TEST_CASE(so_many_at_once) {
  quota q({.concurrency = 2});
  const runtime::time_point now{};
  BOOST_TEST((q.take(1, now).over == quota_limit::none));
  BOOST_TEST((q.take(1, now).over == quota_limit::none));
  BOOST_TEST((q.take(1, now).over == quota_limit::concurrency));
  q.settle(1, 5, now);
  BOOST_TEST((q.take(1, now).over == quota_limit::none));
  q.give_back(1, now);
  BOOST_TEST(q.running() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_given_back_was_never_taken) {
  quota q({.requests = 1, .tokens = 100});
  const runtime::time_point now{};
  BOOST_TEST((q.take(60, now).over == quota_limit::none));
  q.give_back(60, now);
  BOOST_TEST((q.take(100, now).over == quota_limit::none));
}

BOOST_AUTO_TEST_CASE(the_longer_wait_is_told) {
  quota q({.requests = 60, .tokens = 120});
  const runtime::time_point now{};
  for (int i = 0; i < 60; ++i) BOOST_TEST((q.take(1, now).over == quota_limit::none));
  BOOST_TEST((q.take(1, now).over == quota_limit::requests));
  BOOST_TEST((q.take(90, now).over == quota_limit::tokens));
}

BOOST_AUTO_TEST_CASE(another_size_keeps_the_part_that_is_used) {
  quota q({.requests = 100, .tokens = 100});
  const runtime::time_point now{};
  BOOST_TEST((q.take(50, now).over == quota_limit::none));
  q.change({.requests = 100, .tokens = 1000}, now);
  BOOST_TEST(q.view(now).tokens.remaining == 500u);
  BOOST_TEST(q.view(now).requests.remaining == 99u);
  q.change({}, now);
  BOOST_TEST((q.take(1e9, now).over == quota_limit::none));
  q.change({.tokens = 10}, now);
  BOOST_TEST(q.view(now).tokens.remaining == 10u);
}

BOOST_AUTO_TEST_CASE(headers_are_each_apis_own) {
  quota q({.requests = 60, .tokens = 6000});
  const runtime::time_point now{};
  (void)q.take(500, now);
  const auto wall = std::chrono::sys_days{std::chrono::November / 22 / 2026} + 10h + 59min + 58s;
  BOOST_TEST(quota_fields(q.view(now), error_style::openai, wall) ==
             "x-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: "
             "59\r\nx-ratelimit-reset-requests: 1s\r\n"
             "x-ratelimit-limit-tokens: 6000\r\nx-ratelimit-remaining-tokens: "
             "5500\r\nx-ratelimit-reset-tokens: 5s\r\n");
  BOOST_TEST(quota_fields(q.view(now), error_style::anthropic, wall) ==
             "anthropic-ratelimit-requests-limit: 60\r\nanthropic-ratelimit-requests-remaining: 59\r\n"
             "anthropic-ratelimit-requests-reset: 2026-11-22T10:59:59Z\r\n"
             "anthropic-ratelimit-tokens-limit: 6000\r\nanthropic-ratelimit-tokens-remaining: 5500\r\n"
             "anthropic-ratelimit-tokens-reset: 2026-11-22T11:00:03Z\r\n");
  BOOST_TEST(quota_fields({}, error_style::openai, wall).empty());
  const auto reset = [wall](runtime::duration time) {
    quota_view seen;
    seen.requests = {1, 0, time};
    const std::string all = quota_fields(seen, error_style::openai, wall);
    const std::size_t at = all.find("reset-requests: ") + 16;
    return all.substr(at, all.size() - 2 - at);
  };
  BOOST_TEST(reset(0ms) == "0ms");
  BOOST_TEST(reset(20ms) == "20ms");
  BOOST_TEST(reset(1500ms) == "1.5s");
  BOOST_TEST(reset(60s) == "1m0s");
  BOOST_TEST(reset(6min + 30ms) == "6m0.03s");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
