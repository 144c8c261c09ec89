#include "model/pre_tokenizer.hpp"
#include "model/tokenizer.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>

using namespace hawser::model;

namespace {

using ids = std::vector<token_id>;

/// Byte-level BPE of the given merges: "!" .. "~" and the other printable bytes are left out unless named in
/// `letters`.
vocabulary byte_pairs(std::vector<std::string> texts, std::vector<std::string> merges,
                      std::string pre = "gpt-2") {
  vocabulary words;
  words.model = "gpt2";
  words.pre_tokenizer = std::move(pre);
  words.texts = std::move(texts);
  words.merges = std::move(merges);
  words.kinds.assign(words.texts.size(), token_kind::normal);
  return words;
}

std::shared_ptr<const tokenizer> make(vocabulary words) {
  return tokenizer::make(std::move(words)).value();
}

ids encode(const tokenizer& t, std::string_view text, bool special = false, bool parse = true) {
  return t.encode(text, {.add_special = special, .parse_special = parse});
}

/// The 256 bytes in their printable alphabet, byte b as token b.
std::vector<std::string> all_bytes() {
  std::vector<std::string> texts;
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool prints = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
    const int code = prints ? byte : next++;
    if (code < 0x80) {
      texts.push_back({static_cast<char>(code)});
    } else {
      texts.push_back({static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))});
    }
  }
  return texts;
}

vocabulary bytes_and(std::vector<std::string> more, std::vector<std::string> merges,
                     std::string pre = "gpt-2") {
  auto texts = all_bytes();
  texts.insert(texts.end(), more.begin(), more.end());
  return byte_pairs(std::move(texts), std::move(merges), std::move(pre));
}

/// SentencePiece with the letters a to d, some pairs, and byte tokens.
vocabulary sentence_pieces(bool space_prefix) {
  vocabulary words;
  words.model = "llama";
  words.texts = {"<unk>", "<s>", "</s>"};
  words.kinds = {token_kind::unknown, token_kind::control, token_kind::control};
  words.scores = {0, 0, 0};
  for (int byte = 0; byte < 256; ++byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto b = static_cast<std::size_t>(byte);
    words.texts.push_back({'<', '0', 'x', digits[b / 16], digits[b % 16], '>'});
    words.kinds.push_back(token_kind::byte);
    words.scores.push_back(0);
  }
  float score = 0;
  for (const char* text : {"\u2581a", "ab", "bc", "abc", "\u2581", "a", "b", "c", "d", "\u2581\u2581"}) {
    words.texts.emplace_back(text);
    words.kinds.push_back(token_kind::normal);
    words.scores.push_back(score -= 1);
  }
  words.texts.emplace_back("<x>");
  words.kinds.push_back(token_kind::user_defined);
  words.scores.push_back(0);
  words.unknown = 0;
  words.bos = 1;
  words.eos = 2;
  words.add_bos = true;
  words.add_space_prefix = space_prefix;
  return words;
}

std::vector<std::string> texts_of(const tokenizer& t, const ids& tokens) {
  std::vector<std::string> texts;
  for (const token_id id : tokens) texts.push_back(t.words().texts[static_cast<std::size_t>(id)]);
  return texts;
}

