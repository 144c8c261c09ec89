/// A real model under each kernel set that this machine runs. Label "model": skipped where the file is not
/// fetched.
#include "cpu/kernels/sets.hpp"
#include "model/gguf.hpp"
#include "model/tokenizer.hpp"
#include "test/cpu/rig.hpp"
#include "test/model/golden.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace hawser;
using tokens = std::vector<model::token_id>;

const char* const text =
    "A rope is a group of yarns, plies, fibres, or strands that are twisted or braided together into a "
    "larger "
    "and stronger form. Ropes have high tensile strength and can be used for dragging and lifting. A hawser "
    "is "
    "a thick rope used in mooring or towing a ship. It passes through a hawsehole, also known as a cat hole.";

double perplexity(const std::vector<model::sampled_token>& scored) {
  double sum = 0;
  for (const model::sampled_token& t : scored) sum -= static_cast<double>(t.logprob);
  return std::exp(sum / static_cast<double>(scored.size()));
}

/// The greedy answer of seat 0, beside `others` sequences whose prompts are the tail of its own.
tokens answer_beside(test::rig& rig, const tokens& prompt, std::uint32_t others, std::size_t count) {
  tokens answer;
  for (std::size_t n = 0; n < count; ++n) {
    model::step_plan plan;
    for (std::uint32_t seat = 0; seat <= others; ++seat) {
      const auto own = std::span(prompt).subspan(seat);
      auto part = n == 0 ? rig.part(seat, 0, own)
                         : rig.part(seat, static_cast<std::uint32_t>(own.size() + n - 1), {});
      if (n == 0) part.opening = &test::greedy_with_logprobs();
      part.output = model::step_output::token;
      plan.sequences.push_back(part);
    }
    const auto& result = rig.run(plan);
    BOOST_REQUIRE(result.sequences.front().tokens.size() == 1u);
    answer.push_back(result.sequences.front().tokens.front().id);
  }
  return answer;
}

BOOST_AUTO_TEST_SUITE(kernel_sets_model)

BOOST_AUTO_TEST_CASE(each_set_is_as_sure_as_the_portable_one_and_answers_alike_in_every_batch) {
  const auto path = test::real_model("SmolLM2-135M-Instruct.Q4_1.gguf");
  if (!path) {
    BOOST_TEST_MESSAGE("skipped: SmolLM2-135M-Instruct.Q4_1.gguf is not there (tools/fetch_model.sh)");
    return;
  }
  const auto file = model::gguf_file::open(*path).value();
  const auto words = model::tokenizer::make(model::read_vocabulary(*file).value()).value();
  const tokens all = words->encode(text, {});
  tokens next(all.begin() + 1, all.end());
  next.push_back(model::no_token);
  const tokens prompt(all.begin(), all.begin() + 12);

  auto sets = cpu::runnable_sets();
  std::reverse(sets.begin(), sets.end());
  BOOST_REQUIRE(sets.front().name == "portable");
  double portable = 0;
  for (const auto& set : sets) {
    test::rig rig(file,
                  {.kernels = std::string(set.name), .seats = 8, .step_tokens = 128, .kv_bytes = 64 << 20});
    const double value = perplexity(rig.score(all, next, 0, 128));
    if (set.name == "portable") portable = value;
    BOOST_TEST_MESSAGE(set.name << ": perplexity " << value << " over " << all.size() << " tokens");
    // Sets add in different orders, so activations round to other int8 values: a token's score is wrong by
    // some 0.15, which is 1.7% of the perplexity over the 77 tokens here. So this bound finds a wrong kernel
    // and no fine difference. Over 4,864 tokens the 512-bit sets and avx2 were within 0.13% (docs/cpu.md).
    BOOST_TEST(std::abs(value / portable - 1) < 0.03, set.name);
    const tokens alone = answer_beside(rig, prompt, 0, 6);
    BOOST_TEST(answer_beside(rig, prompt, 2, 6) == alone, set.name);
    BOOST_TEST(answer_beside(rig, prompt, 7, 6) == alone, set.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
