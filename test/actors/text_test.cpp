#include "actors/answer_stream.hpp"
#include "actors/prompt_maker.hpp"
#include "actors/stop_scan.hpp"
#include "test/actors/fakes.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

struct shown {
  std::vector<std::string> pieces;
  std::string text;
  std::string rest;
  std::string stop;
};

// Bytes one by one, as the fake vocabulary has them.
shown stream(const std::string& text, std::vector<std::string> stops) {
  answer_stream in(std::make_shared<fake_tokenizer>(), std::move(stops), false);
  shown out;
  for (const char byte : text) {
    model::sampled_token token{.id = static_cast<unsigned char>(byte), .logprob = 0.0f, .top = {}};
    generated_token piece;
    const bool goes_on = in.push(token, piece);
    out.pieces.push_back(piece.text);
    out.text += piece.text;
    if (!goes_on) break;
  }
  out.rest = in.finish();
  out.stop = in.matched_stop();
  return out;
}

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(text_without_stops_comes_at_once) {
  const shown out = stream("abc", {});
  BOOST_TEST((out.pieces == std::vector<std::string>{"a", "b", "c"}));
  BOOST_TEST(out.rest.empty());
}

BOOST_AUTO_TEST_CASE(half_a_character_is_held_back) {
  const shown out = stream("\xe6\xb5\x8b!", {});
  BOOST_TEST((out.pieces == std::vector<std::string>{"", "", "\xe6\xb5\x8b", "!"}));
  BOOST_TEST(stream("a\xe6\xb5", {}).rest == "\xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(a_beginning_is_held_until_it_is_sure) {
  const shown out = stream("one ENDED", {"END!", "nope"});
  BOOST_TEST((out.pieces == std::vector<std::string>{"o", "", "ne", " ", "", "", "", "END", "ED"}));
  BOOST_TEST(out.rest.empty());
  BOOST_TEST(out.stop.empty());
}

BOOST_AUTO_TEST_CASE(the_first_complete_stop_ends_and_is_removed) {
  struct row {
    const char* text;
    std::vector<std::string> stops;
    const char* answer;
    const char* stop;
  };
  const row table[] = {
      {"hello END more", {"END"}, "hello ", "END"},
      {"aab", {"ab"}, "a", "ab"},
      {"aaab", {"aab"}, "a", "aab"},
      {"abcabd", {"abd"}, "abc", "abd"},
      {"xyz", {"yz", "xyz"}, "", "xyz"},
      {"abc", {"b", "abc"}, "a", "b"},
      {"END", {"END"}, "", "END"},
      {"\xe6\xb5\x8b\xe8\xaf\x95", {"\xe8\xaf\x95"}, "\xe6\xb5\x8b", "\xe8\xaf\x95"},
      {"no stop here", {"stop!"}, "no stop here", ""},
  };
  for (const row& r : table) {
    BOOST_TEST_CONTEXT(r.text) {
      const shown out = stream(r.text, r.stops);
      BOOST_TEST(out.text + out.rest == r.answer);
      BOOST_TEST(out.stop == r.stop);
    }
  }
}

// Against a search in the whole text; no prefix of the stop that ends the answer was ever shown.
BOOST_AUTO_TEST_CASE(random_texts_agree_with_a_plain_search) {
  std::mt19937 chance(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text(1 + chance() % 40, 'a');
    for (char& c : text) c = static_cast<char>('a' + chance() % 2);
    std::vector<std::string> stops(1 + chance() % 3);
    for (std::string& stop : stops) {
      stop.assign(1 + chance() % 5, 'a');
      for (char& c : stop) c = static_cast<char>('a' + chance() % 2);
    }
    std::size_t end = std::string::npos;
    std::size_t size = 0;
    for (const std::string& stop : stops) {
      const std::size_t at = text.find(stop);
      if (at == std::string::npos) continue;
      const std::size_t complete = at + stop.size();
      if (end == std::string::npos || complete < end || (complete == end && stop.size() > size)) {
        end = complete;
        size = stop.size();
      }
    }
    const shown out = stream(text, stops);
    const std::string expected = end == std::string::npos ? text : text.substr(0, end - size);
    BOOST_TEST_REQUIRE(out.text + out.rest == expected);
    BOOST_TEST_REQUIRE(out.stop.size() == size);
  }
}

BOOST_AUTO_TEST_CASE(a_stop_string_costs_linear_time) {
  stop_scan scan({std::string(255, 'a') + "b"});
  for (int i = 0; i < 1000; ++i) BOOST_TEST_REQUIRE((scan.read(std::string(1000, 'a')).stop == nullptr));
  BOOST_TEST(scan.suspicious() == 255u);
}

BOOST_AUTO_TEST_CASE(pieces_come_with_logprobs) {
  answer_stream in(std::make_shared<fake_tokenizer>(), {}, true);
  model::sampled_token token{.id = 'x', .logprob = -1.5f, .top = {{'x', -1.5f}, {257, -2.0f}}};
  generated_token piece;
  BOOST_TEST(in.push(token, piece));
  BOOST_TEST(piece.piece == "x");
  BOOST_TEST(piece.logprob == -1.5f);
  BOOST_TEST((piece.top_pieces == std::vector<std::string>{"x", "</s>"}));
}

language speaks(bool add_bos, const char* chat = nullptr) {
  language made{std::make_shared<fake_tokenizer>(add_bos), nullptr};
  if (chat != nullptr)
    made.chat = std::make_shared<const model::chat_template>(model::chat_template::compile(chat).value());
  return made;
}

BOOST_AUTO_TEST_CASE(prompts_get_one_begin_token) {
  const std::chrono::system_clock::time_point now{};
  using ids = std::vector<model::token_id>;
  BOOST_TEST((make_tokens(speaks(true), plain_prompt{"a"}, true, now).value() == ids{256, 'a'}));
  BOOST_TEST((make_tokens(speaks(true), plain_prompt{"a"}, false, now).value() == ids{'a'}));
  boost::json::object context;
  context["who"] = "b";
  BOOST_TEST(
      (make_tokens(speaks(true, "{{ who }}"), chat_prompt{context}, true, now).value() == ids{256, 'b'}));
  BOOST_TEST(
      (make_tokens(speaks(true, "{{ bos_token }}{{ who }}"), chat_prompt{context}, true, now).value() ==
       ids{256, 'b'}));
  BOOST_TEST(
      (make_tokens(speaks(false, "{{ who }}{{ eos_token }}"), chat_prompt{context}, true, now).value() ==
       ids{'b', '<', '/', 's', '>'}));
  BOOST_TEST(
      (make_tokens(speaks(false, "{{ add_generation_prompt }}"), chat_prompt{}, true, now).value().size() ==
       4));
}

BOOST_AUTO_TEST_CASE(a_prompt_without_tokens_begins_a_document) {
  const std::chrono::system_clock::time_point now{};
  using ids = std::vector<model::token_id>;
  BOOST_TEST((make_tokens(speaks(false), plain_prompt{""}, true, now).value() == ids{}));
  BOOST_TEST((make_prompt_tokens(speaks(false), plain_prompt{""}, now).value() == ids{256}));
  BOOST_TEST((make_prompt_tokens(speaks(true), plain_prompt{""}, now).value() == ids{256}));
  BOOST_TEST((make_prompt_tokens(speaks(false), plain_prompt{"a"}, now).value() == ids{'a'}));
  BOOST_TEST((make_prompt_tokens(speaks(false, "{{ '' }}"), chat_prompt{}, now).value() == ids{256}));
  BOOST_TEST(make_prompt_tokens(speaks(false), chat_prompt{}, now).has_error());
}

BOOST_AUTO_TEST_CASE(tokens_are_spelled) {
  const spelling whole = spell(speaks(true), {256, 'h', 'i', 257}, true).value();
  BOOST_TEST(whole.text ==
             speaks(true).words->decode(std::vector<model::token_id>{256, 'h', 'i', 257}, true));
  BOOST_TEST((whole.pieces == std::vector<std::string>{"<s>", "h", "i", "</s>"}));
  BOOST_TEST(spell(speaks(true), {'h'}, false).value().pieces.empty());
  BOOST_TEST(spell(speaks(true), {}, true).value().text == "");
  for (const model::token_id wrong : {-1, 258})
    BOOST_TEST((spell(speaks(true), {'h', wrong}, true).error().cause == model::errc::bad_argument));
}

BOOST_AUTO_TEST_CASE(a_chat_becomes_a_text) {
  const std::chrono::system_clock::time_point now{};
  boost::json::object context;
  context["who"] = "b";
  BOOST_TEST(render_text(speaks(true, "{{ bos_token }}{{ who }}{{ add_generation_prompt }}"),
                         chat_prompt{context}, now)
                 .value() == "<s>bTrue");
  BOOST_TEST((render_text(speaks(true), chat_prompt{}, now).error().cause == model::errc::bad_argument));
}

BOOST_AUTO_TEST_CASE(a_template_shows_how_its_model_thinks) {
  struct row {
    const char* source;
    std::string open;
    std::array<bool, 3> begun;
  };
  const row rows[] = {
      {"{{ messages[0].content }}", "", {}},
      {"{{ messages[0].content }}{% if false %}</think>{% endif %}", "<think>", {}},
      {"{% if false %}</think>{% endif %}A:<think>\n", "<think>", {true, true, true}},
      {"{{ '</think>'[:0] }}A:{% if enable_thinking is defined and not enable_thinking %}<think></think>{% "
       "endif %}",
       "<think>",
       {}},
      {"{{ '</think>'[:0] }}A:{{ '<think>' if thinking else '</think>' }}", "<think>", {false, false, true}},
      {"{{ '[/THINK]'[:0] }}A:[THINK]", "[THINK]", {true, true, true}},
      {"{{ raise_exception('no') }}</think>", "<think>", {}},
  };
  for (const row& r : rows) {
    const thinking_style found = find_thinking(speaks(true, r.source), {});
    BOOST_TEST_INFO(r.source);
    BOOST_TEST(found.open == r.open);
    BOOST_TEST_INFO(r.source);
    BOOST_TEST((found.begun == r.begun));
  }
  BOOST_TEST(find_thinking(speaks(true), {}).open.empty());
}

BOOST_AUTO_TEST_CASE(prompts_that_cannot_be_made_say_why) {
  const std::chrono::system_clock::time_point now{};
  BOOST_TEST(
      (make_tokens(speaks(false), chat_prompt{}, true, now).error().cause == model::errc::bad_argument));
  const auto raised =
      make_tokens(speaks(false, "{{ raise_exception('roles must alternate') }}"), chat_prompt{}, true, now);
  BOOST_TEST(raised.error().what.find("roles must alternate") != std::string::npos);
  BOOST_TEST(make_tokens(speaks(false), token_prompt{{1, 257}}, true, now).has_value());
  BOOST_TEST(make_tokens(speaks(false), token_prompt{{258}}, true, now).has_error());
  BOOST_TEST(make_tokens(speaks(false), token_prompt{{-1}}, true, now).has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
