/// Results do not depend on batching, and one sequence's fault is its own.
#include "cpu/kernels/sets.hpp"
#include "model/gguf.hpp"
#include "test/cpu/rig.hpp"
#include "test/model/tiny_model.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

namespace {

using namespace hawser;
using model::token_id;

test::tiny_spec mixed_spec(const std::string& family) {
  using enum model::tensor_type;
  test::tiny_spec spec;
  spec.family = family;
  spec.width = 256;
  spec.heads = 6;
  spec.kv_heads = 2;
  spec.head_dim = 64;
  spec.feed_forward = 512;
  spec.layers = family == "gemma3" ? 7 : 3;
  spec.window = family == "gemma3" ? 24 : 0;
  spec.types = {q8_0, q4_1, q4_k, q5_0, q6_k, q4_0, bf16, q5_k, q5_1, f32};
  return spec;
}

std::vector<token_id> random_tokens(std::size_t n, unsigned seed) {
  std::mt19937 chance(seed);
  std::vector<token_id> out(n);
  for (token_id& t : out) t = test::tiny_first_byte + static_cast<token_id>(chance() % 256);
  return out;
}

bool same(const model::sampled_token& a, const model::sampled_token& b) {
  if (a.id != b.id || a.top.size() != b.top.size()) return false;
  if (std::memcmp(&a.logprob, &b.logprob, sizeof a.logprob) != 0) return false;
  for (std::size_t i = 0; i < a.top.size(); ++i)
    if (a.top[i].id != b.top[i].id || std::memcmp(&a.top[i].logprob, &b.top[i].logprob, sizeof(float)) != 0)
      return false;
  return true;
}

bool same(const std::vector<model::sampled_token>& a, const std::vector<model::sampled_token>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return same(x, y); });
}

constexpr cpu::cpu_options options(std::uint32_t seats) {
  return {.threads = 2, .kernels = {}, .seats = seats, .step_tokens = 96, .kv_bytes = 64u << 20};
}

/// Many sequences at once: prompts in chunks of uneven size beside others that decode already.
std::vector<std::vector<model::sampled_token>>
answer_together(test::rig& rig, const std::vector<std::vector<token_id>>& prompts, std::size_t count) {
  std::vector<std::vector<model::sampled_token>> answers(prompts.size());
  std::vector<std::size_t> fed(prompts.size(), 0);
  for (unsigned round = 0;; ++round) {
    model::step_plan plan;
    std::vector<std::size_t> who;
    std::size_t room = 96;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      if (answers[i].size() == count) continue;
      const std::size_t left = prompts[i].size() - fed[i];
      const std::size_t n = left == 0 ? 1 : std::min({left, room, 1 + (i * 5 + round) % 13});
      if (n > room || n == 0) continue;
      auto s = left == 0 ? rig.part(static_cast<std::uint32_t>(i),
                                    static_cast<std::uint32_t>(prompts[i].size() + answers[i].size() - 1), {})
                         : rig.part(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(fed[i]),
                                    std::span(prompts[i]).subspan(fed[i], n));
      if (fed[i] == 0) s.opening = &test::greedy_with_logprobs();
      if (left != 0) fed[i] += n;
      if (fed[i] == prompts[i].size()) s.output = model::step_output::token;
      room -= n;
      plan.sequences.push_back(s);
      who.push_back(i);
    }
    if (plan.sequences.empty()) return answers;
    const auto& result = rig.run(plan);
    for (std::size_t k = 0; k < who.size(); ++k)
      for (const auto& t : result.sequences[k].tokens) answers[who[k]].push_back(t);
  }
}

BOOST_AUTO_TEST_SUITE(batching)

BOOST_AUTO_TEST_CASE(an_answer_is_the_same_alone_and_among_31_others) {
  struct one {
    const char* family;
    cpu::kv_type kv;
  };
  for (const auto& [family, kv] : {one{"llama", cpu::kv_type::bf16}, one{"llama", cpu::kv_type::f16},
                                   one{"gemma3", cpu::kv_type::q8_0}, one{"qwen3", cpu::kv_type::bf16}})
    for (const auto& set : cpu::runnable_sets()) {
      const auto bytes = test::make_tiny_model(mixed_spec(family));
      auto o = options(32);
      o.kernels = std::string(set.name);
      o.kv = kv;
      test::rig rig(model::gguf_file::parse(bytes, family).value(), o, 128);
      std::vector<std::vector<token_id>> prompts;
      for (unsigned i = 0; i < 32; ++i) prompts.push_back(random_tokens(1 + i * 7 % 60, i));
      const auto together = answer_together(rig, prompts, 12);
      for (const std::uint32_t i : {0u, 5u, 16u, 31u})
        BOOST_TEST(same(rig.answer(prompts[i], 12, i), together[i]),
                   family << " " << set.name << " sequence " << i);
    }
}

BOOST_AUTO_TEST_CASE(scores_are_the_same_however_a_prompt_is_cut) {
  for (const char* family : {"llama", "gemma3"}) {
    const auto bytes = test::make_tiny_model(mixed_spec(family));
    test::rig rig(model::gguf_file::parse(bytes, family).value(), options(2), 128);
    const auto prompt = random_tokens(90, 3);
    const auto next = random_tokens(90, 4);
    const auto whole = rig.score(prompt, next, 5);
    BOOST_TEST(whole.size() == 90u);
    for (const std::uint32_t chunk : {1u, 7u, 32u, 33u})
      BOOST_TEST(same(rig.score(prompt, next, 5, chunk, 1), whole));
  }
}

