#include "cli/log_entry.hpp"
#include "cli/log_sinks.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <spdlog/logger.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace hawser::cli {
namespace {

using namespace std::string_literals;
namespace json = boost::json;

const log_fields asked{{"request_id", "a\"b"}, {"http_path", "/v1/\xff\xc3"}};

/// The journal's end of its socket.
struct journal {
  journal() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hawser-journal-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder + "/socket";
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    descriptor = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    BOOST_REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  }
  ~journal() {
    ::close(descriptor);
    std::filesystem::remove_all(folder);
  }
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  [[nodiscard]] std::string read() const {
    std::string bytes(65536, '\0');
    const auto got = ::recv(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }

  std::string folder;
  std::string path;
  int descriptor = -1;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log)

BOOST_AUTO_TEST_CASE(a_json_line_is_json_whatever_is_in_it) {
  const std::string line =
      json_line({.at = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'500)),
                 .level = "info",
                 .message = "two\nlines",
                 .fields = &asked});
  BOOST_TEST(line.back() == '\n');
  BOOST_TEST(line.find('\n') == line.size() - 1);
  const json::object read = json::parse(line).as_object();
  BOOST_TEST(read.at("time").as_string() == "1970-01-01T00:00:01.500Z");
  BOOST_TEST(read.at("level").as_string() == "info");
  BOOST_TEST(read.at("message").as_string() == "two\nlines");
  BOOST_TEST(read.at("request_id").as_string() == "a\"b");
  BOOST_TEST(read.at("http_path").as_string() == "/v1/??");
}

BOOST_AUTO_TEST_CASE(an_entry_of_the_journal_gives_the_length_of_what_has_lines) {
  const log_fields fields{{"request_id", "x"}, {"why", "a\nb"}};
  BOOST_TEST(journal_entry({.level = "error", .priority = 3, .message = "no", .fields = &fields}) ==
             "MESSAGE=no\nPRIORITY=3\nSYSLOG_IDENTIFIER=hawser\nREQUEST_ID=x\n"
             "WHY\n\x03\0\0\0\0\0\0\0a\nb\n"s);
}

BOOST_AUTO_TEST_CASE(the_form_follows_from_where_standard_error_goes) {
  log_surroundings where{.journal_stream = "8:77", .device = 8, .inode = 77};
  BOOST_TEST((form_of("auto", where) == log_form::journal));
  where.inode = 78;
  BOOST_TEST((form_of("auto", where) == log_form::plain));
  where.container = true;
  BOOST_TEST((form_of("auto", where) == log_form::json));
  where.terminal = true;
  BOOST_TEST((form_of("auto", where) == log_form::plain));
  BOOST_TEST((form_of("json", where) == log_form::json));
  BOOST_TEST((form_of("journal", where) == log_form::journal));
  where.inode = 77;
  BOOST_TEST((form_of("plain", where) == log_form::plain));
}

BOOST_AUTO_TEST_CASE(the_journal_hears_levels_and_fields) {
  const journal end;
  spdlog::logger log("test", std::make_shared<journal_sink>(end.path));
  log.warn("take care");
  BOOST_TEST(end.read() == "MESSAGE=take care\nPRIORITY=4\nSYSLOG_IDENTIFIER=hawser\n");
  fields_of_line() = &asked;
  log.error("no");
  fields_of_line() = nullptr;
  BOOST_TEST(end.read() ==
             "MESSAGE=no\nPRIORITY=3\nSYSLOG_IDENTIFIER=hawser\nREQUEST_ID=a\"b\nHTTP_PATH=/v1/\xff\xc3\n");
}

BOOST_AUTO_TEST_CASE(a_journal_that_does_not_read_holds_nobody_up) {
  const journal end;
  spdlog::logger log("test", std::make_shared<journal_sink>(end.path));
  for (int i = 0; i < 600; ++i) log.info("a line that nobody reads");
  BOOST_TEST(!end.read().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hawser::cli
