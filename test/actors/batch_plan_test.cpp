#include "actors/batch_plan.hpp"
#include "test/actors/plan_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

std::vector<std::size_t> lengths(const step& s) {
  std::vector<std::size_t> all;
  for (const auto& part : s.plan.sequences) all.push_back(part.tokens.size());
  return all;
}

BOOST_AUTO_TEST_SUITE(batch_plan_)

BOOST_AUTO_TEST_CASE(a_prompt_runs_then_a_token_a_step) {
  plan_fixture at;
  at.join(1, "hello", 3);
  BOOST_REQUIRE(at.plan_one());
  const model::sequence_step& first = at.steps[0]->plan.sequences.at(0);
  BOOST_TEST(first.tokens.size() == 5u);
  BOOST_TEST(first.opening != nullptr);
  BOOST_TEST((first.output == model::step_output::token));
  // The next one is planned while the first runs: its token is not known here.
  BOOST_REQUIRE(at.plan_one());
  const model::sequence_step& second = at.steps[1]->plan.sequences.at(0);
  BOOST_TEST(second.tokens.empty());
  BOOST_TEST(second.opening == nullptr);
  BOOST_TEST(second.position == 5u);
  BOOST_TEST(second.draw == 1u);
  // And the third, but not a fourth: three tokens were asked for.
  BOOST_TEST(at.plan_one());
  BOOST_TEST(!at.plan_one());
  at.run_all();
  BOOST_TEST(at.answers[1] == at.expected(1));
  BOOST_TEST((at.ends[1] == finish::length));
}

// 16 pages of 4: two answers of 40 tokens hold nearly all.
BOOST_AUTO_TEST_CASE(a_held_answer_gives_way_and_goes_on_where_it_was) {
  for (const std::uint32_t seats : {2u, 8u}) {
    plan_fixture at({.seats = seats, .pages = 16}, {.expected_answer = 8, .prefix_share = 1.0});
    const sequence_ptr first = at.join(1, "slow reader", 20, priority::interactive);
    const sequence_ptr second = at.join(2, "quick", 40);
    for (int i = 0; i < 12; ++i) at.turn();
    at.plan.hold(*first, true);
    for (int i = 0; i < 4; ++i) at.turn();
    // Nobody wants its place, so it has it still.
    BOOST_TEST(first->seat != no_seat);
    const std::size_t said = at.answers[1].size();
    at.join(3, std::string(20, 'x'), 12, priority::batch);
    at.join(4, std::string(20, 'y'), 12, priority::batch);
    for (int i = 0; i < 400 && at.ends.size() < 3; ++i) BOOST_REQUIRE(at.turn());
    BOOST_TEST(at.answers[3] == at.expected(3));
    BOOST_TEST(at.answers[4] == at.expected(4));
    BOOST_TEST(first->parked);
    BOOST_TEST(at.answers[1].size() == said);
    BOOST_TEST(!at.turn());
    BOOST_TEST(at.plan.load().waiting == 1u);
    at.plan.hold(*first, false);
    at.run_all();
    at.check_owners();
    for (request_id id = 1; id <= 4; ++id) BOOST_TEST(at.answers[id] == at.expected(id));
    BOOST_TEST(at.starts.size() == 4u);
  }
}

BOOST_AUTO_TEST_CASE(one_that_is_parked_can_end) {
  plan_fixture at({.seats = 1});
  const sequence_ptr slow = at.join(1, "slow reader", 20);
  for (int i = 0; i < 6; ++i) at.turn();
  at.plan.hold(*slow, true);
  at.join(2, "other", 5);
  while (!at.ends.contains(2)) BOOST_REQUIRE(at.turn());
  BOOST_TEST(slow->parked);
  at.plan.end(*slow, finish::cancelled);
  at.plan.hold(*slow, false);
  BOOST_TEST((at.ends.at(1) == finish::cancelled));
  at.run_all();
}

