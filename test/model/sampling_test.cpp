#include "model/logit_passes.hpp"
#include "model/philox.hpp"
#include "model/sampling.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>

namespace json = boost::json;
using namespace hawser::model;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

json::value read_golden() {
  std::ifstream in(HAWSER_TEST_DATA "/sampling.json");
  return json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

sampling_params params_of(const json::object& o) {
  const auto number = [&](const char* key) { return o.at(key).to_number<float>(); };
  sampling_params p;
  p.temperature = number("temperature");
  p.top_k = o.at("top_k").to_number<std::int32_t>();
  p.top_p = number("top_p");
  p.min_p = number("min_p");
  p.repetition_penalty = number("repetition_penalty");
  p.presence_penalty = number("presence_penalty");
  p.frequency_penalty = number("frequency_penalty");
  for (const auto& b : o.at("logit_bias").as_array()) {
    p.logit_bias.emplace_back(b.at(0).to_number<token_id>(), b.at(1).to_number<float>());
  }
  p.seed = o.at("seed").to_number<std::uint64_t>();
  return p;
}

token_id once(const sampling_params& p, std::vector<float> logits, std::uint64_t draw = 0,
              std::span<const std::uint32_t> allowed = {}) {
  sampler s;
  s.begin(p, {}, {});
  return s.choose(logits, draw, allowed).id;
}

sampling_params warm(float temperature = 1.0f) {
  sampling_params p;
  p.temperature = temperature;
  return p;
}

/// Sum of (seen - wanted)^2 / wanted over `draws` choices; `wanted` are probabilities.
double chi_square(const sampling_params& p, const std::vector<float>& logits,
                  const std::vector<double>& wanted) {
  constexpr int draws = 20000;
  std::vector<int> seen(logits.size());
  sampler s;
  s.begin(p, {}, {});
  for (int d = 0; d < draws; ++d) {
    auto row = logits;
    ++seen.at(static_cast<std::size_t>(s.choose(row, static_cast<std::uint64_t>(d)).id));
  }
  double sum = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const double expected = wanted[i] * draws;
    if (expected == 0) {
      BOOST_TEST(seen[i] == 0, "token " << i << " must never be drawn");
      continue;
    }
    sum += (seen[i] - expected) * (seen[i] - expected) / expected;
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sampling)

BOOST_AUTO_TEST_CASE(philox_answers_the_published_vectors) {
  using words = std::array<std::uint32_t, 4>;
  constexpr std::uint32_t ones = 0xffffffff;
  BOOST_TEST((philox_block({0, 0}, {0, 0, 0, 0}) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  BOOST_TEST((philox_block({ones, ones}, {ones, ones, ones, ones}) ==
              words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  BOOST_TEST((philox_block({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
              words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

BOOST_AUTO_TEST_CASE(golden_cases_choose_what_the_sorting_reference_chooses) {
  const auto golden = read_golden();
  for (const auto& u : golden.at("uniform").as_array()) {
    BOOST_TEST(uniform(u.at(0).to_number<std::uint64_t>(), u.at(1).to_number<std::uint64_t>()) ==
               u.at(2).as_double());
  }
  int number = 0;
  for (const auto& c : golden.at("cases").as_array()) {
    BOOST_TEST_CONTEXT("case " << number++) {
      auto logits = json::value_to<std::vector<float>>(c.at("logits"));
      const auto wanted = json::value_to<std::vector<double>>(c.at("want").at("logprobs"));
      std::vector<std::uint32_t> allowed((logits.size() + 31) / 32, ~0u);
      for (const auto& b : c.at("banned").as_array()) {
        const auto id = b.to_number<std::uint32_t>();
        allowed[id / 32] &= ~(1u << id % 32);
      }
      auto p = params_of(c.at("params").as_object());
      p.top_logprobs = 4;
      sampler s;
      s.begin(p, json::value_to<std::vector<token_id>>(c.at("prompt")),
              json::value_to<std::vector<token_id>>(c.at("answer")));
      const auto got = s.choose(logits, c.at("draw").to_number<std::uint64_t>(), allowed);
      BOOST_TEST_REQUIRE(got.id == c.at("want").at("token").to_number<token_id>());
      BOOST_TEST(std::abs(got.logprob - wanted[static_cast<std::size_t>(got.id)]) < 5e-5);
      BOOST_TEST_REQUIRE(got.top.size() == 4u);
      auto sorted = wanted;
      std::sort(sorted.rbegin(), sorted.rend());
      for (std::size_t i = 0; i < 4; ++i) {
        BOOST_TEST(std::abs(got.top[i].logprob - sorted[i]) < 5e-5);
        BOOST_TEST(std::abs(got.top[i].logprob - wanted[static_cast<std::size_t>(got.top[i].id)]) < 5e-5);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(frequencies_follow_the_distribution) {
  // Critical values of chi-square at 0.999: 3 degrees of freedom 16.27, 1 degree 10.83, 2 degrees 13.82.
  const std::vector<float> logits{std::log(0.1f), std::log(0.2f), std::log(0.3f), std::log(0.4f), -inf};
  BOOST_TEST((chi_square(warm(), logits, {0.1, 0.2, 0.3, 0.4, 0}) < 16.27));
  auto p = warm(0.5f);  // squares the probabilities
  BOOST_TEST((chi_square(p, logits, {0.01 / 0.3, 0.04 / 0.3, 0.09 / 0.3, 0.16 / 0.3, 0}) < 16.27));
  p = warm();
  p.top_k = 2;
  BOOST_TEST((chi_square(p, logits, {0, 0, 3 / 7.0, 4 / 7.0, 0}) < 10.83));
  p = warm();
  p.top_p = 0.69f;  // 0.4 is not enough, 0.4 + 0.3 is
  BOOST_TEST((chi_square(p, logits, {0, 0, 3 / 7.0, 4 / 7.0, 0}) < 10.83));
  p = warm();
  p.min_p = 0.49f;  // of 0.4
  BOOST_TEST((chi_square(p, logits, {0, 2 / 9.0, 3 / 9.0, 4 / 9.0, 0}) < 13.82));
}

BOOST_AUTO_TEST_CASE(uniform_is_flat_over_draws_and_over_seeds) {
  for (const bool over_seeds : {false, true}) {
    std::array<int, 16> seen{};
    for (std::uint64_t i = 0; i < 16000; ++i) {
      const double u = over_seeds ? uniform(i, 5) : uniform(5, i);
      BOOST_TEST_REQUIRE((u >= 0 && u < 1));
      ++seen.at(static_cast<std::size_t>(u * 16));
    }
    double sum = 0;
    for (const int n : seen) sum += (n - 1000.0) * (n - 1000.0) / 1000.0;
    BOOST_TEST(sum < 37.7);  // 15 degrees of freedom at 0.999
  }
}

BOOST_AUTO_TEST_CASE(greedy_takes_the_first_of_the_largest) {
  BOOST_TEST((once({}, {1, 3, 3, 2}) == 1));
  BOOST_TEST((once({}, {not_a_number, -5, not_a_number, -4, not_a_number}) == 3));
  BOOST_TEST((once({}, {1, inf, inf}) == 1));
  auto p = warm();
  p.top_k = 1;
  BOOST_TEST((once(p, {1, 3, 3, 2}) == 1));
  p.top_k = 0;
  p.top_p = 0;
  BOOST_TEST((once(p, {1, 3, 3, 2}) == 1));
  p.top_p = 1;
  p.min_p = 1;
  BOOST_TEST((once(p, {1, 3, 2.9f, 2}) == 1));
}

BOOST_AUTO_TEST_CASE(nothing_to_choose_is_no_token) {
  for (const float temperature : {0.0f, 1.0f}) {
    auto p = warm(temperature);
    BOOST_TEST((once(p, {}) == no_token));
    BOOST_TEST((once(p, {-inf, -inf}) == no_token));
    BOOST_TEST((once(p, {not_a_number, not_a_number, -inf}) == no_token));
    const std::uint32_t none = 0;
    BOOST_TEST((once(p, {1, 2, 3}, 0, {&none, 1}) == no_token));
    p.top_logprobs = 2;
    BOOST_TEST((once(p, {not_a_number, -inf}) == no_token));
  }
}

BOOST_AUTO_TEST_CASE(a_mask_that_allows_one_token_gets_it) {
  std::vector<float> logits(100, 5.0f);
  logits[70] = -30.0f;
  std::vector<std::uint32_t> allowed(4);
  allowed[2] = 1u << (70 % 32);
  for (const float temperature : {0.0f, 0.01f, 1.0f, 1e30f}) {
    BOOST_TEST((once(warm(temperature), logits, 3, allowed) == 70));
  }
  // A mask that is shorter than the vocabulary allows nothing beyond its end.
  const std::uint32_t first = 1;
  BOOST_TEST((once({}, logits, 0, {&first, 1}) == 0));
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_is_never_drawn) {
  const std::vector<float> logits{not_a_number, 1, not_a_number, -inf, 1};
  for (std::uint64_t d = 0; d < 200; ++d) {
    auto p = warm();
    p.top_p = d % 2 == 0 ? 1.0f : 0.99f;
    p.top_k = d % 3 == 0 ? 0 : 4;
    const auto id = once(p, logits, d);
    BOOST_TEST((id == 1 || id == 4));
  }
}

BOOST_AUTO_TEST_CASE(extreme_temperatures_stay_sane) {
  const std::vector<float> logits{1, 2, 3};
  for (std::uint64_t d = 0; d < 50; ++d) BOOST_TEST((once(warm(1e-40f), logits, d) == 2));
  BOOST_TEST((chi_square(warm(inf), logits, {1 / 3.0, 1 / 3.0, 1 / 3.0}) < 13.82));
}

BOOST_AUTO_TEST_CASE(equal_logits_share_equally_whatever_the_cut) {
  const std::vector<float> logits(8, 2.5f);
  auto p = warm();
  p.top_p = 0.5f;
  const double q = 0.25;
  BOOST_TEST((chi_square(p, logits, {q, q, q, q, 0, 0, 0, 0}) < 16.27));
  p.top_p = 1;
  p.top_k = 4;
  BOOST_TEST((chi_square(p, logits, {q, q, q, q, 0, 0, 0, 0}) < 16.27));
}

BOOST_AUTO_TEST_CASE(choose_remembers_for_the_penalties) {
  sampling_params p;
  p.presence_penalty = 1;
  sampler s;
  s.begin(p, std::vector<token_id>{0}, {});
  const std::vector<float> logits{3.0f, 2.5f, 2.2f};
  std::vector<token_id> got;
  for (std::uint64_t d = 0; d < 3; ++d) {
    auto row = logits;
    got.push_back(s.choose(row, d).id);
  }
  BOOST_TEST(got == (std::vector<token_id>{0, 1, 2}), boost::test_tools::per_element());
  // A sequence that resumes with its answer so far goes on as if it had never stopped.
  sampler resumed;
  resumed.begin(p, std::vector<token_id>{0}, std::vector<token_id>{0, 1});
  auto row = logits;
  BOOST_TEST(resumed.choose(row, 2).id == 2);
  // begin() forgets.
  s.begin(p, {}, {});
  row = logits;
  BOOST_TEST(s.choose(row, 0).id == 0);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_seen_tokens_are_all_penalised) {
  sampling_params p;
  p.repetition_penalty = 2;
  std::vector<token_id> prompt(100'000);
  std::iota(prompt.begin(), prompt.end(), 0);
  prompt.push_back(-1);
  prompt.push_back(5'000'000);  // beyond the vocabulary
  sampler s;
  s.begin(p, prompt, {});
  std::vector<float> logits(100'001, 8.0f);
  logits.back() = 4.1f;
  BOOST_TEST(s.choose(logits, 0).id == 100'000);
}

BOOST_AUTO_TEST_CASE(large_vocabularies_agree_with_a_sort) {
  constexpr std::size_t vocabulary = 262'144;
  std::vector<float> logits(vocabulary);
  for (std::size_t i = 0; i < vocabulary; ++i) logits[i] = static_cast<float>(uniform(9, i) * 12);
  std::vector<candidate> sorted;
  for (std::size_t i = 0; i < vocabulary; ++i) sorted.emplace_back(logits[i], static_cast<token_id>(i));
  std::sort(sorted.begin(), sorted.end(), better);
  std::vector<candidate> scratch;
  for (const std::size_t n : {1u, 40u, 600u, 5000u, 262'144u}) {
    select_best(logits, n, scratch);
    std::sort(scratch.begin(), scratch.end(), better);
    BOOST_TEST_REQUIRE(scratch.size() == n);
    BOOST_TEST(std::equal(scratch.begin(), scratch.end(), sorted.begin()));
  }
  auto weights = logits;
  const double sum = to_weights(weights, sorted.front().first, 0.5f);
  auto kept = weights;
  keep_nucleus(kept, sum, 0.9f, scratch);
  double mass = 0;
  std::size_t n = 0;
  while (mass < 0.9f * sum)
    mass += static_cast<double>(weights[static_cast<std::size_t>(sorted[n++].second)]);
  const auto left =
      static_cast<std::size_t>(std::count_if(kept.begin(), kept.end(), [](float w) { return w > 0; }));
  BOOST_TEST(left == n);
}

BOOST_AUTO_TEST_CASE(sums_of_weights_are_the_same_in_every_order) {
  std::vector<float> weights(262'144);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(uniform(10, i) * 30);
  const double sum = to_weights(weights, 30.0f, 1.1f);
  const auto add = [](double all, float w) { return all + static_cast<double>(w); };
  BOOST_TEST(std::accumulate(weights.begin(), weights.end(), 0.0, add) == sum);
  BOOST_TEST(std::accumulate(weights.rbegin(), weights.rend(), 0.0, add) == sum);
  std::sort(weights.begin(), weights.end());
  BOOST_TEST(std::accumulate(weights.begin(), weights.end(), 0.0, add) == sum);
  for (const float w : weights)
    BOOST_TEST_REQUIRE(static_cast<double>(w) * 0x1p34 == std::floor(static_cast<double>(w) * 0x1p34));
}

BOOST_AUTO_TEST_CASE(log_sum_exp_neither_overflows_nor_trips) {
  const auto of = [](std::vector<float> row) { return log_sum_exp(row); };
  BOOST_TEST(of({1000, 1000}) == 1000 + std::log(2.0f), boost::test_tools::tolerance(1e-6f));
  BOOST_TEST(of({not_a_number, 0, -inf}) == 0);
  BOOST_TEST(of({}) == -inf);
  const std::vector<float> row{-3.25f, 0.5f, 2.0f};
  BOOST_TEST(log_sum_exp_of(row) == static_cast<double>(log_sum_exp(row)),
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(plain_greedy_is_only_that) {
  const auto plain = [](auto&& change) {
    sampling_params p;
    change(p);
    sampler s;
    s.begin(p, {}, {});
    return s.plain_greedy();
  };
  BOOST_TEST((plain([](sampling_params&) {})));
  BOOST_TEST((plain([](sampling_params& p) { p.top_p = 0.5f; })));
  BOOST_TEST((!plain([](sampling_params& p) { p.temperature = 0.5f; })));
  BOOST_TEST((!plain([](sampling_params& p) { p.top_logprobs = 0; })));
  BOOST_TEST((!plain([](sampling_params& p) { p.frequency_penalty = 0.1f; })));
  BOOST_TEST((!plain([](sampling_params& p) { p.repetition_penalty = 1.1f; })));
  BOOST_TEST((!plain([](sampling_params& p) { p.logit_bias.emplace_back(1, 1.0f); })));
}

BOOST_AUTO_TEST_SUITE_END()
