#include "cli/load/trace.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::load {
namespace {

result<trace> read(std::string_view text, double speed = 1) {
  return read_trace(text, {request_class{}}, speed, 1);
}

BOOST_AUTO_TEST_SUITE(load_trace)

BOOST_AUTO_TEST_CASE(lines_may_use_either_set_of_names_and_come_in_any_order) {
  const auto got =
      read("{\"time\": 2, \"prompt\": \"Hello\", \"max_tokens\": 8, \"class\": \"chat\", \"stream\": false}\n"
           "\r\n"
           "{\"timestamp\": 500, \"input_length\": 30, \"output_length\": 4}");
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->requests.size() == 2u);
  BOOST_TEST((got->requests[0].at == std::chrono::milliseconds(500)));
  BOOST_TEST(got->requests[0].prompt == 30u);
  BOOST_TEST(got->requests[0].answer == 4u);
  BOOST_TEST(got->requests[1].text == "Hello");
  BOOST_TEST(!got->requests[1].stream);
  BOOST_TEST(got->classes.size() == 2u);
  BOOST_TEST(got->classes[got->requests[1].of_class].name == "chat");
}

BOOST_AUTO_TEST_CASE(speed_divides_the_times) {
  BOOST_TEST((read("{\"time\": 2}", 4)->requests[0].at == std::chrono::milliseconds(500)));
}

BOOST_AUTO_TEST_CASE(lengths_left_out_are_the_classes) {
  const auto got = *read("{}");
  BOOST_TEST(got.requests[0].prompt == 128u);
  BOOST_TEST(got.requests[0].answer == 64u);
}

BOOST_AUTO_TEST_CASE(a_wrong_line_is_named) {
  for (const char* wrong : {"{}\nx", "{}\n[]", "{}\n{\"time\": -1}", "{}\n{\"time\": \"2\"}",
                            "{}\n{\"prompt\": 3}", "{}\n{\"max_tokens\": 1e30}", "{}\n{\"time\": 1e300}"}) {
    const auto got = read(wrong);
    BOOST_REQUIRE(got.has_error());
    BOOST_TEST(got.error().what.find("line 2") != std::string::npos, wrong);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