// One that has lost its seat to another and is held then is not seated again before its reader comes back.
BOOST_AUTO_TEST_CASE(who_is_held_in_the_line_leaves_it) {
  plan_fixture at({.seats = 1});
  const sequence_ptr low = at.join(1, "batch", 20, priority::batch);
  for (int i = 0; i < 6; ++i) at.turn();
  const sequence_ptr high = at.join(2, "high", 20, priority::interactive);
  for (int i = 0; i < 3; ++i) at.turn();
  BOOST_TEST((low->displaced && !low->parked));
  at.plan.hold(*low, true);
  BOOST_TEST(low->parked);
  while (!at.ends.contains(2)) BOOST_REQUIRE(at.turn());
  BOOST_TEST(!at.turn());
  at.plan.hold(*low, false);
  at.run_all();
  BOOST_TEST(at.answers[1] == at.expected(1));
}

// Whoever is held whenever, for a while: all are answered rightly in the end.
BOOST_AUTO_TEST_CASE(holding_at_random_changes_no_answer) {
  for (std::uint32_t seed = 1; seed <= 80; ++seed) {
    std::mt19937 chance(seed);
    const auto below = [&chance](std::uint32_t n) { return static_cast<std::uint32_t>(chance() % n); };
    fake_options device{.seats = 1 + below(5), .pages = 24 + below(30)};
    if (below(2) == 0) device.windows.push_back(4 + below(8));
    plan_fixture at(device, {.expected_answer = 1 + below(20), .prefix_share = below(2) == 0 ? 0.5 : 0.0});
    std::vector<sequence_ptr> all;
    for (request_id id = 1; id <= 10; ++id)
      all.push_back(at.join(id, std::string(1 + below(30), static_cast<char>('a' + below(3))), 1 + below(40),
                            static_cast<priority>(below(3))));
    for (int i = 0; i < 2000; ++i) {
      (void)at.turn();
      at.plan.hold(*all[below(10)], below(2) == 0);
    }
    for (const sequence_ptr& one : all) at.plan.hold(*one, false);
    at.run_all();
    at.check_owners();
    for (request_id id = 1; id <= 10; ++id) BOOST_TEST(at.answers[id] == at.expected(id));
  }
}

BOOST_AUTO_TEST_CASE(sequences_join_and_leave_at_every_step) {
  plan_fixture at({.seats = 2});
  at.join(1, "one", 2);
  at.join(2, "two", 9);
  at.join(3, "three", 2);
  BOOST_TEST(at.plan_one());
  BOOST_TEST((at.steps[0]->members.size() == 2));
  at.run_one();
  at.plan_one();
  at.run_one();
  BOOST_TEST(at.ends.contains(1));
  // The seat of 1 is taken at once.
  at.plan_one();
  BOOST_TEST(at.steps[0]->members.size() == 2u);
  BOOST_TEST((at.starts == std::vector<request_id>{1, 2, 3}));
  at.run_all();
  for (const request_id id : {1U, 2U, 3U}) BOOST_TEST(at.answers[id] == at.expected(id));
}

BOOST_AUTO_TEST_CASE(long_prompts_come_in_chunks_beside_answers) {
  plan_fixture at({.seats = 4, .step_tokens = 16},
                  {.chunk_threshold = 12, .chunk_beside_decodes = 6, .step_time = 0s});
  at.join(1, "ab", 30);
  at.plan_one();
  at.run_one();
  at.join(2, std::string(40, 'x'), 2);
  at.plan_one();
  // One token for the answer, no more than 6 for the prompt.
  BOOST_TEST((lengths(*at.steps[0]) == std::vector<std::size_t>{1, 6}));
  at.run_one();
  at.plan.end(*at.join(3, "gone", 4), finish::cancelled);
  at.run_all();
  BOOST_TEST(at.answers[1] == at.expected(1));
  BOOST_TEST(at.answers[2] == at.expected(2));
  plan_fixture alone({.seats = 4, .step_tokens = 16}, {.chunk_threshold = 12});
  alone.join(1, std::string(40, 'x'), 1);
  for (const std::size_t expected : {12u, 12u, 12u, 4u}) {
    BOOST_REQUIRE(alone.plan_one());
    BOOST_TEST(alone.steps.back()->plan.sequences.at(0).tokens.size() == expected);
  }
  alone.run_all();
}

