#include "net/thought_splitter.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {
namespace {

struct row {
  bool begun;
  std::string_view text, thought, answer;
};

const std::vector<row> rows{
    {false, "plain text", "", "plain text"},
    {false, "", "", ""},
    {false, "  \n indented", "", "  \n indented"},
    {false, "   ", "", "   "},
    {false, "<think>why</think>because", "why", "because"},
    {false, "<think>\nwhy\n</think>\n\nbecause\n", "why", "because\n"},
    {false, "\n\n<think>\n\n</think>\n\nanswer", "", "answer"},
    {false, "<think></think>answer", "", "answer"},
    {false, "<think>a < b </thin k> </think > c</think>d", "a < b </thin k> </think > c", "d"},
    {false, "<think>a</think>b<think>c</think>d", "a", "b<think>c</think>d"},
    {false, "say <think> aloud", "", "say <think> aloud"},
    {false, "<thinking>", "", "<thinking>"},
    {false, "<thin", "", "<thin"},
    {false, "</think>", "", "</think>"},
    {false, "<think>never ends", "never ends", ""},
    {false, "<think>never ends </thi", "never ends </thi", ""},
    {false, "<think>a  b\n\n c </think>\n", "a  b\n\n c", ""},
    {false, "<think>\xc3\xa9t\xc3\xa9</think>\xe6\xb5\x8b", "\xc3\xa9t\xc3\xa9", "\xe6\xb5\x8b"},
    {true, "why\n</think>\n\nbecause", "why", "because"},
    {true, "\n</think>because", "", "because"},
    {true, "<think>\nwhy</think>because", "why", "because"},
    {true, "<th", "<th", ""},
    {true, "<b>why</b></think>so", "<b>why</b>", "so"},
    {true, "a<think>b</think>c", "a<think>b", "c"},
    {true, "only thoughts", "only thoughts", ""},
};

thinking_tags tags(bool begun) {
  return {.open = "<think>", .close = "</think>", .begun = begun};
}

BOOST_AUTO_TEST_SUITE(thought_splitters)

// Whatever pieces a text comes in, its parts are the same, and no piece of a tag is ever given.
BOOST_AUTO_TEST_CASE(texts_in_all_pieces) {
  for (const row& r : rows) {
    for (std::size_t step = 1; step <= r.text.size() + 1; ++step) {
      thought_splitter splitter(tags(r.begun));
      thought_splitter::parts all;
      const auto add = [&](const thought_splitter::parts& more) {
        all.thought += more.thought;
        all.answer += more.answer;
        BOOST_TEST(r.thought.starts_with(all.thought));
        BOOST_TEST(r.answer.starts_with(all.answer));
      };
      for (std::size_t at = 0; at < r.text.size(); at += step) add(splitter.push(r.text.substr(at, step)));
      add(splitter.finish());
      BOOST_TEST_INFO(r.text << " in pieces of " << step);
      BOOST_TEST(all.thought == r.thought);
      BOOST_TEST_INFO(r.text << " in pieces of " << step);
      BOOST_TEST(all.answer == r.answer);
    }
  }
}

BOOST_AUTO_TEST_CASE(it_says_when_it_thinks) {
  thought_splitter splitter(tags(false));
  BOOST_TEST(!splitter.thinks());
  BOOST_TEST(splitter.push("<think>a").thought == "a");
  BOOST_TEST(splitter.thinks());
  BOOST_TEST(splitter.push(" b</think>").thought == " b");
  BOOST_TEST(!splitter.thinks());
  BOOST_TEST(thought_splitter(tags(true)).thinks());
}

BOOST_AUTO_TEST_CASE(without_tags_all_is_answer_at_once) {
  thought_splitter splitter({});
  BOOST_TEST(splitter.push("<think>").answer == "<think>");
  BOOST_TEST(splitter.push(" \n").answer == " \n");
  BOOST_TEST(splitter.finish().answer.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
