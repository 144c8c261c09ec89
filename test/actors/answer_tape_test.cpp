#include "actors/answer_tape.hpp"
#include "actors/question.hpp"
#include "actors/result_store.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

generated token(std::uint32_t choice, model::token_id id, std::string text) {
  generated made{.id = 7, .choice = choice, .of_prompt = false, .tokens = {}};
  made.tokens.push_back(
      {.id = id, .text = std::move(text), .piece = {}, .logprob = 0, .top = {}, .top_pieces = {}});
  return made;
}

ended end_of(finish why) {
  ended made;
  made.why = why;
  made.prompt_tokens = 5;
  made.answer_tokens = 2;
  made.message = "so";
  return made;
}

choice_ended choice_end_of(std::uint32_t choice) {
  return {.id = 7, .choice = choice, .end = {finish::stop, "re\0st", "stop", 2}};
}

std::string whole() {
  std::string tape;
  write_event(tape, admitted{.id = 7, .prompt_tokens = 5, .cached_tokens = 3});
  write_event(tape, token(0, 300, "a"));
  write_event(tape, choice_end_of(0));
  write_event(tape, end_of(finish::length));
  return tape;
}

BOOST_AUTO_TEST_SUITE(answer_tape_)

BOOST_AUTO_TEST_CASE(events_come_back_as_they_were) {
  std::string tape;
  generated scored{.id = 7, .choice = 1, .of_prompt = true, .tokens = {}};
  scored.tokens.push_back({.id = 262143,
                           .text = std::string("x\0y", 3),
                           .piece = "\xff",
                           .logprob = -0.25f,
                           .top = {{1, -0.5f}, {-1, -1e30f}},
                           .top_pieces = {"one", ""}});
  scored.tokens.push_back(
      {.id = model::no_token, .text = {}, .piece = {}, .logprob = 0, .top = {}, .top_pieces = {}});
  write_event(tape, admitted{.id = 7, .prompt_tokens = 131072, .cached_tokens = 200});
  write_event(tape, scored);
  write_event(tape, choice_end_of(1));
  write_event(tape, end_of(finish::stop));

  std::size_t at = 0;
  const auto first = std::get<admitted>(read_event(tape, at).value());
  BOOST_TEST(first.prompt_tokens == 131072u);
  BOOST_TEST(first.cached_tokens == 200u);
  const auto second = std::get<generated>(read_event(tape, at).value());
  BOOST_TEST(second.of_prompt);
  BOOST_TEST(second.choice == 1u);
  BOOST_REQUIRE(second.tokens.size() == 2u);
  BOOST_TEST(second.tokens[0].id == 262143);
  BOOST_TEST(second.tokens[0].text == scored.tokens[0].text);
  BOOST_TEST(second.tokens[0].piece == "\xff");
  BOOST_TEST(second.tokens[0].logprob == -0.25f);
  BOOST_REQUIRE(second.tokens[0].top.size() == 2u);
  BOOST_TEST(second.tokens[0].top[1].id == -1);
  BOOST_TEST(second.tokens[0].top[1].logprob == -1e30f);
  BOOST_TEST(second.tokens[0].top_pieces[0] == "one");
  BOOST_TEST(second.tokens[1].id == model::no_token);
  const auto third = std::get<choice_ended>(read_event(tape, at).value());
  BOOST_TEST(third.end.rest == "re");
  BOOST_TEST(third.end.matched_stop == "stop");
  BOOST_TEST(third.end.tokens == 2u);
  const auto last = std::get<ended>(read_event(tape, at).value());
  BOOST_TEST((last.why == finish::stop));
  BOOST_TEST(last.message == "so");
  BOOST_TEST(at == tape.size());
  BOOST_TEST(!read_event(tape, at).has_value());
}

BOOST_AUTO_TEST_CASE(a_piece_of_an_event_is_no_event) {
  std::string tape;
  write_event(tape, token(3, 12345, "some text"));
  for (std::size_t size = 0; size < tape.size(); ++size) {
    std::size_t at = 0;
    BOOST_TEST(!read_event(std::string_view(tape).substr(0, size), at).has_value());
    BOOST_TEST(at == 0u);
  }
}

BOOST_AUTO_TEST_CASE(any_bytes_can_be_read) {
  std::mt19937_64 chance(1);
  const std::string good = whole();
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (std::uint64_t flips = 1 + chance() % 4; flips > 0; --flips)
      bytes[chance() % bytes.size()] = static_cast<char>(chance());
    std::size_t at = 0;
    while (read_event(bytes, at)) BOOST_REQUIRE(at <= bytes.size());
    (void)is_whole_answer(bytes, 1);
  }
}