// Two answers of the batch class beside a long prompt: they are in every other step until it is computed.
BOOST_AUTO_TEST_CASE(the_batch_class_leaves_every_other_step_to_better_prompts) {
  for (const bool presses : {false, true}) {
    plan_fixture at({.seats = 4, .step_tokens = 8, .pages = 100}, {.step_time = 0s});
    for (request_id id = 1; id <= 2; ++id) {
      const sequence_ptr answer = at.join(id, "ab", 60, priority::batch);
      if (presses) answer->spec.pressing_from = at.time.now();
    }
    at.turn();
    at.join(3, std::string(60, 'x'), 2);
    std::vector<std::uint32_t> decodes;
    for (int i = 0; i < 8; ++i) {
      BOOST_REQUIRE(at.plan_one());
      decodes.push_back(at.steps.back()->decodes);
      BOOST_TEST(at.steps.back()->decodes + at.steps.back()->left_out == 2u);
      at.run_one();
    }
    const std::vector<std::uint32_t> expected =
        presses ? std::vector<std::uint32_t>(8, 2) : std::vector<std::uint32_t>{0, 2, 0, 2, 0, 2, 0, 2};
    BOOST_TEST(decodes == expected, boost::test_tools::per_element());
    at.run_all();
    for (request_id id = 1; id <= 3; ++id) BOOST_TEST(at.answers[id] == at.expected(id));
  }
}

BOOST_AUTO_TEST_CASE(short_prompts_pass_long_ones_which_still_go_on) {
  plan_fixture at({.seats = 8, .step_tokens = 16, .pages = 200});
  at.join(1, std::string(200, 'l'), 1);
  for (request_id id = 2; id < 6; ++id) at.join(id, "short prompt", 1);
  at.plan_one();
  // A quarter for the oldest, the rest for the shortest.
  std::size_t of_long = 0;
  for (std::size_t i = 0; i < at.steps[0]->members.size(); ++i) {
    if (at.steps[0]->members[i]->spec.request == 1) of_long = at.steps[0]->plan.sequences[i].tokens.size();
  }
  BOOST_TEST(of_long == 4u);
  at.run_all();
  BOOST_TEST(at.answers[1] == at.expected(1));
}

BOOST_AUTO_TEST_CASE(classes_go_first_and_waiting_raises) {
  plan_fixture at({.seats = 1}, {.ageing = 1s});
  at.join(1, "now", 3, priority::batch);
  at.plan_one();
  at.join(2, "batch", 1, priority::batch);
  at.join(3, "standard", 1, priority::standard);
  at.join(4, "interactive", 1, priority::interactive);
  at.run_all();
  BOOST_TEST((at.starts == std::vector<request_id>{1, 4, 3, 2}));
  at.join(5, "old", 1, priority::batch);
  at.time.advance(2500ms);
  at.join(6, "young", 1, priority::interactive);
  at.run_all();
  BOOST_TEST((at.starts == std::vector<request_id>{1, 4, 3, 2, 5, 6}));
}