BOOST_AUTO_TEST_CASE(threads_do_not_change_a_bit) {
  const auto bytes = test::make_tiny_model(mixed_spec("llama"));
  const auto file = model::gguf_file::parse(bytes, "llama").value();
  const auto prompt = random_tokens(77, 8);
  std::vector<std::vector<model::sampled_token>> answers;
  for (const unsigned threads : {1u, 2u, 5u}) {
    auto o = options(1);
    o.threads = threads;
    answers.push_back(test::rig(file, o, 128).answer(prompt, 16));
  }
  BOOST_TEST(same(answers[0], answers[1]));
  BOOST_TEST(same(answers[0], answers[2]));
}

BOOST_AUTO_TEST_CASE(the_best_token_is_the_same_when_nobody_asks_for_logits) {
  const auto bytes = test::make_tiny_model(mixed_spec("gemma3"));
  test::rig rig(model::gguf_file::parse(bytes, "gemma3").value(), options(40), 64);
  const auto prompt = random_tokens(11, 6);
  const auto answer = rig.answer(prompt, 8);
  const model::sampling_params greedy;
  // More sequences than one pass takes, some of which want log-probabilities.
  model::step_plan plan;
  for (std::uint32_t i = 0; i < 40; ++i) {
    plan.sequences.push_back(rig.part(i, 0, std::span(prompt).first(2)));
    plan.sequences.back().opening = i % 5 == 4 ? &test::greedy_with_logprobs() : &greedy;
  }
  rig.run(plan);
  for (std::size_t n = 2; n < prompt.size() + 7; ++n) {
    for (std::uint32_t i = 0; i < 40; ++i) {
      auto& s = plan.sequences[i];
      s = rig.part(i, static_cast<std::uint32_t>(n), {});
      if (n < prompt.size()) s.tokens = std::span(prompt).subspan(n, 1);
      if (n + 1 >= prompt.size()) s.output = model::step_output::token;
    }
    const auto& result = rig.run(plan);
    for (std::uint32_t i = 0; n + 1 >= prompt.size() && i < 40; ++i) {
      BOOST_REQUIRE(result.sequences[i].tokens.size() == 1u);
      BOOST_TEST(result.sequences[i].tokens[0].id == answer[n + 1 - prompt.size()].id);
      BOOST_TEST(result.sequences[i].tokens[0].top.size() == (i % 5 == 4 ? 3u : 0u));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sequence_that_meets_nan_ends_alone) {
  auto spec = mixed_spec("llama");
  spec.types = {model::tensor_type::f32};
  spec.tied = false;
  auto bytes = test::make_tiny_model(spec);
  const auto clean = bytes;
  {
    const auto file = model::gguf_file::parse(clean, "clean").value();
    const auto row = file->find_tensor("token_embd.weight")->row(test::tiny_first_byte + 65);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(bytes.data() + (row.data() - clean.data()) + 40, &nan, sizeof nan);
  }
  test::rig rig(model::gguf_file::parse(bytes, "poisoned").value(), options(3), 128);
  auto good = random_tokens(20, 5);
  std::replace(good.begin(), good.end(), test::tiny_first_byte + 65, test::tiny_first_byte + 66);
  auto bad = good;
  bad[7] = test::tiny_first_byte + 65;
  const auto before = rig.answer(good, 6, 1);
  model::step_plan plan;
  for (std::uint32_t i = 0; i < 2; ++i) {
    plan.sequences.push_back(rig.part(i, 0, i == 0 ? bad : good));
    plan.sequences.back().opening = &test::greedy_with_logprobs();
    plan.sequences.back().output = model::step_output::token;
  }
  const auto& first = rig.run(plan);
  BOOST_TEST((first.sequences[0].error == model::step_error::not_a_number));
  BOOST_TEST(first.sequences[0].tokens.empty());
  BOOST_TEST(same(first.sequences[1].tokens, {before[0]}));
  // The plan of the next step may be made before the error is known: it fails again, and only there.
  plan.sequences.clear();
  for (std::uint32_t i = 0; i < 2; ++i) {
    plan.sequences.push_back(rig.part(i, 20, {}));
    plan.sequences.back().output = model::step_output::token;
  }
  const auto& second = rig.run(plan);
  BOOST_TEST((second.sequences[0].error == model::step_error::not_a_number));
  BOOST_TEST(same(second.sequences[1].tokens, {before[1]}));
  // The pages that saw NaN serve the next sequence as if nothing had been.
  BOOST_TEST(same(rig.answer(good, 6, 0), before));
}

BOOST_AUTO_TEST_CASE(a_mask_that_leaves_nothing_is_an_error_of_its_sequence) {
  const auto bytes = test::make_tiny_model({});
  test::rig rig(model::gguf_file::parse(bytes, "tiny").value(), options(2), 64);
  const auto prompt = random_tokens(5, 1);
  const std::vector<std::uint32_t> nothing(10, 0);
  auto only = nothing;
  only[2] = 1u << 7;
  for (const bool some : {false, true}) {
    auto s = rig.part(0, 0, prompt);
    s.opening = &test::greedy_with_logprobs();
    s.output = model::step_output::token;
    s.allowed = some ? only : nothing;
    const auto& r = rig.run(s);
    BOOST_TEST((r.error == (some ? model::step_error::none : model::step_error::nothing_allowed)));
    if (some) BOOST_TEST(r.tokens.front().id == 71);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