BOOST_AUTO_TEST_CASE(only_whole_answers_are_whole) {
  const std::string good = whole();
  BOOST_TEST(is_whole_answer(good, 1));
  BOOST_TEST(!is_whole_answer(good, 2));
  BOOST_TEST(!is_whole_answer(good + "E", 1));
  for (std::size_t size = 0; size < good.size(); ++size)
    BOOST_TEST(!is_whole_answer(std::string_view(good).substr(0, size), 1));
  std::string failed;
  write_event(failed, admitted{.id = 7, .prompt_tokens = 5});
  write_event(failed, choice_end_of(0));
  write_event(failed, end_of(finish::deadline));
  BOOST_TEST(!is_whole_answer(failed, 1));
}

BOOST_AUTO_TEST_SUITE_END()

generation_spec asking(std::string text) {
  generation_spec made;
  made.prompt = plain_prompt{std::move(text)};
  made.max_tokens = 16;
  return made;
}

std::string bytes_of(const generation_spec& spec, std::string_view world = "w",
                     std::string_view tenant = "t") {
  return question_of(spec, world, tenant, 100'000).value();
}

BOOST_AUTO_TEST_SUITE(question_)

BOOST_AUTO_TEST_CASE(what_changes_the_answer_changes_the_question) {
  const generation_spec base = asking("hello");
  const std::string same = bytes_of(base);
  std::vector<generation_spec> others(14, base);
  others[0].prompt = plain_prompt{"hello "};
  others[1].prompt = token_prompt{{1, 2}};
  others[2].prompt = chat_prompt{boost::json::parse(R"({"messages":[]})").as_object()};
  others[3].max_tokens = 17;
  others[4].choices = 2;
  others[5].stop = {"a", "b"};
  others[6].stop = {"ab"};
  others[7].ignore_end = true;
  others[8].echo_logprobs = true;
  others[9].sampling.temperature = 0.5f;
  others[10].sampling.repetition_penalty = 1.5f;
  others[11].sampling.top_logprobs = 0;
  others[12].sampling.logit_bias = {{5, 1.0f}};
  others[13].sampling.presence_penalty = 0.5f;
  std::vector<std::string> all{same, bytes_of(base, "w2"), bytes_of(base, "w", "t2"),
                               bytes_of(base, "wt", "")};
  for (const generation_spec& one : others) all.push_back(bytes_of(one));
  std::sort(all.begin(), all.end());
  BOOST_TEST((std::adjacent_find(all.begin(), all.end()) == all.end()));
}

BOOST_AUTO_TEST_CASE(when_it_is_wanted_is_not_part_of_it) {
  generation_spec other = asking("hello");
  const std::string same = bytes_of(other);
  other.rank = priority::batch;
  other.deadline = runtime::time_point(5s);
  other.first_token_within = 1s;
  other.returns = true;
  other.bytes = 99;
  other.sampling.seed = 42;  // greedy: no dice are thrown
  other.sampling.top_p = 0.5f;
  other.sampling.repetition_penalty = 1.0f;
  BOOST_TEST(bytes_of(other) == same);
  other.sampling.temperature = 1.0f;
  const std::string drawn = bytes_of(other);
  other.sampling.seed = 43;
  BOOST_TEST(bytes_of(other) != drawn);
}

BOOST_AUTO_TEST_CASE(only_what_can_be_repeated) {
  generation_spec spec = asking("hello");
  BOOST_TEST(is_repeatable(spec));
  spec.sampling.temperature = 0.7f;
  BOOST_TEST(!is_repeatable(spec));
  spec.seeded = true;
  BOOST_TEST(is_repeatable(spec));
  spec.embed = pooling::mean;
  BOOST_TEST(!is_repeatable(spec));
}

BOOST_AUTO_TEST_CASE(a_long_question_is_none) {
  const std::size_t size = bytes_of(asking(std::string(1000, 'a'))).size();
  BOOST_TEST(question_of(asking(std::string(1000, 'a')), "w", "t", size).has_value());
  BOOST_TEST(!question_of(asking(std::string(1000, 'a')), "w", "t", size - 1).has_value());
  generation_spec chat = asking({});
  chat.prompt = chat_prompt{{{"text", std::string(100'000, 'b')}}};
  BOOST_TEST(!question_of(chat, "w", "t", 20'000).has_value());
  BOOST_TEST(question_of(chat, "w", "t", 200'000).has_value());
}

BOOST_AUTO_TEST_CASE(the_tenant_stands_in_it) {
  BOOST_TEST(tenant_of(bytes_of(asking("x"), "w", "somebody")) == "somebody");
  BOOST_TEST(tenant_of(bytes_of(asking("x"), "w", "")) == "");
  BOOST_TEST(tenant_of("short") == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(memory_store_)

struct shelf {
  std::shared_ptr<recording> made(std::string text, std::string tenant = "t") {
    auto one = std::make_shared<recording>(total, bytes_of(asking(std::move(text)), "w", tenant));
    one->close(end_of(finish::stop));
    return one;
  }
  std::shared_ptr<const recording> find(std::uint64_t name, const std::string& text,
                                        runtime::time_point now = {}) {
    return store.find({name, 0}, bytes_of(asking(text)), now);
  }

  std::size_t total = 0;
  memory_store store{10s};
};

BOOST_AUTO_TEST_CASE(equal_names_of_different_questions_do_not_meet) {
  shelf s;
  s.store.keep({1, 0}, s.made("a"), {});
  BOOST_TEST((s.find(1, "a") != nullptr));
  BOOST_TEST((s.find(1, "b") == nullptr));
  BOOST_TEST((s.find(2, "a") == nullptr));
}

BOOST_AUTO_TEST_CASE(what_was_not_used_goes_first) {
  shelf s;
  s.store.keep({1, 0}, s.made("a"), {});
  s.store.keep({2, 0}, s.made("b"), {});
  (void)s.find(1, "a");
  BOOST_TEST(s.store.give_back());
  BOOST_TEST((s.find(2, "b") == nullptr));
  BOOST_TEST((s.find(1, "a") != nullptr));
  BOOST_TEST(s.store.give_back());
  BOOST_TEST(!s.store.give_back());
  BOOST_TEST(s.total == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_old_is_forgotten) {
  shelf s;
  s.store.keep({1, 0}, s.made("a"), runtime::time_point(0s));
  s.store.keep({2, 0}, s.made("b"), runtime::time_point(4s));
  (void)s.find(1, "a", runtime::time_point(9s));  // use does not make it younger
  BOOST_TEST((s.store.next_expiry() == runtime::time_point(10s)));
  BOOST_TEST((s.find(1, "a", runtime::time_point(10s)) == nullptr));
  BOOST_TEST(s.store.size() == 1u);
  BOOST_TEST(s.store.expire(runtime::time_point(13s)) == 0u);
  BOOST_TEST(s.store.expire(runtime::time_point(14s)) == 1u);
  BOOST_TEST(!s.store.next_expiry().has_value());
  BOOST_TEST(s.total == 0u);
}

BOOST_AUTO_TEST_CASE(one_tenants_answers_can_be_purged) {
  shelf s;
  s.store.keep({1, 0}, s.made("a", "t"), {});
  s.store.keep({2, 0}, s.made("a", "u"), {});
  s.store.keep({3, 0}, s.made("b", "t"), {});
  BOOST_TEST(s.store.purge("t") == 2u);
  BOOST_TEST(s.store.size() == 1u);
  BOOST_TEST(s.store.purge(std::nullopt) == 1u);
  BOOST_TEST(s.total == 0u);
}

BOOST_AUTO_TEST_CASE(bytes_are_counted_where_they_are_held) {
  std::size_t total = 0;
  {
    recording one(total, std::string(1000, 'q'));
    BOOST_TEST(total == one.bytes());
    BOOST_TEST(one.bytes() >= 1000u);
    const std::size_t empty = total;
    for (int i = 0; i < 100; ++i) one.add(token(0, i, "some text of a token"));
    BOOST_TEST(one.bytes() >= empty + one.tape().size());
    std::size_t at = 0;
    for (int i = 0; i < 80; ++i) (void)one.read(at);
    one.forget_before(at);
    BOOST_TEST(!one.is_whole());
    BOOST_TEST(one.begin() == at);
    BOOST_TEST(total == one.bytes());
    for (int i = 80; i < 100; ++i) {
      const auto event = one.read(at);
      BOOST_REQUIRE(event.has_value());
      BOOST_TEST(std::get<generated>(*event).tokens[0].id == i);
    }
    BOOST_TEST(!one.read(at).has_value());
    BOOST_TEST(at == one.end());
  }
  BOOST_TEST(total == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
