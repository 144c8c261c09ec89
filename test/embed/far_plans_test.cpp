// What the second tier decides without a network: seals, addresses, and when it is tried again.
#include "embed/circuit_breaker.hpp"
#include "embed/far_seal.hpp"
#include "embed/redis_url.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace hawser::embed {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(far_plans)

BOOST_AUTO_TEST_CASE(a_seal_opens_for_its_question_and_secret_only) {
  const far_seal ours("a secret of ours"), theirs("a secret of others");
  const std::string answer("an answer\0with anything", 23);
  const std::string value = ours.seal("question", answer);
  BOOST_TEST(ours.open("question", value).value() == answer);
  BOOST_TEST(!ours.open("another", value).has_value());
  BOOST_TEST(!theirs.open("question", value).has_value());
  BOOST_TEST(!ours.open("question", "").has_value());
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string changed = value;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    BOOST_TEST(!ours.open("question", changed).has_value());
    BOOST_TEST(!ours.open("question", value.substr(0, i)).has_value());
  }
  BOOST_TEST(!ours.open("question", value + "x").has_value());
  BOOST_TEST(ours.open("", ours.seal("", "")).value().empty());
}

BOOST_AUTO_TEST_CASE(names_tell_nothing_and_part_tenants) {
  const far_seal seal("a secret of ours");
  const std::string name = seal.name("alice", "question");
  BOOST_TEST(name == seal.name("alice", "question"));
  BOOST_TEST(name != seal.name("bob", "question"));
  BOOST_TEST(name != seal.name("alice", "questions"));
  BOOST_TEST(name != far_seal("another").name("alice", "question"));
  BOOST_TEST(name.starts_with(seal.prefix("alice", false)));
  BOOST_TEST(!name.starts_with(seal.prefix("bob", false)));
  BOOST_TEST(name.starts_with(seal.prefix("", true)));
  BOOST_TEST(name.find("alice") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(addresses) {
  const redis_url whole = read_redis_url("redis://me:se:c@ret@example.org:7000/12").value();
  BOOST_TEST(whole.user == "me");
  BOOST_TEST(whole.password == "se:c@ret");
  BOOST_TEST(whole.host == "example.org");
  BOOST_TEST(whole.port == 7000u);
  BOOST_TEST(whole.database == 12u);
  const redis_url plain = read_redis_url("redis://localhost").value();
  BOOST_TEST(
      (plain.host == "localhost" && plain.port == 6379u && plain.password.empty() && plain.database == 0u));
  BOOST_TEST(read_redis_url("redis://[::1]:6380/").value().host == "::1");
  BOOST_TEST(read_redis_url("redis://[::1]").value().port == 6379u);
  for (const char* wrong : {"", "localhost", "http://a", "redis://", "redis://a:b", "redis://a:0",
                            "redis://a:65536", "redis://a/b", "redis://user@a", "redis://:6379"})
    BOOST_TEST(read_redis_url(wrong).has_error(), wrong);
}

BOOST_AUTO_TEST_CASE(who_fails_in_a_row_is_left_alone_for_a_while) {
  circuit_breaker breaker({.failures = 3, .first_pause = 1s, .longest_pause = 3s});
  runtime::time_point now{};
  for (int i = 0; i < 2; ++i) breaker.failed(now);
  breaker.succeeded();
  for (int i = 0; i < 2; ++i) breaker.failed(now);
  BOOST_TEST(breaker.may_try(now));
  breaker.failed(now);
  BOOST_TEST(breaker.is_open());
  BOOST_TEST(!breaker.may_try(now + 999ms));
  // One may try; others wait for it, and those that began earlier say nothing.
  for (const auto& [waited, pause] : {std::pair{1s, 2s}, std::pair{3s, 3s}, std::pair{3s, 3s}}) {
    now += waited;
    BOOST_TEST(breaker.may_try(now));
    BOOST_TEST(!breaker.may_try(now));
    breaker.failed(now);
    breaker.failed(now);
    BOOST_TEST(!breaker.may_try(now + pause - 1ms));
  }
  now += 3s;
  BOOST_TEST(breaker.may_try(now));
  breaker.succeeded();
  BOOST_TEST(!breaker.is_open());
  BOOST_TEST(breaker.may_try(now));
  BOOST_TEST(breaker.may_try(now));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
