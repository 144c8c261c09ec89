#include "embed/failure.hpp"
#include "embed/offline_runner.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hawser::embed {
namespace {

using model::no_token;
using model::token_id;

/// Keeps what it was told, and answers at once.
class recording_device final : public model::backend {
 public:
  struct part {
    std::uint32_t seat, position;
    std::vector<token_id> tokens, score;
    model::step_output output;
    std::uint64_t draw;
    bool opening;
    std::vector<std::vector<model::page_id>> pages;  // [group], of the positions that are written
  };

  explicit recording_device(model::backend_capacity has) : has_(std::move(has)) {}

  const model::backend_capacity& capacity() const noexcept override { return has_; }

  void start(const model::step_plan& plan, model::step_result& result, done on_done) override {
    auto& step = steps.emplace_back();
    result.number = plan.number;
    result.sequences.assign(plan.sequences.size(), {});
    for (std::size_t i = 0; i < plan.sequences.size(); ++i) {
      const model::sequence_step& s = plan.sequences[i];
      const auto count = std::max<std::size_t>(1, s.tokens.size());
      part p{s.seat,
             s.position,
             {s.tokens.begin(), s.tokens.end()},
             {s.score.begin(), s.score.end()},
             s.output,
             s.draw,
             s.opening != nullptr,
             {}};
      for (std::size_t g = 0; g < has_.groups.size(); ++g) {
        auto& pages = p.pages.emplace_back();
        for (std::size_t at = s.position; at < s.position + count; ++at)
          pages.push_back(s.tables[g][at / has_.page_tokens]);
      }
      step.push_back(std::move(p));
      result.sequences[i].seat = s.seat;
      result.sequences[i].error = fails_with;
      for (const token_id wanted : s.score) {
        if (wanted != no_token)
          result.sequences[i].scored.push_back({.id = wanted, .logprob = -1.0f, .top = {}});
      }
    }
    on_done();
  }

  void warm_up(done on_done) override {
    ++warmed;
    on_done();
  }

  model::backend_memory memory() const noexcept override { return {}; }

  std::vector<std::vector<part>> steps;
  int warmed = 0;
  model::step_error fails_with = model::step_error::none;

