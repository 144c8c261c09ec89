#include "conf/reference.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace hawser::conf {
namespace {

std::string committed(const std::string& path) {
  std::ifstream file(std::string(HAWSER_SOURCE_DIR) + "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

BOOST_AUTO_TEST_SUITE(conf_reference)

BOOST_AUTO_TEST_CASE(the_committed_page_is_what_the_table_says) {
  BOOST_TEST((committed("docs/configuration.md") == reference_page()),
             "docs/configuration.md is old: build/*/hawser check --print-page > docs/configuration.md");
}

BOOST_AUTO_TEST_CASE(the_committed_file_is_what_the_table_says) {
  BOOST_TEST((committed("deploy/hawser.toml") == reference_file()),
             "deploy/hawser.toml is old: build/*/hawser check --print-defaults > deploy/hawser.toml");
}

BOOST_AUTO_TEST_CASE(the_reference_file_is_read_back_as_the_defaults) {
  configuration c;
  BOOST_REQUIRE(!read_toml(c, reference_file(), "reference").has_error());
  configuration untouched;
  for (const key& k : keys()) BOOST_TEST((c.origin_of(k) == origin::file), k.name);
  c.origins = untouched.origins;
  BOOST_TEST(print_settings(c) == print_settings(untouched));
}

BOOST_AUTO_TEST_CASE(printed_settings_are_read_back_and_say_where_they_come_from) {
  configuration c;
  BOOST_REQUIRE(!read_flag(c, "server.port", "9999", "--port").has_error());
  BOOST_REQUIRE(!read_flag(c, "model.name", "say \"hi\"", "--name").has_error());
  const std::string printed = print_settings(c);
  BOOST_TEST(printed.find("port = 9999  # flag\n") != std::string::npos);
  configuration again;
  BOOST_REQUIRE(!read_toml(again, printed, "printed").has_error());
  BOOST_TEST(again.values.server.port == 9999);
  BOOST_TEST(again.values.model.name == "say \"hi\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::conf
