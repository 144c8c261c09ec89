#include "conf/reference.hpp"
#include "conf/source.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace hawser::conf {
namespace {

/// The problems of a text, one a line.
std::string complaints(std::string_view text) {
  configuration c;
  const auto read = read_toml(c, text, "h.toml");
  std::string all;
  if (read.has_error()) {
    for (const problem& p : read.error()) all += p.text() + "\n";
  }
  return all;
}

BOOST_AUTO_TEST_SUITE(conf_sources)

BOOST_AUTO_TEST_CASE(a_file_sets_what_it_names_and_nothing_else) {
  configuration c;
  const auto read = read_toml(
      c, "chunk_threshold = 100\n[server]\nport = 9000\nhost = \"0.0.0.0\"\n[limits]\nbody = \"1 MB\"\n",
      "h.toml");
  BOOST_TEST(!read.has_error());
  BOOST_TEST(c.values.chunk_threshold == 100);
  BOOST_TEST(c.values.server.port == 9000);
  BOOST_TEST(c.values.server.host == "0.0.0.0");
  BOOST_TEST(c.values.limits.body.value == 1u << 20);
  BOOST_TEST(c.values.limits.json_depth == settings{}.limits.json_depth);
  BOOST_TEST((c.origin_of(*find_key("server.port")) == origin::file));
  BOOST_TEST((c.origin_of(*find_key("server.threads")) == origin::built_in));
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_named_with_place_and_suggestion) {
  BOOST_TEST(complaints("[server]\n  prot = 1\n") ==
             "h.toml:2:3: unknown key \"server.prot\": did you mean \"server.port\"?\n");
  BOOST_TEST(complaints("port = 1\n") == "h.toml:1:1: unknown key \"port\": did you mean \"server.port\"?\n");
  BOOST_TEST(complaints("[server]\nmax_concurency = 1\n") ==
             "h.toml:2:1: unknown key \"server.max_concurency\": did you mean \"max_concurrency\" (at the "
             "top level, before any "
             "[section])?\n");
  BOOST_TEST(complaints("[zzzzzzzzzzzzzz]\na = 1\n").find("unknown key \"zzzzzzzzzzzzzz\": `hawser check") !=
             std::string::npos);
  BOOST_TEST(
      complaints("[server.port]\na = 1\n").find("server.port: expected one value (integer), found a table") !=
      std::string::npos);
  BOOST_TEST(complaints("server = 4\n").find("unknown key \"server\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_kinds_say_what_was_expected_and_found) {
  BOOST_TEST(complaints("[server]\nport = \"abc\"\n") ==
             "h.toml:2:8: server.port: expected an integer, found the string \"abc\"\n");
  BOOST_TEST(complaints("[server]\nport = 80.5\n") ==
             "h.toml:2:8: server.port: expected an integer, found the number 80.5\n");
  BOOST_TEST(complaints("[server]\nhost = 1\n") ==
             "h.toml:2:8: server.host: expected a string, found the integer 1\n");
  BOOST_TEST(complaints("[server]\nhost = [1]\n").find("found an array") != std::string::npos);
  BOOST_TEST(complaints("[server]\nhost = [\"a\"]\n").find("expected a string, found a list of 1 strings") !=
             std::string::npos);
  BOOST_TEST(complaints("[server]\norigins = \"a\"\n").find("expected a list of strings, found the string") !=
             std::string::npos);
  BOOST_TEST(complaints("[server]\norigins = [1]\n").find("expected a list of strings, found an array") !=
             std::string::npos);
  BOOST_TEST(complaints("[server]\nhost = 1979-05-27\n").find("found a date or time") != std::string::npos);
  BOOST_TEST(complaints("[limits]\nbody = \"4 XB\"\n").find("limits.body: expected a size") !=
             std::string::npos);
  BOOST_TEST(complaints("http_timeout = true\n").find("expected a duration") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(values_out_of_range_name_the_range) {
  BOOST_TEST(complaints("[server]\nport = 70000\n") ==
             "h.toml:2:8: server.port must be in 0 .. 65535, found the integer 70000\n");
  BOOST_TEST(complaints("[limits]\nbody = \"65 MB\"\n") ==
             "h.toml:2:8: limits.body must be in 1 KB .. 64 MB, found the string \"65 MB\"\n");
  BOOST_TEST(complaints("[logging]\nlevel = \"loud\"\n") ==
             "h.toml:2:9: logging.level must be one of trace | debug | info | warning | error | off, found "
             "the string \"loud\"\n");
  BOOST_TEST(complaints("chunk_threshold = 0\n").find("chunk_threshold must be in 1 ..") !=
             std::string::npos);
  BOOST_TEST(complaints("http_timeout = inf\n").find("http_timeout") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(broken_toml_has_a_line) {
  const std::string said = complaints("[server]\nport = \n");
  BOOST_TEST(said.starts_with("h.toml:2:"), said);
  BOOST_TEST(complaints("a = 1\na = 2\n").starts_with("h.toml:2:"));
}

BOOST_AUTO_TEST_CASE(all_problems_of_a_file_are_told_and_none_takes_effect) {
  configuration c;
  const auto read = read_toml(c, "[server]\nport = 1\nthreads = 0\nhots = \"a\"\n", "h.toml");
  BOOST_REQUIRE(read.has_error());
  BOOST_TEST(read.error().size() == 2u);
  BOOST_TEST(c.values.server.port == settings{}.server.port);
}

BOOST_AUTO_TEST_CASE(later_sources_win) {
  configuration c;
  BOOST_TEST(!read_toml(c, "[server]\nport = 1001\nthreads = 3\nhost = \"file\"\n", "h.toml").has_error());
  const std::array<const char*, 4> environment{"PATH=/bin", "HAWSER_SERVER_PORT=1002",
                                               "HAWSER_SERVER_HOST=env", "HAWSER_MODEL=m.gguf"};
  const auto read = read_environment(c, environment);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->empty());
  BOOST_TEST(!read_flag(c, "server.port", "1003", "--port").has_error());
  BOOST_TEST(c.values.server.port == 1003);
  BOOST_TEST(c.values.server.host == "env");
  BOOST_TEST(c.values.server.threads == 3);
  BOOST_TEST((c.origin_of(*find_key("server.port")) == origin::flag));
  BOOST_TEST((c.origin_of(*find_key("server.host")) == origin::environment));
}

BOOST_AUTO_TEST_CASE(wrong_variables_and_flags_are_named) {
  configuration c;
  const std::array<const char*, 1> wrong{"HAWSER_SERVER_PORT=tcp://10.0.0.1:80"};
  const auto read = read_environment(c, wrong);
  BOOST_REQUIRE(read.has_error());
  BOOST_TEST(read.error().front().text() == "environment variable HAWSER_SERVER_PORT: server.port: expected "
                                            "an integer, found the string \"tcp://10.0.0.1:80\"");
  const auto flag = read_flag(c, "server.port", "99999", "--port");
  BOOST_REQUIRE(flag.has_error());
  BOOST_TEST(flag.error().front().text() ==
             "--port: server.port must be in 0 .. 65535, found the integer 99999");
  const auto unknown = read_flag(c, "server.prot", "1", "--set");
  BOOST_REQUIRE(unknown.has_error());
  BOOST_TEST((unknown.error().front().cause == errc::unknown_key));
}

BOOST_AUTO_TEST_CASE(variables_that_a_container_platform_makes_are_only_mentioned) {
  configuration c;
  const std::array<const char*, 1> made{"HAWSER_SERVICE_HOST=10.0.0.1"};
  const auto read = read_environment(c, made);
  BOOST_REQUIRE(read.has_value());
  BOOST_REQUIRE(read->size() == 1u);
  BOOST_TEST(read->front() == "HAWSER_SERVICE_HOST");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_are_said_so) {
  configuration c;
  const auto missing = read_file(c, "/nonexistent/hawser.toml");
  BOOST_REQUIRE(missing.has_error());
  BOOST_TEST((missing.error().front().cause == errc::io));
  BOOST_TEST(missing.error().front().text().find("/nonexistent/hawser.toml") != std::string::npos);
  BOOST_TEST(read_file(c, "/").has_error());

  const auto path = std::filesystem::temp_directory_path() / "hawser_conf_test_large.toml";
  std::ofstream(path) << std::string((1 << 20) + 1, '#');
  const auto large = read_file(c, path.string());
  std::filesystem::remove(path);
  BOOST_REQUIRE(large.has_error());
  BOOST_TEST(large.error().front().what.find("larger than 1 MB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(value_throws_what_a_person_can_read) {
  configuration c;
  BOOST_CHECK_EXCEPTION(read_toml(c, "port = 1", "h.toml").value(), failure, [](const failure& f) {
    return std::string(f.what()).find("did you mean") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(extensions_are_read_in_order_and_printed_as_they_are_read) {
  configuration c;
  const auto read =
      read_toml(c,
                "[[extension]]\npath = \"a.so\"\ndeadline_ms = 50\nrequired = true\n"
                "options = {words = \"x,y\"}\n[[extension]]\npath = \"b.so\"\nname = \"second\"\n",
                "h.toml");
  BOOST_REQUIRE(!read.has_error());
  BOOST_REQUIRE(c.values.extensions.size() == 2u);
  const extension_settings& first = c.values.extensions[0];
  BOOST_TEST(first.path == "a.so");
  BOOST_TEST(first.deadline.count() == 50);
  BOOST_TEST(first.required);
  BOOST_REQUIRE(first.options.size() == 1u);
  BOOST_TEST(first.options[0].first == "words");
  BOOST_TEST(first.options[0].second == "x,y");
  BOOST_TEST(c.values.extensions[1].name == "second");
  configuration again;
  BOOST_REQUIRE(!read_toml(again, print_settings(c), "printed").has_error());
  BOOST_TEST(print_settings(again).substr(print_settings(again).find("[[extension]]")) ==
             print_settings(c).substr(print_settings(c).find("[[extension]]")));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_an_extension_is_said_with_its_place) {
  BOOST_TEST(complaints("[[extension]]\nname = \"x\"\n").find("extension.path: say which") !=
             std::string::npos);
  BOOST_TEST(complaints("[[extension]]\npath = 1\n").find("h.toml:2:8: extension.path: expected a string") ==
             0u);
  BOOST_TEST(
      complaints("[[extension]]\npath = \"a\"\ndeadline = 1\n").find("unknown key \"extension.deadline\"") !=
      std::string::npos);
  BOOST_TEST(complaints("[[extension]]\npath = \"a\"\ndeadline_ms = 0\n").find("1 .. 60000") !=
             std::string::npos);
  BOOST_TEST(
      complaints("[[extension]]\npath = \"a\"\n[extension.options]\nn = 1\n").find("expected a string") !=
      std::string::npos);
  BOOST_TEST(complaints("[extension]\npath = \"a\"\n").find("write [[extension]]") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::conf
