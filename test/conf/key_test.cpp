#include "conf/key.hpp"
#include "conf/value.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace hawser::conf {
namespace {

BOOST_AUTO_TEST_SUITE(conf_keys)

BOOST_AUTO_TEST_CASE(every_key_is_named_once_documented_and_holds_its_own_default) {
  std::set<std::string> names, variables;
  std::set<const void*> places;
  settings values;
  for (const key& k : keys()) {
    BOOST_TEST_CONTEXT(k.name) {
      BOOST_TEST(names.insert(std::string(k.name)).second);
      BOOST_TEST(variables.insert(k.variable()).second);
      BOOST_TEST(!k.doc.empty());
      BOOST_TEST(k.doc.back() == '.');
      const void* place = std::visit([](auto* p) { return static_cast<const void*>(p); }, k.at(values));
      BOOST_TEST(places.insert(place).second);
      if (!k.section().empty()) BOOST_TEST(!about_section(k.section()).empty());
      // What is printed is read back, so the default is inside the range and printing loses nothing.
      std::string text = print_value(values, k);
      if (text.front() == '"' || text.front() == '[') text = text.substr(1, text.size() - 2);
      settings again;
      BOOST_TEST(!assign_text(again, k, text).has_value());
      BOOST_TEST(print_value(again, k) == print_value(values, k));
    }
  }
}

BOOST_AUTO_TEST_CASE(keys_of_a_section_stand_together) {
  std::set<std::string> closed;
  std::string current;
  for (const key& k : keys()) {
    if (k.section() == current) continue;
    BOOST_TEST(closed.insert(current).second);
    current = std::string(k.section());
    BOOST_TEST(!closed.contains(current));
  }
}

BOOST_AUTO_TEST_CASE(edit_distance_counts_insertions_deletions_replacements_and_swaps) {
  BOOST_TEST(edit_distance("", "") == 0u);
  BOOST_TEST(edit_distance("port", "") == 4u);
  BOOST_TEST(edit_distance("port", "prot") == 1u);
  BOOST_TEST(edit_distance("port", "ports") == 1u);
  BOOST_TEST(edit_distance("kitten", "sitting") == 3u);
}

BOOST_AUTO_TEST_CASE(the_nearest_key_is_a_typing_error_or_another_section_away) {
  const auto near = [](std::string_view name) {
    const key* found = nearest_key(name);
    return found == nullptr ? std::string() : std::string(found->name);
  };
  BOOST_TEST(near("server.prot") == "server.port");
  BOOST_TEST(near("port") == "server.port");
  BOOST_TEST(near("limits.port") == "server.port");
  BOOST_TEST(near("max_concurency") == "max_concurrency");
  BOOST_TEST(near("chunkthreshold") == "chunk_threshold");
  BOOST_TEST(near("zzzzzzzzzz") == "");
  BOOST_TEST(near(std::string(100'000, 'a')) == "");
}

BOOST_AUTO_TEST_CASE(sizes_and_durations_take_units) {
  settings s;
  const auto set = [&](std::string_view name, std::string_view text) {
    return !assign_text(s, *find_key(name), text).has_value();
  };
  BOOST_TEST(set("limits.body", "2 MB"));
  BOOST_TEST(s.limits.body.value == 2u * 1024 * 1024);
  BOOST_TEST(set("limits.body", "512KiB"));
  BOOST_TEST(s.limits.body.value == 512u * 1024);
  BOOST_TEST(set("limits.body", "65536"));
  BOOST_TEST(s.limits.body.value == 65536u);
  BOOST_TEST(set("memory_limit", "2048"));  // a bare number counts MB
  BOOST_TEST(s.memory_limit.value == 2048u * 1024 * 1024);
  BOOST_TEST(set("memory_limit", "1.5 GB"));
  BOOST_TEST(s.memory_limit.value == 1536u * 1024 * 1024);
  BOOST_TEST(set("http_timeout", "5 min"));
  BOOST_TEST(s.http_timeout.count() == 300'000);
  BOOST_TEST(set("limits.keep_alive", "500 ms"));
  BOOST_TEST(s.limits.keep_alive.count() == 500);
  BOOST_TEST(set("limits.keep_alive", "2.5"));
  BOOST_TEST(s.limits.keep_alive.count() == 2500);
  for (const char* bad : {"", "MB", "4 XB", "-4 MB", "1..5 MB", "4 MB 5", "nan", "inf"}) {
    BOOST_TEST(!set("limits.body", bad), bad);
  }
  BOOST_TEST(s.limits.body.value == 65536u);
}

BOOST_AUTO_TEST_CASE(lists_are_separated_by_commas) {
  settings s;
  const key& origins = *find_key("server.origins");
  BOOST_TEST(!assign_text(s, origins, "https://a.org,https://b.org").has_value());
  BOOST_TEST(s.server.origins.size() == 2u);
  BOOST_TEST(s.server.origins.back() == "https://b.org");
  BOOST_TEST(print_value(s, origins) == "[\"https://a.org\", \"https://b.org\"]");
  BOOST_TEST(!assign_text(s, origins, "").has_value());
  BOOST_TEST(s.server.origins.empty());
}

BOOST_AUTO_TEST_CASE(text_that_looks_like_a_number_stays_text) {
  settings s;
  BOOST_TEST(!assign_text(s, *find_key("model.name"), "2048").has_value());
  BOOST_TEST(s.model.name == "2048");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::conf