boost::json::value read_json(const std::string& name) {
  std::ifstream in(std::string(HAWSER_TEST_DATA) + "/" + name);
  BOOST_REQUIRE_MESSAGE(in, "cannot open " << name);
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

/// Processor time: other programs of the machine do not count.
double seconds(auto&& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

std::string repeated(std::string_view part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

using strings = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(byte_pair)

BOOST_AUTO_TEST_CASE(earlier_merges_win_and_ties_go_left) {
  const auto t = make(bytes_and({"ab", "bc", "aa", "aaa"}, {"b c", "a b", "a a", "aa a"}));
  BOOST_TEST(texts_of(*t, encode(*t, "abc")) == (strings{"a", "bc"}));
  BOOST_TEST(texts_of(*t, encode(*t, "aaaaa")) == (strings{"aa", "aaa"}));
  BOOST_TEST(texts_of(*t, encode(*t, "aab")) == (strings{"a", "ab"}));
}

BOOST_AUTO_TEST_CASE(a_string_that_is_no_token_falls_back_to_bytes) {
  const auto t = make(bytes_and({"abc"}, {"a b", "ab c"}));
  BOOST_TEST(texts_of(*t, encode(*t, "abc")) == (strings{"abc"}));
  BOOST_TEST(texts_of(*t, encode(*t, "abd")) == (strings{"a", "b", "d"}));
}

BOOST_AUTO_TEST_CASE(a_byte_that_is_no_token_is_passed_over_before_the_merges) {
  const auto t = make(byte_pairs({"a", "b", "ab"}, {"a b"}));
  BOOST_TEST(encode(*t, "axb") == (ids{2}));
  BOOST_TEST(encode(*t, "?").empty());
}

BOOST_AUTO_TEST_CASE(a_piece_that_is_a_token_needs_no_merge_where_merges_are_ignored) {
  const strings more{"hello", "he"};
  const strings merges{"h e"};
  const auto whole = make(bytes_and(more, merges, "llama-bpe"));
  BOOST_TEST(texts_of(*whole, encode(*whole, "hello")) == (strings{"hello"}));
  const auto merged = make(bytes_and(more, merges, "gpt-2"));
  BOOST_TEST(texts_of(*merged, encode(*merged, "hello")) == (strings{"he", "l", "l", "o"}));
}

BOOST_AUTO_TEST_CASE(any_bytes_come_back) {
  const auto t = make(bytes_and({"ab"}, {"a b"}));
  std::string bytes;
  for (int i = 0; i < 1024; ++i) bytes += static_cast<char>((i * 167 + i / 7) & 0xFF);
  for (const std::string& text :
       {bytes, std::string("\xC3"), std::string("\xF0\x9F\x98"), std::string("a\xFFz\0b", 5)}) {
    BOOST_TEST(t->decode(encode(*t, text)) == text);
  }
}

BOOST_AUTO_TEST_CASE(begin_and_end_tokens_are_added_on_request_only) {
  vocabulary words = bytes_and({"<s>", "</s>"}, {"a b"});
  words.kinds[256] = words.kinds[257] = token_kind::control;
  words.bos = 256;
  words.eos = 257;
  words.add_bos = words.add_eos = true;
  const auto t = make(words);
  BOOST_TEST(encode(*t, "a", true) == (ids{256, 'a', 257}));
  BOOST_TEST(encode(*t, "a", false) == (ids{'a'}));
  BOOST_TEST(encode(*t, "", true) == (ids{256, 257}));
}

BOOST_AUTO_TEST_CASE(the_leftmost_and_then_the_longest_special_token_matches) {
  vocabulary words = bytes_and({"<|a|>", "<|a|><|b|>", "bc", "cde"}, {"x y"});
  for (std::size_t i = 256; i < 260; ++i) words.kinds[i] = token_kind::user_defined;
  const auto t = make(words);
  BOOST_TEST(encode(*t, "<|a|><|b|>") == (ids{257}));
  BOOST_TEST(encode(*t, "<|a|><|b") == (ids{256, '<', '|', 'b'}));
  BOOST_TEST(encode(*t, "bcde") == (ids{258, 'd', 'e'}));
}

BOOST_AUTO_TEST_CASE(control_tokens_match_and_show_on_request_user_defined_ones_always) {
  vocabulary words = bytes_and({"<|im_end|>", "<tool>"}, {"a b"});
  words.kinds[256] = token_kind::control;
  words.kinds[257] = token_kind::user_defined;
  const auto t = make(words);
  BOOST_TEST(encode(*t, "<tool><|im_end|>") == (ids{257, 256}));
  const auto plain = encode(*t, "<tool><|im_end|>", false, false);
  BOOST_TEST(plain.size() == 11U);
  BOOST_TEST(plain.front() == 257);
  BOOST_TEST(t->decode(ids{257, 256}) == "<tool>");
  BOOST_TEST(t->decode(ids{257, 256}, true) == "<tool><|im_end|>");
  BOOST_TEST(t->piece(-1).empty());
  BOOST_TEST(t->piece(5000, true).empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_named_with_what_is) {
  auto words = bytes_and({}, {"a b"}, "no-such-family");
  const auto pre = tokenizer::make(words);
  BOOST_REQUIRE(!pre);
  BOOST_TEST((pre.error().cause == errc::unsupported));
  BOOST_TEST(pre.error().what.find("no-such-family") != std::string::npos);
  BOOST_TEST(pre.error().what.find("llama-bpe") != std::string::npos);
  words.model = "rwkv";
  const auto model = tokenizer::make(words);
  BOOST_REQUIRE(!model);
  BOOST_TEST((model.error().cause == errc::unsupported));
  BOOST_TEST(model.error().what.find("rwkv") != std::string::npos);
  auto unmerged = tokenizer::make(bytes_and({}, {}));
  BOOST_REQUIRE(!unmerged);
  BOOST_TEST((unmerged.error().cause == errc::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sentence_piece)

BOOST_AUTO_TEST_CASE(the_best_score_merges_first) {
  const auto t = make(sentence_pieces(false));
  BOOST_TEST(texts_of(*t, encode(*t, "abc")) == (strings{"abc"}));
  BOOST_TEST(texts_of(*t, encode(*t, " abc")) == (strings{"\u2581a", "bc"}));
  BOOST_TEST(texts_of(*t, encode(*t, "dbc")) == (strings{"d", "bc"}));
}

BOOST_AUTO_TEST_CASE(a_space_is_put_before_the_text_and_taken_off_again) {
  const auto t = make(sentence_pieces(true));
  BOOST_TEST(texts_of(*t, encode(*t, "a b", true)) == (strings{"<s>", "\u2581a", "\u2581", "b"}));
  BOOST_TEST(t->decode(encode(*t, "a b", true)) == "a b");
  BOOST_TEST(texts_of(*t, encode(*t, "a<x>a")) == (strings{"\u2581a", "<x>", "\u2581a"}));
  BOOST_TEST(encode(*t, "", true) == (ids{1}));
  BOOST_TEST(t->strips_first_space());
}

BOOST_AUTO_TEST_CASE(what_is_no_token_becomes_bytes) {
  const auto t = make(sentence_pieces(false));
  BOOST_TEST(texts_of(*t, encode(*t, "a\u00e9")) == (strings{"a", "<0xC3>", "<0xA9>"}));
  const std::string broken = "a\xFF\xC3(\0b";
  BOOST_TEST(t->decode(encode(*t, broken)) == broken);
}

BOOST_AUTO_TEST_CASE(without_byte_tokens_a_run_becomes_one_unknown) {
  auto words = sentence_pieces(false);
  for (auto& kind : words.kinds) {
    if (kind == token_kind::byte) kind = token_kind::unused;
  }
  const auto t = make(words);
  BOOST_TEST(texts_of(*t, encode(*t, "axyzb")) == (strings{"a", "<unk>", "b"}));
}

BOOST_AUTO_TEST_CASE(control_tokens_in_a_text_stay_text_unless_asked_for) {
  const auto t = make(sentence_pieces(false));
  BOOST_TEST(encode(*t, "a</s>") == (ids{264, 2}));
  BOOST_TEST(encode(*t, "</s>", false, false).size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(pre_tokenizers)

BOOST_AUTO_TEST_CASE(cut_as_the_reference_cuts) {
  const auto golden = read_json("pre_tokenizers.json");
  const auto& texts = golden.at("texts").as_array();
  for (const auto& [name, cuts] : golden.at("cuts").as_object()) {
    const auto cutter = find_pre_tokenizer(name).value();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      std::vector<std::size_t> ends;
      std::size_t end = 0;
      for (const auto& bytes : cuts.at(i).as_array()) ends.push_back(end += bytes.to_number<std::size_t>());
      BOOST_TEST(cutter.cut(texts[i].as_string()) == ends, name << " cuts text " << i << " in another way");
    }
  }
  for (const auto& [name, as] : golden.at("same").as_object()) {
    BOOST_TEST(
        (find_pre_tokenizer(name).value().passes == find_pre_tokenizer(as.as_string()).value().passes ||
         name == "bailingmoe"),
        name << " is not " << as.as_string());
  }
}

BOOST_AUTO_TEST_CASE(every_family_is_linear_and_loses_nothing) {
  constexpr std::size_t size = 1 << 17;
  const auto golden = read_json("pre_tokenizers.json");
  for (const auto& [name, cuts] : golden.at("cuts").as_object()) {
    const auto cutter = find_pre_tokenizer(name).value();
    for (const char* part :
         {"a",           "A",       " ",      "\n",     " \n", "1",    "!",  "aA",
          "'",           "\u0301",  "\u4e2d", "\u00a0", "\t ", "\xFF", "1a", "\u00c9\u0301",
          "<sentinel:1", "IMGIMGA", "a ",     "\u3000x"}) {
      const std::string text = repeated(part, size);
      std::vector<std::size_t> ends;
      const double taken = seconds([&] { ends = cutter.cut(text); });
      BOOST_TEST(taken < 1.0, name << " took " << taken << " s for " << part);
      BOOST_REQUIRE(!ends.empty());
      BOOST_TEST(ends.back() == text.size());
      BOOST_TEST(std::is_sorted(ends.begin(), ends.end(), std::less_equal<>{}));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(long_texts)

BOOST_AUTO_TEST_CASE(a_megabyte_of_one_letter_does_not_cost_its_square) {
  const auto bpe = make(bytes_and({"aa", "aaaa", "aaaaaaaa", "aaa"}, {"a a", "aa aa", "aaaa aaaa", "aa a"}));
  const auto pieces = make(sentence_pieces(true));
  for (const auto& t : {bpe, pieces}) {
    const std::string text(1 << 20, 'a');
    ids found;
    const double taken = seconds([&] { found = encode(*t, text); });
    BOOST_TEST(taken < 4.0);  // 0.2 s without sanitizers; the square of it would be hours
    BOOST_TEST(t->decode(found) == text);
  }
}

BOOST_AUTO_TEST_CASE(special_tokens_are_found_in_linear_time) {
  vocabulary words = bytes_and({}, {"a b"});
  for (std::size_t n = 2; n < 64; ++n) {
    words.texts.push_back(std::string(n, '<') + ">");
    words.kinds.push_back(token_kind::control);
  }
  const auto t = make(words);
  const std::string text(1 << 17, '<');
  ids found;
  BOOST_TEST(seconds([&] { found = encode(*t, text); }) < 1.0);
  BOOST_TEST(t->decode(found) == text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(streams)

/// What a stream says for the bytes of a text, token by token.
std::vector<std::string> spoken(std::string_view bytes) {
  detokenizer stream(make(bytes_and({}, {"a b"})));
  std::vector<std::string> parts;
  for (const char c : bytes) parts.emplace_back(stream.push(static_cast<unsigned char>(c)));
  parts.emplace_back(stream.finish());
  return parts;
}

BOOST_AUTO_TEST_CASE(never_say_half_a_character) {
  BOOST_TEST(spoken("a\u00e9") == (strings{"a", "", "\u00e9", ""}));
  BOOST_TEST(spoken("\U0001F600") == (strings{"", "", "", "\U0001F600", ""}));
}

BOOST_AUTO_TEST_CASE(say_what_python_would_for_bytes_that_are_no_text) {
  const std::string replaced = "\uFFFD";
  BOOST_TEST(spoken("\xFF"
                    "a") == (strings{replaced, "a", ""}));
  BOOST_TEST(spoken("\xF0\x9F("
                    "\x80") == (strings{"", "", replaced + "(", replaced, ""}));
  BOOST_TEST(spoken("\xE2\x82") == (strings{"", "", replaced}));
  BOOST_TEST(spoken("\xED\xA0\x80") == (strings{"", replaced + replaced, replaced, ""}));
  BOOST_TEST(spoken("\xC3\xC3\xA9") == (strings{"", replaced, "\u00e9", ""}));
}

BOOST_AUTO_TEST_CASE(lose_the_first_space_where_encoding_put_one) {
  const auto t = make(sentence_pieces(true));
  detokenizer stream(t);
  std::string text;
  for (const token_id id : encode(*t, "a ab", true)) text += stream.push(id);
  text += stream.finish();
  BOOST_TEST(text == "a ab");
}

BOOST_AUTO_TEST_SUITE_END()
