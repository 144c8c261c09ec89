#include "actors/request_book.hpp"
#include "test/actors/fakes.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

/// A book and a device; letters are looked at by kind.
struct desk {
  explicit desk(fake_options device = {}, batch_limits limits = {})
      : backend(time, device),
        book(std::move(limits), backend.capacity(), std::make_shared<fake_tokenizer>()) {}

  void join_one(request_id id, std::uint32_t most, std::uint32_t choices = 1) {
    join request;
    request.id = id;
    request.prompt = std::make_shared<const std::vector<model::token_id>>(bytes("hello"));
    request.max_tokens = most;
    request.choices = choices;
    request.arrived = time.now();
    book.admit(std::move(request), time.now());
  }

  /// Plans one step and runs it.
  bool turn() {
    step made;
    if (!book.plan(time.now(), made)) return false;
    bool done = false;
    backend.start(made.plan, made.result, [&done] { done = true; });
    while (!done) time.advance(1ms);
    book.apply(made, time.now());
    return true;
  }

  template <class Letter>
  [[nodiscard]] std::vector<Letter> sent() {
    std::vector<Letter> found;
    for (const outgoing& out : book.outbox()) {
      if (const auto* const letter = std::get_if<Letter>(&out.letter)) found.push_back(*letter);
    }
    return found;
  }

  runtime::manual_time time;
  fake_backend backend;
  request_book book;
};

BOOST_AUTO_TEST_SUITE(request_book_)

