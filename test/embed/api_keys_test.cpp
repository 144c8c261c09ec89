#include "embed/api_keys.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace hawser::embed {
namespace {

struct key_file {
  explicit key_file(const std::string& text) { std::ofstream(path) << text; }
  ~key_file() { std::filesystem::remove(path); }
  std::string path = (std::filesystem::temp_directory_path() / "hawser_api_keys_test.toml").string();
};

BOOST_AUTO_TEST_SUITE(embed_api_keys)

BOOST_AUTO_TEST_CASE(a_key_and_its_hash_are_the_same) {
  // The SHA-256 of "0123456789abcdef".
  const std::string hash = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";
  const key_file one("[[key]]\nname = \"a\"\nsha256 = \"" + hash +
                     "\"\nclass = \"batch\"\nceiling = \"standard\"\nweight = 2\nrequests_per_minute = 3\n"
                     "tokens_per_minute = 4\nconcurrency = 5\n");
  const auto read = read_api_keys(one.path);
  BOOST_REQUIRE(read.has_value());
  BOOST_REQUIRE(read->size() == 1u);
  const net::api_key& key = read->front();
  BOOST_TEST((key.digest == net::digest_of("0123456789abcdef")));
  BOOST_TEST((key.rank == actors::priority::batch));
  BOOST_TEST((key.ceiling == actors::priority::standard));
  BOOST_TEST(key.weight == 2.0f);
  BOOST_TEST((key.limits == net::quota_limits{3, 4, 5}));
  const key_file both("[[key]]\nname = \"a\"\nsha256 = \"" + hash +
                      "\"\n[[key]]\nname = \"b\"\nkey = \"0123456789abcdef\"\n");
  const auto twice = read_api_keys(both.path);
  BOOST_REQUIRE(twice.has_error());
  BOOST_TEST(twice.error().what == both.path + ": b: it is the same key as a's");
}

BOOST_AUTO_TEST_CASE(every_mistake_is_said) {
  const key_file wrong("[[key]]\nname = 1\n[[key]]\nname = \"b\"\nkey = \"x\"\n");
  const auto read = read_api_keys(wrong.path);
  BOOST_REQUIRE(read.has_error());
  BOOST_TEST((read.error().cause == errc::configuration));
  BOOST_TEST(read.error().what.find(wrong.path + ":2:8: key.name") != std::string::npos);
  BOOST_TEST(read.error().what.find("\n" + wrong.path + ":5:7: key.key") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