BOOST_AUTO_TEST_CASE(who_needs_pages_takes_them_from_the_newest) {
  // 8 pages of 4: two answers of 20 tokens cannot both be held.
  plan_fixture at({.seats = 2, .page_tokens = 4, .pages = 8}, {.expected_answer = 1});
  at.join(1, "first", 18);
  at.join(2, "other", 18);
  at.run_all();
  BOOST_TEST(at.plan.load().preemptions > 0u);
  BOOST_TEST(at.answers[1] == at.expected(1));
  BOOST_TEST(at.answers[2] == at.expected(2));
  // Who is preempted keeps what it has said: one start each.
  BOOST_TEST((at.starts == std::vector<request_id>{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_seat_is_given_when_the_pages_are_not_spoken_for) {
  plan_fixture at({.seats = 4, .page_tokens = 4, .pages = 8}, {.expected_answer = 16});
  at.join(1, "first", 18);
  at.join(2, "other", 18);
  at.plan_one();
  BOOST_TEST(at.plan.load().running == 1u);
  BOOST_TEST(at.plan.load().waiting == 1u);
  at.run_all();
  BOOST_TEST(at.plan.load().preemptions == 0u);
}

BOOST_AUTO_TEST_CASE(pages_out_of_the_window_go_back) {
  plan_fixture at(
      {.seats = 1, .step_tokens = 8, .page_tokens = 4, .context = 400, .windows = {0, 8}, .pages = 100});
  at.join(1, std::string(100, 'w'), 100);
  std::uint32_t most = 0;
  while (at.turn()) most = std::max(most, at.plan.load().pages_used);
  BOOST_TEST(at.answers[1] == at.expected(1));
  // 50 pages for the group that sees everything, at most window + chunk and a page on each side for the
  // other.
  BOOST_TEST(most <= 50u + 5u);
  BOOST_TEST(at.plan.load().pages_used == 0u);
}

BOOST_AUTO_TEST_CASE(an_end_token_a_stop_string_and_the_steps_after_them) {
  plan_fixture at({.end_every = 12});
  for (request_id id = 1; id < 9; ++id) at.join(id, "text " + std::to_string(id), 40);
  at.run_all();
  int stopped = 0;
  for (request_id id = 1; id < 9; ++id) {
    BOOST_TEST(at.answers[id] == at.expected(id));
    BOOST_TEST((at.ends[id] == (at.expected(id).size() == 40 ? finish::length : finish::stop)));
    stopped += at.ends[id] == finish::stop ? 1 : 0;
  }
  BOOST_TEST(stopped > 0);
  plan_fixture stop;
  stop.stop_after = 5;
  stop.join(1, "text", 40);
  stop.run_all();
  BOOST_TEST(stop.answers[1].size() == 5u);
  BOOST_TEST((stop.ends[1] == finish::stop));
}

BOOST_AUTO_TEST_CASE(a_fault_ends_its_own_sequence_only) {
  plan_fixture at;
  at.backend.script(2, fake_backend::fault::fail_first_sequence);
  at.join(1, "one", 9);
  at.join(2, "two", 9);
  at.run_all();
  BOOST_TEST((at.ends[1] == finish::error));
  BOOST_TEST(!at.messages[1].empty());
  BOOST_TEST(at.answers[2] == at.expected(2));
}

BOOST_AUTO_TEST_CASE(lost_steps_end_those_with_a_seat) {
  plan_fixture at({.seats = 1});
  at.join(1, "one", 9);
  at.join(2, "two", 9);
  at.turn();
  at.plan.fail_running("lost");
  at.steps.clear();
  BOOST_TEST((at.ends[1] == finish::error));
  BOOST_TEST(!at.ends.contains(2));
  at.run_all();
  BOOST_TEST(at.answers[2] == at.expected(2));
}

BOOST_AUTO_TEST_CASE(prompt_scores_survive_chunks_and_preemption) {
  plan_fixture at({.seats = 2, .step_tokens = 8, .page_tokens = 4, .pages = 10}, {.expected_answer = 1});
  at.join(1, "first prompt", 24);
  sequence_spec spec;
  spec.request = 2;
  spec.max_answer = 12;
  spec.score_prompt = true;
  const std::string prompt = "the scored one";
  spec.prompt = std::make_shared<const std::vector<model::token_id>>(prompt.begin(), prompt.end());
  at.prompts[2] = prompt;
  at.limits_of[2] = 12;
  at.plan.join(std::move(spec), at.time.now());
  at.run_all();
  BOOST_TEST(at.plan.load().preemptions > 0u);
  std::string scored;
  for (const auto& [position, token] : at.scores[2]) scored += static_cast<char>(token);
  BOOST_TEST(scored == prompt.substr(1));
  BOOST_TEST(at.answers[2] == at.expected(2));
}

// What the fake checks at every step (pages, seats, positions, windows) is half of this test.
void random_life(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint32_t>(chance() % n); };
  fake_options device{
      .seats = 1 + below(6), .step_tokens = 4 + below(30), .page_tokens = 1 + below(8), .context = 96};
  device.windows =
      below(2) == 0 ? std::vector<std::uint32_t>{0} : std::vector<std::uint32_t>{0, 1 + below(20)};
  device.pages = 96 / device.page_tokens + 3 + below(30);
  device.end_every = below(2) == 0 ? 0 : 25;
  plan_fixture at(device, {.chunk_threshold = 1 + below(20),
                           .chunk_beside_decodes = 1 + below(10),
                           .expected_answer = 1 + below(30),
                           .ageing = 50ms});
  std::vector<sequence_ptr> all;
  std::map<request_id, bool> cancelled;
  for (int i = 0; i < 1500; ++i) {
    const std::uint32_t what = below(10);
    if (what < 3) {
      const std::string prompt(1 + below(50), static_cast<char>('a' + below(26)));
      const std::uint32_t most = 1 + below(40);
      const auto rank = static_cast<priority>(below(3));
      const std::string key(1, static_cast<char>('k' + below(3)));
      all.push_back(at.join(all.size() + 1, prompt, most, rank, key));
    } else if (what == 3 && !all.empty()) {
      const sequence_ptr& who = all[below(all.size())];
      if (who->now != sequence::stage::ended) cancelled[who->spec.request] = true;
      at.plan.end(*who, finish::cancelled);
    } else if (what < 7) {
      at.plan_one();
      if (at.steps.size() > 2) at.run_one();
    } else if (!at.steps.empty()) {
      at.run_one();
    }
    if (i % 50 == 0) at.check_owners();
  }
  at.run_all(200'000);
  at.check_owners();
  BOOST_TEST(at.ends.size() == all.size());
  for (const sequence_ptr& who : all) {
    const request_id id = who->spec.request;
    if (cancelled.contains(id)) {
      BOOST_TEST(at.expected(id).starts_with(at.answers[id]));
    } else {
      BOOST_TEST(at.answers[id] == at.expected(id));
    }
  }
}

BOOST_AUTO_TEST_CASE(random_lives_leave_nothing_behind) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      random_life(seed);
    }
  }
}

