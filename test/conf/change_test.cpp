#include "conf/change.hpp"
#include "conf/key.hpp"

#include <boost/test/unit_test.hpp>

namespace hawser::conf {

BOOST_AUTO_TEST_SUITE(change)

BOOST_AUTO_TEST_CASE(equal_settings_have_no_changes) {
  const changes found = compare({}, {});
  BOOST_TEST(found.hot.empty());
  BOOST_TEST(found.cold.empty());
}

BOOST_AUTO_TEST_CASE(changes_are_named_by_whether_they_can_be_had_now) {
  settings after;
  after.logging.level = "debug";
  after.overload.shed_all = 0.9;
  after.server.port = 1;
  after.extensions.push_back({.path = "x.so", .name = {}, .options = {}});
  const changes found = compare({}, after);
  BOOST_TEST(found.hot == (std::vector<std::string_view>{"overload.shed_all", "logging.level"}),
             boost::test_tools::per_element());
  BOOST_TEST(found.cold == (std::vector<std::string_view>{"server.port", "extension"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_hot_keys_are_taken) {
  settings from;
  from.logging.level = "debug";
  from.logging.requests = true;
  from.server.keys = "keys.toml";
  from.server.port = 1;
  settings into;
  take_hot(into, from);
  BOOST_TEST(into.logging.level == "debug");
  BOOST_TEST(into.logging.requests);
  BOOST_TEST(into.server.keys == "keys.toml");
  BOOST_TEST(into.server.port == 8000);
  const changes left = compare(into, from);
  BOOST_TEST(left.hot.empty());
  BOOST_TEST(left.cold.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hawser::conf
