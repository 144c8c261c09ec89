#include "net/door_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace hawser::net {
namespace {

using namespace std::chrono_literals;

http_request request(std::string method, std::string target, std::vector<header_field> fields = {}) {
  http_request made;
  made.method = std::move(method);
  made.target = std::move(target);
  made.fields = std::move(fields);
  return made;
}

api_key key_of(std::string name, std::string_view key) {
  api_key made;
  made.name = std::move(name);
  made.digest = digest_of(key);
  return made;
}

BOOST_AUTO_TEST_SUITE(door_rules)

BOOST_AUTO_TEST_CASE(a_digest_is_the_sha_256_that_everybody_means) {
  std::string hex;
  for (const std::uint8_t byte : digest_of("abc")) {
    constexpr char digits[] = "0123456789abcdef";
    hex += {digits[byte >> 4], digits[byte & 15]};
  }
  BOOST_TEST(hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(names_that_are_not_the_servers_are_refused) {
  struct row {
    std::string host;
    std::vector<std::string> allowed;
    bool good;
  };
  const row rows[] = {
      {"localhost", {}, true},
      {"localhost:8000", {}, true},
      {"LocalHost.:8000", {}, true},
      {"app.localhost:1", {}, true},
      {"127.0.0.1:8000", {}, true},
      {"192.168.1.7", {}, true},
      {"[::1]:8000", {}, true},
      {"[fe80::1]", {}, true},
      {"", {}, true},
      {"evil.example", {}, false},
      {"evil.example:8000", {}, false},
      {"localhost.evil.example", {}, false},
      {"notlocalhost", {}, false},
      {"127.0.0.1.evil.example", {}, false},
      {"1.2.3", {}, false},
      {"[evil]", {}, false},
      {"llm.example.org:443", {"llm.example.org"}, true},
      {"LLM.Example.org", {"llm.example.org"}, true},
      {"a.example.org", {"llm.example.org"}, false},
      {"a.example.org", {"*.example.org"}, true},
      {"a.b.example.org", {"*.Example.org"}, true},
      {"example.org", {"*.example.org"}, false},
      {"aexample.org", {"*.example.org"}, false},
      {"anything", {"*"}, true},
  };
  for (const row& r : rows) {
    const door_policy policy{r.allowed};
    const auto judged = judge_host(request("POST", "/predict", {{"host", r.host}}), policy);
    BOOST_TEST(judged.has_value() == r.good, r.host);
    if (!judged) BOOST_TEST(judged.error().status == 403);
  }
  const door_policy none{{}};
  BOOST_TEST(judge_host(request("GET", "/health", {{"host", "a-pod"}}), none).has_value());
  BOOST_TEST(judge_host(request("GET", "/ready", {{"host", "a-pod"}}), none).has_value());
  BOOST_TEST(!judge_host(request("GET", "/metrics", {{"host", "a-pod"}}), none).has_value());
  // A whole URL says whom it is for, whatever Host says.
  BOOST_TEST(!judge_host(request("GET", "http://evil.example:8000/metrics", {{"host", "localhost"}}), none)
                  .has_value());
  BOOST_TEST(!judge_host(request("GET", "http://evil.example?a=/localhost", {{"host", "localhost"}}), none)
                  .has_value());
  BOOST_TEST(judge_host(request("GET", "http://localhost:8000/metrics", {{"host", "evil.example"}}), none)
                 .has_value());
  BOOST_TEST(judge_host(request("GET", "/metrics"), none).has_value());  // HTTP/1.0 may do without
}

BOOST_AUTO_TEST_CASE(a_key_is_asked_for_everywhere_but_at_the_probes) {
  const std::string good = "sk-good-0123456789";
  const key_desk desk({key_of("alice", good), key_of("bob", "sk-bobs-0123456789")});
  struct row {
    std::string method, target;
    std::vector<header_field> fields;
    std::string whose;  ///< "-": 401; "": nobody's, and good
  };
  const row rows[] = {
      {"POST", "/predict", {{"authorization", "Bearer " + good}}, "alice"},
      {"POST", "/predict", {{"authorization", "bearer  " + good}}, "alice"},
      {"POST", "/v1/messages", {{"x-api-key", good}}, "alice"},
      {"POST", "/v1/messages", {{"x-api-key", "sk-bobs-0123456789"}}, "bob"},
      {"POST", "/predict", {{"authorization", "Bearer none"}, {"x-api-key", good}}, "alice"},
      {"POST", "/predict", {}, "-"},
      {"POST", "/predict", {{"authorization", good}}, "-"},
      {"POST", "/predict", {{"authorization", "Basic " + good}}, "-"},
      {"POST", "/predict", {{"authorization", "Bearer "}}, "-"},
      {"POST", "/predict", {{"authorization", "Bearer sk-good-012345678"}}, "-"},
      {"POST", "/predict", {{"authorization", "Bearer sk-good-01234567890"}}, "-"},
      {"POST", "/predict", {{"x-api-key", ""}}, "-"},
      {"GET", "/v1/models", {}, "-"},
      {"GET", "/nothing", {}, "-"},
      {"GET", "/version", {}, "-"},
      {"DELETE", "/cache", {}, "-"},
      {"GET", "/metrics", {}, "-"},
      {"GET", "/health", {}, ""},
      {"GET", "/ready?a", {}, ""},
      {"GET", "/", {}, ""},
      {"GET", "/health", {{"x-api-key", good}}, "alice"},
      {"GET", "/health", {{"x-api-key", "wrong"}}, ""},
      {"OPTIONS", "/predict", {}, ""},
      {"OPTIONS", "*", {}, ""},
  };
  for (const row& r : rows) {
    const auto judged = judge_caller(request(r.method, r.target, r.fields), {}, &desk);
    const std::string whose = !judged ? "-" : *judged ? (*judged)->key.name : "";
    BOOST_TEST(whose == r.whose, r.method << ' ' << r.target << ": " << whose);
    if (!judged) {
      BOOST_TEST(judged.error().status == 401);
      BOOST_TEST(judged.error().code == "invalid_api_key");
    }
  }
  BOOST_TEST(judge_caller(request("GET", "/metrics"), {.open_metrics = true}, &desk).has_value());
  BOOST_TEST(judge_caller(request("POST", "/predict"), {}, nullptr).has_value());
}

BOOST_AUTO_TEST_CASE(keys_are_replaced_and_what_was_used_stays) {
  api_key alice = key_of("alice", "sk-old-0123456789");
  alice.limits = {.requests = 2};
  key_desk desk({alice});
  const caller before = desk.find("sk-old-0123456789");
  BOOST_TEST_REQUIRE(before);
  const runtime::time_point now{};
  BOOST_TEST((before->account->take(0, now).over == quota_limit::none));
  alice.digest = digest_of("sk-new-0123456789");
  desk.replace({alice, key_of("bob", "sk-bob-0123456789")}, now);
  BOOST_TEST(!desk.find("sk-old-0123456789"));
  BOOST_TEST(desk.find("sk-bob-0123456789"));
  const caller after = desk.find("sk-new-0123456789");
  BOOST_TEST_REQUIRE(after);
  BOOST_TEST((after->account->take(0, now).over == quota_limit::none));
  BOOST_TEST((after->account->take(0, now).over == quota_limit::requests));
  before->account->settle(0, 0, now);
  desk.replace({key_of("bob", "sk-bob-0123456789")}, now);
  BOOST_TEST(!desk.find("sk-new-0123456789"));
}

BOOST_AUTO_TEST_CASE(a_hold_that_is_dropped_has_used_what_was_expected) {
  struct still final : runtime::clock {
    runtime::time_point now() const noexcept override { return {}; }
    std::chrono::system_clock::time_point wall() const noexcept override { return {}; }
    runtime::timer call_at(runtime::time_point, std::function<void()>) override { return {}; }
  } time;
  const auto account = std::make_shared<key_account>(quota_limits{.tokens = 100, .concurrency = 1});
  const auto left = [&account] { return account->view({}).tokens.remaining; };
  {
    BOOST_TEST((account->take(30, {}).over == quota_limit::none));
    const quota_hold dropped(account, 30, time);
  }
  BOOST_TEST(left() == 70u);
  BOOST_TEST((account->take(30, {}).over == quota_limit::none));
  quota_hold settled(account, 30, time);
  settled.settle(10);
  settled.settle(50);  // it was over
  BOOST_TEST(left() == 60u);
  BOOST_TEST((account->take(30, {}).over == quota_limit::none));
  quota_hold returned(account, 30, time);
  returned.give_back();
  BOOST_TEST(left() == 60u);
  BOOST_TEST((account->take(0, {}).over == quota_limit::none));  // none of the three runs any more
}

BOOST_AUTO_TEST_CASE(a_ceiling_is_the_highest_class) {
  api_key key = key_of("night", "sk-0123456789abcdef");
  key.ceiling = actors::priority::standard;
  const auto who = std::make_shared<const key_holder>(key_holder{key, nullptr});
  BOOST_TEST(judge_rank(who, actors::priority::batch).has_value());
  BOOST_TEST(judge_rank(who, actors::priority::standard).has_value());
  BOOST_TEST(judge_rank(who, actors::priority::interactive).error().status == 403);
  BOOST_TEST(judge_rank(nullptr, actors::priority::interactive).has_value());
}

BOOST_AUTO_TEST_CASE(what_a_request_may_come_to) {
  actors::generation_spec spec;
  spec.bytes = 400;
  BOOST_TEST(expected_tokens(spec) == 356.0);
  spec.max_tokens = 10;
  spec.choices = 3;
  BOOST_TEST(expected_tokens(spec) == 130.0);
}

BOOST_AUTO_TEST_CASE(a_quota_that_is_used_says_which_and_until_when) {
  api_key key = key_of("alice", "sk-0123456789abcdef");
  key.limits = {60, 1000, 4};
  const api_error requests = over_quota(key, {quota_limit::requests, 1500ms});
  BOOST_TEST(requests.status == 429);
  BOOST_TEST(requests.message == "the key of alice has used its 60 requests a minute: come back in 2 s");
  BOOST_TEST(requests.limit == "requests_per_minute");
  BOOST_TEST((requests.retry_after == 1500ms));
  BOOST_TEST(requests.should_retry.value());
  const api_error tokens = over_quota(key, {quota_limit::tokens, 10min});
  BOOST_TEST(tokens.message == "the key of alice has used its 1000 tokens a minute: come back in 600 s");
  BOOST_TEST(!tokens.should_retry.value());
  BOOST_TEST(over_quota(key, {quota_limit::concurrency, 1s}).message ==
             "the key of alice has 4 requests running, as many as it may: come back in 1 s");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