BOOST_AUTO_TEST_CASE(nobody_starves_under_a_flood_of_a_better_class) {
  plan_fixture at({.seats = 2, .step_tokens = 8}, {.ageing = 200ms});
  request_id next = 2;
  at.join(1, std::string(60, 'b'), 4, priority::batch);
  for (int i = 0; i < 2000 && !at.ends.contains(1); ++i) {
    while (at.plan.load().waiting < 4) at.join(next++, "interactive", 3, priority::interactive);
    at.turn();
  }
  BOOST_TEST(at.ends.contains(1));
  BOOST_TEST(at.answers[1] == at.expected(1));
}

BOOST_AUTO_TEST_CASE(a_prefix_is_computed_once) {
  for (const double share : {1.0, 0.0}) {
    const bool remembers = share > 0;
    plan_fixture at({.seats = 2, .context = 400, .windows = {0, 8}, .pages = 100}, {.prefix_share = share});
    const std::string prompt = "the first turn of a conversation";
    at.join(1, prompt, 9);
    at.run_all();
    // The next turn begins with the first and its answer.
    const std::string next = prompt + at.answers[1] + " and the second";
    const sequence_ptr who = at.join(2, next, 5);
    BOOST_TEST(at.plan.expected_hit(*who) == (remembers ? 40u : 0u));
    at.run_all();
    BOOST_TEST(who->cached == (remembers ? 40u : 0u));
    BOOST_TEST(at.answers[2] == at.expected(2));
    const sequence_ptr again = at.join(3, next + "2", 5);
    at.run_all();
    BOOST_TEST(again->cached == (remembers ? 56u : 0u));
    BOOST_TEST(at.answers[3] == at.expected(3));
    BOOST_TEST((at.plan.load().pages_idle > 0u) == remembers);
  }
}