BOOST_AUTO_TEST_CASE(who_waits_can_be_refused_and_who_runs_cannot) {
  desk d({.seats = 1});
  d.join_one(1, 4);
  d.join_one(2, 4, 2);
  BOOST_TEST(d.turn());
  refused no;
  no.why = refusal::overloaded;
  for (no.id = 1; no.id <= 3; ++no.id) d.book.shed(no, d.time.now());
  BOOST_REQUIRE(d.sent<refused>().size() == 1u);
  BOOST_TEST(d.sent<refused>().front().id == 2u);
  BOOST_REQUIRE(d.sent<left>().size() == 1u);
  BOOST_TEST(d.sent<left>().front().id == 2u);
  while (d.turn()) {
  }
  // Who was refused hears nothing else.
  BOOST_REQUIRE(d.sent<ended>().size() == 1u);
  BOOST_TEST(d.sent<ended>().front().id == 1u);
  BOOST_TEST(d.sent<choice_ended>().size() == 1u);
  BOOST_TEST(d.sent<admitted>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_is_refused_is_counted_once_and_only_if_the_refusal_was_in_time) {
  desk d({.seats = 1});
  for (request_id id = 1; id <= 4; ++id) d.join_one(id, 4);
  BOOST_TEST(d.turn());
  d.book.leave(2, finish::cancelled, {}, d.time.now());
  refused no;
  no.why = refusal::overloaded;
  no.limit = "wait";
  // 1 runs, 2 has gone, 3 waits.
  for (no.id = 1; no.id <= 3; ++no.id) d.book.shed(no, d.time.now());
  while (d.turn()) {
  }
  const batch_tally& counted = d.book.tally();
  BOOST_TEST(std::accumulate(counted.ended.begin(), counted.ended.end(), 0u) == 3u);
  BOOST_TEST(counted.refused.by_reason[static_cast<std::size_t>(refusal::overloaded)] == 1u);
  BOOST_TEST(counted.refused.by_limit[static_cast<std::size_t>(limit::wait)] == 1u);
}

BOOST_AUTO_TEST_CASE(what_leaves_says_what_it_cost) {
  desk d;
  d.join_one(1, 3, 2);
  while (d.turn()) {
  }
  BOOST_TEST(d.sent<answering>().size() == 1u);
  const left gone = d.sent<left>().at(0);
  BOOST_TEST(gone.prompt_tokens == 5u);
  BOOST_TEST(gone.answer_tokens == 6u);
  BOOST_TEST((gone.why == finish::length));
}

BOOST_AUTO_TEST_CASE(a_held_answer_waits_and_goes_on) {
  desk d;
  d.join_one(1, 8);
  d.join_one(2, 8);
  BOOST_TEST(d.turn());
  d.book.hold(1, true);
  while (d.turn()) {
  }
  BOOST_REQUIRE(d.sent<left>().size() == 1u);
  BOOST_TEST(d.sent<left>().front().id == 2u);
  BOOST_TEST(d.book.load().pages_used > 0u);
  d.book.hold(1, false);
  while (d.turn()) {
  }
  BOOST_TEST(d.sent<ended>().size() == 2u);
  BOOST_TEST(d.book.load().pages_used == 0u);
}

BOOST_AUTO_TEST_CASE(who_lost_its_seat_to_others_while_held_is_deferred) {
  desk d({.seats = 1});
  d.join_one(1, 8);
  BOOST_TEST(d.turn());
  d.book.hold(1, true);
  BOOST_TEST((d.book.tally().running == 1u && d.book.tally().deferred == 0u));
  d.join_one(2, 8);
  BOOST_TEST(d.turn());
  BOOST_TEST((d.book.tally().running == 1u && d.book.tally().waiting == 0u));
  BOOST_TEST(d.book.tally().deferred == 1u);
  while (d.turn()) {
  }
  d.book.hold(1, false);
  BOOST_TEST(d.book.tally().deferred == 0u);
  while (d.turn()) {
  }
  BOOST_TEST(d.sent<ended>().size() == 2u);
}

// Choices compute their prompt once; the others begin with its pages, and with a copy of its last one.
BOOST_AUTO_TEST_CASE(choices_share_their_prompt) {
  desk d({.seats = 4, .step_tokens = 64});
  join request;
  request.id = 1;
  request.prompt =
      std::make_shared<const std::vector<model::token_id>>(bytes("a prompt of thirty-one tokens.."));
  request.max_tokens = 6;
  request.choices = 4;
  request.arrived = d.time.now();
  d.book.admit(std::move(request), d.time.now());
  BOOST_TEST(d.book.state().waiting == 4u);
  BOOST_TEST(d.turn());
  // 31 tokens; then the first goes on, and three run the last token behind 7 full pages and most of one.
  BOOST_TEST(d.turn());
  BOOST_TEST((d.backend.tokens_of_steps() == std::vector<std::uint32_t>{31, 1 + 3}));
  BOOST_TEST(d.backend.copied() == 3u);
  BOOST_TEST(d.book.load().pages_used == 7u + 4u * 1u);
  while (d.turn()) {
  }
  const left gone = d.sent<left>().at(0);
  BOOST_TEST(gone.answer_tokens == 24u);
  BOOST_TEST(gone.cached_tokens == 0u);
  BOOST_TEST(d.book.load().pages_used == 0u);
}

// Each says what it would say alone, whatever pages windows and memory leave to be shared.
BOOST_AUTO_TEST_CASE(choices_say_what_each_says_alone) {
  const std::string words = "a text whose beginnings are prompts of every length there is in this test.";
  for (const std::vector<std::uint32_t>& windows : {std::vector<std::uint32_t>{0}, {0, 5}, {0, 9, 24}}) {
    for (const double share : {0.25, 0.0}) {
      for (const std::uint32_t pages : {128u, 24u}) {
        for (std::size_t length = 1; length < words.size(); length += 3) {
          BOOST_TEST_INFO_SCOPE("a prompt of " << length << " in " << pages << " pages, " << share);
          desk d({.seats = 3, .windows = windows, .pages = pages}, {.prefix_share = share});
          join request;
          request.id = 1;
          request.prompt =
              std::make_shared<const std::vector<model::token_id>>(bytes(words.substr(0, length)));
          request.max_tokens = 9;
          request.choices = 4;
          request.sampling.seed = 5;
          d.book.admit(std::move(request), d.time.now());
          std::map<std::uint32_t, std::string> said;
          int turns = 0;
          while (d.turn()) BOOST_REQUIRE(++turns < 200);
          for (const generated& one : d.sent<generated>())
            for (const generated_token& token : one.tokens) said[one.choice] += static_cast<char>(token.id);
          for (std::uint32_t i = 0; i < 4; ++i)
            BOOST_TEST(said[i] == fake_answer(words.substr(0, length), 9, 5 + i));
          BOOST_TEST(d.book.load().pages_used == 0u);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(choices_that_wait_for_the_prompt_can_end) {
  desk d({.seats = 4, .step_tokens = 8});
  join request;
  request.id = 1;
  request.prompt =
      std::make_shared<const std::vector<model::token_id>>(bytes("a prompt of thirty-one tokens.."));
  request.choices = 4;
  request.arrived = d.time.now();
  d.book.admit(request, d.time.now());
  BOOST_TEST(d.turn());
  d.book.leave(1, finish::cancelled, {}, d.time.now());
  BOOST_TEST(d.sent<choice_ended>().size() == 4u);
  BOOST_TEST(d.sent<left>().size() == 1u);
  BOOST_TEST(d.book.state().waiting == 0u);
  BOOST_TEST(!d.turn());
}

BOOST_AUTO_TEST_CASE(keys_do_not_see_each_others_prefixes) {
  desk d;
  const auto ask = [&](request_id id, const char* key, const char* salt) {
    join request;
    request.id = id;
    request.key = key;
    request.salt = salt;
    request.prompt = std::make_shared<const std::vector<model::token_id>>(bytes("the same prompt for all"));
    request.arrived = d.time.now();
    d.book.admit(std::move(request), d.time.now());
    while (d.turn()) {
    }
    BOOST_TEST(d.sent<joined>().back().cached_tokens == d.sent<left>().back().cached_tokens);
    BOOST_TEST(d.sent<admitted>().back().cached_tokens == d.sent<ended>().back().cached_tokens);
    return d.sent<left>().back().cached_tokens;
  };
  BOOST_TEST(ask(1, "a", "") == 0u);
  BOOST_TEST(ask(2, "a", "") == 20u);
  BOOST_TEST(ask(3, "b", "") == 0u);
  BOOST_TEST(ask(4, "a", "b") == 0u);
  BOOST_TEST(ask(5, "ab", "") == 0u);
  BOOST_TEST(ask(6, "ab", "") == 20u);
}

BOOST_AUTO_TEST_CASE(deadlines_say_what_was_missed) {
  desk d({.seats = 1});
  const auto ask = [&](request_id id, runtime::duration within, runtime::duration deadline) {
    join request;
    request.id = id;
    request.prompt = std::make_shared<const std::vector<model::token_id>>(bytes("hello"));
    request.max_tokens = 200;
    request.arrived = d.time.now();
    request.first_token_within = within;
    request.deadline = d.time.now() + deadline;
    d.book.admit(std::move(request), d.time.now());
  };
  ask(1, 50ms, 200ms);
  BOOST_TEST(d.turn());
  ask(2, 50ms, 1s);
  ask(3, 0ms, 100ms);
  BOOST_TEST((*d.book.next_deadline() <= d.time.now() + 50ms));
  while (d.turn()) d.book.expire(d.time.now());
  d.book.expire(d.time.now() + 1s);
  const std::vector<ended> ends = d.sent<ended>();
  BOOST_REQUIRE(ends.size() == 3u);
  // Its first token was in time, so only its end counts.
  const char* const said[] = {"its turn", "its turn", "what had been said"};
  const request_id order[] = {2, 3, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(ends[i].id == order[i]);
    BOOST_TEST((ends[i].why == finish::deadline));
    BOOST_TEST(ends[i].message.find(said[i]) != std::string::npos);
  }
  BOOST_TEST(ends[2].answer_tokens > 10u);
  BOOST_TEST(!d.book.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_request_of_which_one_choice_cannot_begin_in_time_is_not_begun) {
  desk d({.seats = 4, .step_tokens = 64});
  const auto ask = [&](request_id id, char letter, std::uint32_t choices, runtime::duration within) {
    join request;
    request.id = id;
    request.prompt = std::make_shared<const std::vector<model::token_id>>(bytes(std::string(100, letter)));
    request.max_tokens = 1;
    request.choices = choices;
    request.arrived = d.time.now();
    request.first_token_within = within;
    d.book.admit(std::move(request), d.time.now());
  };
  ask(1, 'x', 1, 0ms);
  while (d.turn()) {
  }
  BOOST_TEST_REQUIRE(d.book.state().prefill_rate > 0.0);
  ask(2, 'y', 3, 1us);
  while (d.turn()) {
  }
  BOOST_TEST(d.sent<admitted>().size() == 1u);
  BOOST_TEST_REQUIRE(d.sent<ended>().size() == 2u);
  const ended last = d.sent<ended>().back();
  BOOST_TEST((last.why == finish::deadline));
  BOOST_TEST(last.message.find("not begun") != std::string::npos);
  BOOST_TEST(last.answer_tokens == 0u);
  BOOST_TEST(d.book.size() == 0u);
}

BOOST_AUTO_TEST_CASE(it_says_how_much_there_is_to_do) {
  desk d({.seats = 1});
  d.join_one(1, 4);
  d.join_one(2, 4);
  BOOST_TEST(d.sent<joined>().size() == 2u);
  BOOST_TEST(d.book.state().prompt_tokens_left == 10u);
  BOOST_TEST(d.book.state().prefill_rate == 0.0);
  BOOST_TEST(d.turn());
  const batch_state now = d.book.state();
  BOOST_TEST(now.seats == 1u);
  BOOST_TEST(now.running == 1u);
  BOOST_TEST(now.waiting == 1u);
  BOOST_TEST(now.pages_used == 2u);
  BOOST_TEST(now.prompt_tokens_left == 5u);
  BOOST_TEST(now.prefill_rate == 0.0);  // five tokens say too little
  while (d.turn()) {
  }
  BOOST_TEST((d.book.state().decode_step > 2ms));
}

BOOST_AUTO_TEST_CASE(the_newest_of_a_class_first_when_told_so) {
  desk d({.seats = 1});
  d.book.serve_newest(priority::standard, true);
  for (request_id id = 1; id <= 3; ++id) d.join_one(id, 2);
  while (d.turn()) {
  }
  std::vector<request_id> order;
  for (const started& s : d.sent<started>()) order.push_back(s.id);
  BOOST_TEST((order == std::vector<request_id>{3, 2, 1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