 private:
  model::backend_capacity has_;
};

model::backend_capacity small_device() {
  model::backend_capacity has;
  has.seats = 2;
  has.step_tokens = 8;
  has.page_tokens = 4;
  has.context = 32;
  has.vocabulary = 100;
  has.groups = {{.window = 0, .layers = 1, .page_bytes = 1, .pages = 16},
                {.window = 4, .layers = 1, .page_bytes = 1, .pages = 8}};
  return has;
}

std::vector<token_id> counting(std::size_t count) {
  std::vector<token_id> ids(count);
  std::iota(ids.begin(), ids.end(), 1);
  return ids;
}

struct rig {
  explicit rig(std::uint32_t seats = 2, std::uint32_t context = 20) {
    auto made = std::make_unique<recording_device>(small_device());
    device = made.get();
    runner = std::make_unique<offline_runner>(std::move(made), seats, context);
  }
  recording_device* device;
  std::unique_ptr<offline_runner> runner;
};

BOOST_AUTO_TEST_SUITE(embed_offline_runner)

BOOST_AUTO_TEST_CASE(prompts_fill_steps_in_order_and_only_the_last_part_samples) {
  rig r;
  const auto a = counting(10), b = counting(3);
  const std::vector<offline_runner::sequence> both{{a, {}}, {b, {}}};
  r.runner->prefill(both, true);
  BOOST_REQUIRE(r.device->steps.size() == 2u);
  const auto& first = r.device->steps[0];
  BOOST_REQUIRE(first.size() == 1u);
  BOOST_TEST(first[0].tokens.size() == 8u);
  BOOST_TEST((first[0].output == model::step_output::none));
  BOOST_TEST(first[0].opening);
  const auto& second = r.device->steps[1];
  BOOST_REQUIRE(second.size() == 2u);
  BOOST_TEST(second[0].position == 8u);
  BOOST_TEST((second[0].tokens == std::vector<token_id>{9, 10}));
  BOOST_TEST((second[0].output == model::step_output::token));
  BOOST_TEST(!second[0].opening);
  BOOST_TEST(second[1].seat == 1u);
  BOOST_TEST((second[1].tokens == b));
  BOOST_TEST(second[1].opening);
}

BOOST_AUTO_TEST_CASE(decoding_goes_on_where_the_prompt_ended) {
  rig r;
  const auto a = counting(5);
  const std::vector<offline_runner::sequence> both{{a, {}}, {a, {}}};
  r.runner->prefill(both, true);
  r.device->steps.clear();
  r.runner->decode(2);
  r.runner->decode(2);
  BOOST_REQUIRE(r.device->steps.size() == 2u);
  for (std::uint32_t step = 0; step < 2; ++step) {
    for (std::uint32_t seat = 0; seat < 2; ++seat) {
      const auto& part = r.device->steps[step][seat];
      BOOST_TEST(part.seat == seat);
      BOOST_TEST(part.position == 5 + step);
      BOOST_TEST(part.draw == 1 + step);
      BOOST_TEST(part.tokens.empty());
    }
  }
  // A new prompt begins anew.
  r.device->steps.clear();
  r.runner->prefill(both, true);
  BOOST_TEST(r.device->steps[0][0].position == 0u);
  BOOST_TEST(r.device->steps[0][0].opening);
}

BOOST_AUTO_TEST_CASE(sequences_never_share_a_page_and_windowed_pages_come_round) {
  rig r;
  const auto a = counting(20);
  const std::vector<offline_runner::sequence> both{{a, {}}, {a, {}}};
  r.runner->prefill(both, false);
  for (std::size_t group = 0; group < 2; ++group) {
    std::array<std::set<model::page_id>, 2> used;
    for (const auto& step : r.device->steps) {
      for (const auto& part : step) {
        for (const auto page : part.pages[group]) {
          BOOST_TEST(page < small_device().groups[group].pages);
          used[part.seat].insert(page);
        }
      }
    }
    for (const auto page : used[0]) BOOST_TEST(!used[1].contains(page));
    // 20 tokens are five pages; a window of 4 with a step of 8 sees 12 positions, so three pages and one
    // more.
    BOOST_TEST(used[0].size() == (group == 0 ? 5u : 4u));
  }
}

BOOST_AUTO_TEST_CASE(scores_go_with_their_tokens) {
  rig r(1);
  const auto a = counting(10);
  std::vector<token_id> score(10, no_token);
  for (std::size_t i = 5; i < 9; ++i) score[i] = a[i + 1];
  const std::vector<offline_runner::sequence> one{{a, score}};
  std::size_t scored = 0;
  r.runner->prefill(one, false, [&](const model::step_result& done) {
    for (const auto& s : done.sequences) scored += s.scored.size();
  });
  BOOST_TEST(scored == 4u);
  BOOST_TEST((r.device->steps[1][0].score == std::vector<token_id>{a[9], no_token}));
  BOOST_TEST((r.device->steps[1][0].output == model::step_output::none));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  BOOST_CHECK_THROW(rig(3, 8), failure);   // seats
  BOOST_CHECK_THROW(rig(2, 64), failure);  // pages
  BOOST_CHECK_NO_THROW(rig(2, 32));
}

BOOST_AUTO_TEST_CASE(a_failed_step_is_thrown) {
  rig r(1);
  r.device->fails_with = model::step_error::device_lost;
  const auto a = counting(3);
  const std::vector<offline_runner::sequence> one{{a, {}}};
  BOOST_CHECK_EXCEPTION(r.runner->prefill(one, true), failure,
                        [](const failure& e) { return e.code() == errc::device; });
}

BOOST_AUTO_TEST_CASE(warm_up_is_waited_for) {
  rig r;
  r.runner->warm_up();
  BOOST_TEST(r.device->warmed == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