BOOST_AUTO_TEST_CASE(what_was_cancelled_has_not_been_in_vain) {
  plan_fixture at({.seats = 2, .step_tokens = 16, .context = 200, .pages = 100});
  const std::string prompt(100, 'p');
  const sequence_ptr first = at.join(1, prompt, 9);
  for (int i = 0; i < 3; ++i) at.turn();
  at.plan.end(*first, finish::cancelled);
  const sequence_ptr second = at.join(2, prompt, 9);
  at.run_all();
  BOOST_TEST(second->cached == 48u);
  BOOST_TEST(at.answers[2] == at.expected(2));
}

BOOST_AUTO_TEST_CASE(who_is_preempted_finds_its_pages_again) {
  plan_fixture at({.seats = 2, .step_tokens = 16, .page_tokens = 4, .pages = 24}, {.expected_answer = 1});
  at.join(1, "first of all", 60);
  at.join(2, "the other one", 60);
  std::uint32_t prompts = 0;
  while (at.turn()) prompts = std::max(prompts, at.plan.load().pages_idle);
  BOOST_TEST(at.plan.load().preemptions > 0u);
  BOOST_TEST(prompts > 0u);
  BOOST_TEST(at.answers[1] == at.expected(1));
  BOOST_TEST(at.answers[2] == at.expected(2));
}

BOOST_AUTO_TEST_CASE(a_number_that_is_none_is_not_handed_on) {
  plan_fixture at;
  const std::string prompt = "0123456789abcdef";
  at.join(1, prompt, 1);
  at.run_all();
  at.backend.script(2, fake_backend::fault::fail_first_sequence);
  const sequence_ptr bad = at.join(2, prompt + "!", 4);
  at.run_all();
  BOOST_TEST(bad->cached == 16u);
  BOOST_TEST((at.ends[2] == finish::error));
  const sequence_ptr next = at.join(3, prompt + "?", 4);
  at.run_all();
  BOOST_TEST(next->cached == 0u);
  BOOST_TEST(at.answers[3] == at.expected(3));
}

// Two that come at once: the second waits for no one, but finds what the first has computed meanwhile.
BOOST_AUTO_TEST_CASE(a_seat_without_a_step_still_finds_more) {
  plan_fixture at({.seats = 4, .step_tokens = 16, .context = 200, .pages = 200});
  const std::string shared(60, 's');
  at.join(1, shared + "one", 4);
  const sequence_ptr second = at.join(2, shared + "two, which is longer", 4);
  at.run_all();
  BOOST_TEST(second->cached > 0u);
  BOOST_TEST(at.answers[1] == at.expected(1));
  BOOST_TEST(at.answers[2] == at.expected(2));
}

