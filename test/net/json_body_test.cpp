#include "net/json_body.hpp"

#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::net {
namespace {

std::string why(std::string_view body, const http_limits& limits = {}) {
  const auto got = parse_body(body, limits);
  return got ? "" : got.error().message;
}

std::string nested(int depth) {
  return "{\"a\":" + std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']') + "}";
}

BOOST_AUTO_TEST_SUITE(json_body)

BOOST_AUTO_TEST_CASE(broken_json_is_refused_with_the_byte) {
  BOOST_TEST(why("{") == "the body is not JSON: incomplete JSON at byte 1");
  BOOST_TEST(why("{\"a\":1,}") == "the body is not JSON: syntax error at byte 7");
  BOOST_TEST(why("{\"a\":nul}") == "the body is not JSON: syntax error at byte 5");
  BOOST_TEST(why("{} x") == "the body is not JSON: extra data at byte 3");
  BOOST_TEST(why("{}{}") == "the body is not JSON: extra data at byte 2");
  BOOST_TEST(why("{\"a\":NaN}") != "");
  BOOST_TEST(why("{\"a\":'b'}") != "");
  BOOST_TEST(why("{\"a\":\"\\ud800\"}") != "");
  BOOST_TEST(why("// x\n{}") != "");
  BOOST_TEST(why("\xEF\xBB\xBF{}") != "");
  BOOST_TEST(why("   ") == "the request has no body: expected a JSON object");
  BOOST_TEST(why(" {\"a\":1} \r\n") == "");
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_refused_with_the_byte) {
  BOOST_TEST(why("{\"a\":\"\xFF\"}") == "the body is not valid UTF-8 at byte 6");
  BOOST_TEST(why("{\"a\":\"\xE6\xB5\"}") == "the body is not valid UTF-8 at byte 6");
  BOOST_TEST(why("{\"a\":\"\xED\xA0\x80\"}") == "the body is not valid UTF-8 at byte 6");
  BOOST_TEST(why("{\"a\":\"\xC0\x80\"}") == "the body is not valid UTF-8 at byte 6");
  BOOST_TEST(why("{\"a\":\"\xF4\x90\x80\x80\"}") == "the body is not valid UTF-8 at byte 6");
  BOOST_TEST(why("{\"a\":\"12345678\xE6\xB5\x8B\xF0\x9F\x98\x80\"}") == "");
}

BOOST_AUTO_TEST_CASE(depth_and_keys_are_bounded) {
  BOOST_TEST(why(nested(63)) == "");
  BOOST_TEST(why(nested(64)) == "the body's JSON is nested deeper than 64 levels");
  BOOST_TEST(why(nested(100'000)) == "the body's JSON is nested deeper than 64 levels");
  std::string many = "{\"o\":{";
  for (int i = 0; i < 10'001; ++i) many += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":1";
  BOOST_TEST(why(many + "}}") == "the body has a JSON object with more than 10000 keys");
}

BOOST_AUTO_TEST_CASE(text_survives) {
  const auto got = parse_body("{\"text\":\"\xE6\xB5\x8B\\u8bd5\\ud83d\\ude00\\u0000\"}", {});
  BOOST_TEST_REQUIRE(got.has_value());
  BOOST_TEST(got->at("text").as_string() ==
             boost::json::string_view("\xE6\xB5\x8B\xE8\xAF\x95\xF0\x9F\x98\x80\0", 11));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
