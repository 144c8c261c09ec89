// Prompts that become embeddings: in chunks, behind remembered prefixes, preempted, cancelled.
#include "test/actors/plan_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include "simulation/simulated_backend.hpp"

#include <span>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

/// What the device's states of `text` are, pooled.
std::vector<float> pooled(const std::string& text, pooling how) {
  const std::vector<model::token_id> tokens(text.begin(), text.end());
  const std::size_t first = how == pooling::last ? tokens.size() - 1 : 0;
  simulation::simulated_states all;
  all.add(std::span(tokens).subspan(first), static_cast<std::uint32_t>(first));
  return all.mean();
}

const std::string prompt = "all hands to the windlass, and heave away";

BOOST_AUTO_TEST_SUITE(embeddings)

BOOST_AUTO_TEST_CASE(all_of_a_prompt_in_any_chunks) {
  for (const pooling how : {pooling::mean, pooling::last}) {
    for (const std::uint32_t step : {1u, 7u, 40u, 41u, 100u}) {
      plan_fixture at({.seats = 1, .step_tokens = step});
      at.embed = how;
      at.join(1, prompt, 1);
      at.run_all();
      BOOST_TEST(at.embeddings[1] == pooled(prompt, how), boost::test_tools::per_element());
      BOOST_TEST((at.ends[1] == finish::stop));
      BOOST_TEST(at.answers[1].empty());
      at.check_owners();
    }
  }
}

BOOST_AUTO_TEST_CASE(one_token) {
  for (const pooling how : {pooling::mean, pooling::last}) {
    plan_fixture at;
    at.embed = how;
    at.join(1, "a", 1);
    at.run_all();
    BOOST_TEST(at.embeddings[1] == pooled("a", how), boost::test_tools::per_element());
  }
}

// A mean needs the states of all tokens, so it computes what others have computed; the last token's does not.
BOOST_AUTO_TEST_CASE(only_the_last_token_can_use_a_remembered_prefix) {
  plan_fixture at({}, {.prefix_share = 1.0});
  at.join(1, prompt, 2);
  at.run_all();
  for (const pooling how : {pooling::mean, pooling::last}) {
    at.embed = how;
    const request_id id = how == pooling::mean ? 2 : 3;
    const sequence_ptr who = at.join(id, prompt, 1);
    at.run_all();
    BOOST_TEST((who->cached > 0) == (how == pooling::last));
    BOOST_TEST(at.embeddings[id] == pooled(prompt, how), boost::test_tools::per_element());
  }
  // And who answers later finds what an embedding has computed.
  at.embed = pooling::none;
  const sequence_ptr later = at.join(4, prompt + " again", 2);
  at.run_all();
  BOOST_TEST(later->cached > 0u);
  BOOST_TEST(at.answers[4] == at.expected(4));
}

// 12 pages of 4 hold one prompt and a part of another: the lower class gives way, and begins anew.
BOOST_AUTO_TEST_CASE(who_lost_its_seat_is_pooled_anew) {
  for (const pooling how : {pooling::mean, pooling::last}) {
    plan_fixture at({.seats = 2, .step_tokens = 8, .pages = 12}, {.expected_answer = 1});
    at.embed = how;
    at.join(1, prompt, 1, priority::batch);
    at.turn();
    at.turn();
    at.join(2, std::string(40, 'x'), 1, priority::interactive);
    at.run_all();
    BOOST_TEST(at.plan.load().preemptions > 0u);
    BOOST_TEST(at.embeddings[1] == pooled(prompt, how), boost::test_tools::per_element());
    BOOST_TEST(at.embeddings[2] == pooled(std::string(40, 'x'), how), boost::test_tools::per_element());
    at.check_owners();
  }
}

BOOST_AUTO_TEST_CASE(among_answers) {
  plan_fixture at({.seats = 8, .step_tokens = 16});
  for (request_id id = 1; id <= 6; ++id) {
    at.embed = static_cast<pooling>(id % 3);
    at.join(id, prompt.substr(id), id % 3 == 0 ? 5 : 1);
  }
  at.run_all();
  for (request_id id = 1; id <= 6; ++id) {
    const auto how = static_cast<pooling>(id % 3);
    if (how == pooling::none) {
      BOOST_TEST(at.answers[id] == at.expected(id));
    } else {
      BOOST_TEST(at.embeddings[id] == pooled(prompt.substr(id), how), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(cancelled_or_failed_there_is_none) {
  plan_fixture at({.seats = 2, .step_tokens = 8});
  at.embed = pooling::mean;
  const sequence_ptr who = at.join(1, prompt, 1);
  at.turn();
  at.plan.end(*who, finish::cancelled);
  at.backend.script(at.backend.steps() + 2, fake_backend::fault::fail_first_sequence);
  at.join(2, prompt, 1);
  at.run_all();
  BOOST_TEST(at.embeddings.empty());
  BOOST_TEST((at.ends[1] == finish::cancelled));
  BOOST_TEST((at.ends[2] == finish::error));
  at.check_owners();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