BOOST_AUTO_TEST_CASE(a_better_class_takes_the_seat_of_the_lowest) {
  plan_fixture at({.seats = 2, .step_tokens = 32, .context = 200, .pages = 100});
  const sequence_ptr low = at.join(1, "a batch of work", 60, priority::batch);
  at.join(2, "standard work", 60, priority::standard);
  for (int i = 0; i < 12; ++i) at.turn();
  at.join(3, "somebody waits", 4, priority::interactive);
  at.plan_one();
  // Its seat is given in the very next plan, while a step of the other is still on its way.
  BOOST_TEST((low->now == sequence::stage::waiting));
  BOOST_TEST((at.starts == std::vector<request_id>{2, 1, 3}));
  BOOST_TEST(at.plan.load().pages_idle > 0u);
  // Of equals nobody gives way.
  at.join(4, "another one", 4, priority::standard);
  at.run_all();
  BOOST_TEST(at.plan.load().preemptions == 1u);
  BOOST_TEST(low->expected.pages > 0u);
  for (const request_id id : {1U, 2U, 3U, 4U}) BOOST_TEST(at.answers[id] == at.expected(id));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_in_time_is_not_begun) {
  // A token takes 100 us, a step 2 ms.
  plan_fixture at({.seats = 1, .step_tokens = 64, .context = 2000, .pages = 600});
  at.join(1, std::string(500, 'a'), 4);
  at.run_all();
  const auto ask = [&](request_id id, char letter, runtime::duration within) {
    sequence_spec spec;
    spec.request = id;
    spec.max_answer = 2;
    const std::string prompt(1000, letter);
    spec.prompt = std::make_shared<const std::vector<model::token_id>>(prompt.begin(), prompt.end());
    spec.first_token_by = at.time.now() + within;
    at.plan.join(std::move(spec), at.time.now());
    const std::uint64_t steps = at.backend.steps();
    at.run_all();
    return at.backend.steps() - steps;
  };
  BOOST_TEST(ask(2, 'b', 50ms) == 0u);
  BOOST_TEST((at.ends[2] == finish::deadline));
  BOOST_TEST(at.messages[2].find("1000 prompt tokens") != std::string::npos);
  BOOST_TEST(ask(3, 'c', 400ms) > 0u);
  BOOST_TEST((at.ends[3] == finish::length));
  // What is remembered needs no time.
  BOOST_TEST(ask(4, 'c', 50ms) > 0u);
  BOOST_TEST((at.ends[4] == finish::length));
}

BOOST_AUTO_TEST_CASE(the_longest_is_what_fits_alone) {
  const fake_options device{
      .seats = 2, .step_tokens = 8, .page_tokens = 4, .context = 400, .windows = {0, 16}, .pages = 20};
  plan_fixture at(device);
  const std::uint32_t longest = batch_plan::longest({}, at.backend.capacity());
  BOOST_TEST(longest == 76u);
  at.join(1, std::string(40, 'p'), longest - 40);
  at.join(2, "beside", 20);
  at.run_all();
  BOOST_TEST(at.answers[1] == at.expected(1));
  BOOST_TEST(at.answers[2] == at.expected(2));
}

// Memory comes and goes, and there is seldom room for a copy of the last page in each group.
BOOST_AUTO_TEST_CASE(choices_that_share_a_prompt_own_what_they_hold_whatever_memory_does) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 chance(seed);
    const auto below = [&chance](std::uint32_t n) { return static_cast<std::uint32_t>(chance() % n); };
    plan_fixture f({.seats = 3, .step_tokens = 12, .context = 64, .windows = {0, 6}, .pages = 18},
                   {.expected_answer = 4, .prefix_share = 0.2});
    request_id id = 0;
    for (int i = 0; i < 12; ++i) {
      // Often the same text as another's who has not computed it yet.
      const std::string prompt = std::string(9, static_cast<char>('a' + below(2))) + "?";
      const sequence_ptr leader = f.join(++id, prompt, 1 + below(24));
      for (std::uint32_t more = below(3); more > 0; --more)
        (void)f.join(++id, prompt, 1 + below(24), priority::standard, {}, leader);
      for (std::uint32_t turns = below(3) * below(6); turns > 0 && f.turn(); --turns) f.check_owners();
      if (below(2) == 0) f.plan.fit(64u * (10 + below(30)), below(2) == 0);
    }
    f.plan.fit(64u * 36, false);
    f.run_all();
    f.check_owners();
    for (request_id one = 1; one <= id; ++one) BOOST_TEST(f.answers[one] == f.expected(one));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
