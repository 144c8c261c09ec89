#include "cli/claims/finding.hpp"
#include "cli/claims/model_flops.hpp"
#include "cli/claims/overload_judge.hpp"
#include "cli/claims/static_gate.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace hawser::cli {
namespace {

using load::ending;
using load::outcome;
using std::chrono::milliseconds;

outcome one(std::uint32_t of_class, int due_ms, ending how, int first_ms, int end_ms) {
  outcome made;
  made.of_class = of_class;
  made.how = how;
  made.intended = milliseconds(due_ms);
  made.first_text = made.last_text = milliseconds(first_ms);
  made.ended = milliseconds(end_ms);
  return made;
}

std::vector<load::request_class> two_classes() {
  std::vector<load::request_class> made(2);
  made[0].goal.ttft = milliseconds(500);
  return made;
}

BOOST_AUTO_TEST_SUITE(cli_claims)

BOOST_AUTO_TEST_CASE(goodput_counts_what_ended_well_inside_the_time_looked_at) {
  const std::vector<outcome> all{one(0, 0, ending::complete, 400, 900), one(0, 0, ending::complete, 501, 950),
                                 one(1, 0, ending::complete, 9000, 1500),
                                 one(1, 0, ending::overload, 0, 1000),
                                 one(0, 100, ending::complete, 200, 2000)};
  BOOST_TEST(good_rate(all, two_classes(), {}, milliseconds(2000)) == 1.0);
  BOOST_TEST(good_rate(all, two_classes(), milliseconds(1000), milliseconds(3000)) == 1.0);
  BOOST_TEST(good_rate(all, two_classes(), milliseconds(5), milliseconds(5)) == 0.0);
}

BOOST_AUTO_TEST_CASE(success_is_of_those_that_were_due_then) {
  const std::vector<outcome> all{
      one(0, 1000, ending::complete, 1100, 1200), one(0, 1500, ending::complete, 2100, 2200),
      one(0, 1600, ending::timed_out, 0, 9000),   one(0, 2000, ending::overload, 0, 2001),
      one(1, 1500, ending::overload, 0, 1501),    one(0, 1700, ending::complete, 1800, 1900)};
  const success got = success_of(all, two_classes(), 0, milliseconds(1000), milliseconds(2000));
  BOOST_TEST(got.requests == 4u);
  BOOST_TEST(got.complete == 0.75);
  BOOST_TEST(got.good == 0.5);
  BOOST_TEST(success_of({}, two_classes(), 0, {}, milliseconds(1)).complete == 0.0);
}

BOOST_AUTO_TEST_CASE(normal_is_when_the_last_bad_request_was_due) {
  std::vector<outcome> all{one(0, 900, ending::timed_out, 0, 9000),
                           one(0, 1200, ending::complete, 1900, 2000),
                           one(0, 1400, ending::complete, 1500, 1600), one(1, 1800, ending::reset, 0, 1900)};
  BOOST_TEST((*back_to_normal(all, two_classes(), 0, milliseconds(1000)) == milliseconds(200)));
  BOOST_TEST((*back_to_normal(all, two_classes(), 0, milliseconds(1300)) == milliseconds(0)));
}

BOOST_AUTO_TEST_CASE(nobody_asking_afterwards_is_not_being_back_to_normal) {
  const std::vector<outcome> all{one(0, 900, ending::complete, 950, 990),
                                 one(1, 1500, ending::complete, 1600, 1700)};
  BOOST_TEST(!back_to_normal(all, two_classes(), 0, milliseconds(1000)));
}

BOOST_AUTO_TEST_CASE(answers_that_never_came_do_not_improve_the_time_to_first_text) {
  const auto never = milliseconds(10'000);
  std::vector<outcome> all;
  for (int i = 0; i < 10; ++i) all.push_back(one(0, 0, ending::timed_out, 0, 10'000));
  BOOST_TEST((first_text_of_all(all, 0, 99, never) == never));
  BOOST_TEST((first_text_of_all(all, 1, 99, never) == never));
  for (int i = 0; i < 10; ++i) all.push_back(one(0, 100, ending::complete, 300 + i, 900));
  BOOST_TEST((first_text_of_all(all, 0, 50, never) == milliseconds(209)));
  BOOST_TEST((first_text_of_all(all, 0, 51, never) == never));
}

BOOST_AUTO_TEST_CASE(a_static_batch_gathers_runs_and_lets_nobody_join) {
  using ids = std::vector<std::uint64_t>;
  static_gate gate(3, milliseconds(50));
  BOOST_TEST(!gate.due());
  gate.ask(1, milliseconds(0));
  gate.ask(2, milliseconds(10));
  BOOST_TEST(gate.release(milliseconds(49)).empty());
  BOOST_TEST((*gate.due() == milliseconds(50)));
  BOOST_TEST(gate.release(milliseconds(50)) == (ids{1, 2}), boost::test_tools::per_element());
  for (const std::uint64_t who : {3u, 4u, 5u, 6u}) gate.ask(who, milliseconds(60));
  gate.done();
  BOOST_TEST(gate.release(milliseconds(900)).empty());
  BOOST_TEST(!gate.due());
  gate.done();
  BOOST_TEST(gate.release(milliseconds(61)) == (ids{3, 4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_batch_does_not_wait) {
  static_gate gate(2, milliseconds(50));
  gate.ask(1, milliseconds(0));
  gate.ask(2, milliseconds(0));
  BOOST_TEST(gate.release(milliseconds(0)).size() == 2u);
}

BOOST_AUTO_TEST_CASE(operations_of_a_prompt_are_those_counted_by_hand) {
  model::decoder_spec spec;
  spec.layers = 2;
  spec.width = 8;
  spec.heads = 2;
  spec.kv_heads = 1;
  spec.head_dim = 4;
  spec.feed_forward = 16;
  spec.vocabulary = 10;
  spec.layer.resize(2);
  // A layer: q 64, k and v 32 each, output 64, gate, up and down 128 each: 576 weights.
  const prompt_flops full = flops_of_prompt(spec, 4);
  BOOST_TEST(full.products == 2.0 * 4 * 576 * 2 + 2 * 8 * 10);
  // 1 + 2 + 3 + 4 positions a layer, 4 operations for each of 8 dimensions.
  BOOST_TEST(full.attention == 2 * 10 * 4.0 * 8);
  const prompt_flops near = flops_of_prompt(with_window(spec, 2), 4);
  BOOST_TEST(near.products == full.products);
  // 1 + 2 + 2 + 2.
  BOOST_TEST(near.attention == 2 * 7 * 4.0 * 8);
  BOOST_TEST(flops_of_prompt(with_window(spec, 9), 4).attention == full.attention);
}

BOOST_AUTO_TEST_CASE(a_finding_passes_on_its_own_side_of_the_guides_number) {
  finding f{"", 2, 2, true, "x", ""};
  BOOST_TEST(f.passes());
  f.ours = 1.9;
  BOOST_TEST(!f.passes());
  f.at_least = false;
  BOOST_TEST(f.passes());
  BOOST_TEST(median_of({5, 1, 3}) == 3.0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::cli
