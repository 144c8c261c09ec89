#include "cli/load/prompt_text.hpp"
#include "cli/load/request_text.hpp"
#include "cli/load/target.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace hawser::load {
namespace {

namespace json = boost::json;

json::object body_of(const std::string& text) {
  const auto end = text.find("\r\n\r\n");
  BOOST_REQUIRE(end != std::string::npos);
  BOOST_TEST(text.find("Content-Length: " + std::to_string(text.size() - end - 4)) != std::string::npos);
  return json::parse(text.substr(end + 4)).as_object();
}

BOOST_AUTO_TEST_SUITE(load_request)

BOOST_AUTO_TEST_CASE(urls_name_the_endpoint_or_leave_it_to_the_dialect) {
  struct row {
    const char *url, *host, *port, *path;
    dialect speaks;
  };
  for (const row& r :
       {row{"http://h:81", "h", "81", "/v1/chat/completions", dialect::chat},
        row{"h:81/", "h", "81", "/v1/chat/completions", dialect::chat},
        row{"http://h/v1", "h", "80", "/v1/chat/completions", dialect::chat},
        row{"http://h/api/v1/completions", "h", "80", "/api/v1/completions", dialect::completions},
        row{"http://[::1]:9/predict", "::1", "9", "/predict", dialect::predict}}) {
    const auto got = read_url(r.url, dialect::chat);
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST((got->host == r.host && got->port == r.port && got->path == r.path && got->speaks == r.speaks),
               r.url);
  }
  BOOST_TEST(read_url("http://h", dialect::predict)->path == "/predict");
  for (const char* wrong :
       {"https://h", "ftp://h", "http://", "http://h:", "http://h:x", "http://[::1", "http://h/a b"})
    BOOST_TEST(read_url(wrong, dialect::chat).has_error(), wrong);
}

BOOST_AUTO_TEST_CASE(each_dialect_has_its_own_body) {
  planned_request what;
  what.answer = 7;
  request_class as;
  as.priority = "batch";
  target to;
  to.model = "a \"b\"";
  to.extra = R"("seed":3)";
  to.ignore_end = true;
  const auto chat = body_of(request_text(to, what, as, {{"q", "a"}}, "now", {}));
  BOOST_TEST(chat.at("messages").as_array().size() == 3u);
  BOOST_TEST(chat.at("messages").at(2).at("content").as_string() == "now");
  BOOST_TEST(chat.at("max_tokens").as_int64() == 7);
  BOOST_TEST(chat.at("model").as_string() == "a \"b\"");
  BOOST_TEST(chat.at("seed").as_int64() == 3);
  BOOST_TEST(chat.at("priority").as_string() == "batch");
  BOOST_TEST(chat.at("ignore_eos").as_bool());
  BOOST_TEST(chat.at("stream_options").at("include_usage").as_bool());
  to.speaks = dialect::predict;
  as.priority = "-1";
  const auto predict = body_of(request_text(to, what, as, {{"q", "a"}}, "now", {}));
  BOOST_TEST(predict.at("text").as_string() == "qanow");
  BOOST_TEST(predict.at("priority").as_int64() == -1);
  BOOST_TEST(!predict.contains("stream_options"));
  to.speaks = dialect::completions;
  what.stream = false;
  const auto whole = body_of(request_text(to, what, as, {}, "now", {}));
  BOOST_TEST(whole.at("prompt").as_string() == "now");
  BOOST_TEST(!whole.contains("stream"));
}

BOOST_AUTO_TEST_CASE(key_headers_and_deadline_stand_in_the_head) {
  target to;
  to.host = "::1";
  to.port = "9";
  to.path = "/x";
  to.key = "k";
  to.headers = {{"a", "b"}};
  const std::string text = request_text(to, {}, {}, {}, "", std::chrono::milliseconds(1500));
  for (const char* line : {"POST /x HTTP/1.1\r\n", "\r\nHost: [::1]:9\r\n", "\r\nAuthorization: Bearer k\r\n",
                           "\r\na: b\r\n", "\r\nx-request-timeout: 1.5\r\n"})
    BOOST_TEST(text.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(requests_of_a_class_share_a_prefix_and_nothing_else) {
  request_class as;
  as.prefix = 20;
  planned_request a, b;
  a.prefix = b.prefix = 2;
  a.prompt = b.prompt = 30;
  a.text_seed = 5;
  b.text_seed = 6;
  std::string x, y, shared;
  append_prompt(x, a, as);
  append_prompt(y, b, as);
  BOOST_TEST(std::count(x.begin(), x.end(), ' ') == 50);
  const auto parts = std::mismatch(x.begin(), x.end(), y.begin(), y.end());
  shared.assign(x.begin(), parts.first);
  const auto words = std::count(shared.begin(), shared.end(), ' ');
  BOOST_TEST((words >= 20 && words < 26));
  std::string other;
  a.prefix = 3;
  append_prompt(other, a, as);
  BOOST_TEST(other.substr(0, 40) != x.substr(0, 40));
}

BOOST_AUTO_TEST_CASE(a_text_of_ones_own_is_escaped) {
  planned_request what;
  what.text = "a\"\\\n\xe6\xb5\x8b";
  std::string out;
  append_prompt(out, what, {});
  BOOST_TEST(json::parse("\"" + out + "\"").as_string() == what.text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
