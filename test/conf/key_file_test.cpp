#include "conf/key_file.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::conf {
namespace {

const std::string alice = "[[key]]\nname = \"alice\"\nkey = \"sk-0123456789abcdef\"\n";

/// The first problem, or "" when there is none.
std::string complaint(const std::string& text) {
  const auto read = read_keys(text, "k.toml");
  return read.has_error() ? read.error().front().text() : "";
}

BOOST_AUTO_TEST_SUITE(conf_key_files)

BOOST_AUTO_TEST_CASE(a_key_has_what_the_file_says_and_defaults) {
  const auto read =
      read_keys(alice +
                    "weight = 2.5\nrequests_per_minute = 60\ntokens_per_minute = 1000\nconcurrency = 4\n"
                    "[[key]]\nname = \"night\"\nsha256 = \"" +
                    std::string(64, 'a') + "\"\nclass = \"batch\"\n",
                "k.toml");
  BOOST_REQUIRE(!read.has_error());
  BOOST_REQUIRE(read->size() == 2u);
  const api_key_entry& first = read->front();
  BOOST_TEST(first.name == "alice");
  BOOST_TEST(first.key == "sk-0123456789abcdef");
  BOOST_TEST(first.rank == "standard");
  BOOST_TEST(first.ceiling == "interactive");
  BOOST_TEST(first.weight == 2.5);
  BOOST_TEST(first.requests_per_minute == 60);
  BOOST_TEST(first.tokens_per_minute == 1000);
  BOOST_TEST(first.concurrency == 4);
  const api_key_entry& second = read->back();
  BOOST_TEST(second.sha256 == std::string(64, 'a'));
  BOOST_TEST(second.rank == "batch");
  BOOST_TEST(second.ceiling == "batch");
  BOOST_TEST(second.weight == 1.0);
  BOOST_TEST(second.tokens_per_minute == 0);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_line) {
  struct row {
    std::string text, said;
  };
  const row rows[] = {
      {"", "k.toml: the file of keys has no [[key]]"},
      {"name = \"a\"\n", "k.toml:1:8: unknown key \"name\": write [[key]] before the keys of each"},
      {"key = 1\n", "k.toml:1:7: key: write [[key]] before the keys of each"},
      {"[[key]\n", "k.toml:1:7: "},
      {"[[key]]\nkey = \"sk-0123456789abcdef\"\n", "k.toml:1:1: key.name: every key has a name"},
      {"[[key]]\nname = \"a b\"\n", "k.toml:2:8: key.name: expected 1 to 64 letters"},
      {"[[key]]\nname = \"a\"\n", "k.toml:1:1: a: give either key or sha256"},
      {"[[key]]\nname = \"a\"\nkey = \"short\"\n", "k.toml:3:7: key.key: expected 16 to 512 visible"},
      {"[[key]]\nname = \"a\"\nsha256 = \"AB\"\n", "k.toml:3:10: key.sha256: expected 64 hexadecimal"},
      {alice + "sha256 = \"" + std::string(64, '0') + "\"\n", "k.toml:1:1: alice: give either key or sha256"},
      {alice + "class = \"urgent\"\n", "k.toml:4:9: key.class: expected interactive, standard or batch"},
      {alice + "class = \"standard\"\nceiling = \"batch\"\n",
       "k.toml:1:1: alice: its class is above its ceiling"},
      {alice + "weight = 0\n", "k.toml:4:10: key.weight: expected a number from 0.01 to 1000"},
      {alice + "concurrency = -1\n", "k.toml:4:15: key.concurrency: expected an integer"},
      {alice + "tokens_per_minute = 1.5\n", "k.toml:4:21: key.tokens_per_minute: expected an integer"},
      {alice + "limit = 1\n", "k.toml:4:9: unknown key \"key.limit\": a key has name, key or sha256"},
      {alice + alice, "k.toml:4:1: alice: another key has this name"},
      {alice + "[[key]]\nname = \"bob\"\nkey = \"sk-0123456789abcdef\"\n",
       "k.toml:4:1: bob: it is the same key as alice's"},
  };
  for (const row& r : rows)
    BOOST_TEST(complaint(r.text).starts_with(r.said), complaint(r.text) << " for " << r.said);
  BOOST_TEST(complaint(alice).empty());
  BOOST_TEST(complaint("[[key]]\nname = \"a\"\nkey = \"not-so-secret\"\n").find("not-so") ==
             std::string::npos);
  BOOST_TEST(read_key_file("/nothing/here")
                 .error()
                 .front()
                 .text()
                 .starts_with("/nothing/here: the file of keys cannot be read: "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::conf
