/// The backend against a double-precision forward pass, for every family and every kernel set.
#include "cpu/kernels/sets.hpp"
#include "model/gguf.hpp"
#include "model/sampling.hpp"
#include "test/cpu/rig.hpp"
#include "test/model/golden.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <optional>

namespace {

using namespace hawser;

/// Activations are int8 and keys bf16: logits of the tiny models, which spread over +-3, may move this far.
constexpr double tiny_tolerance = 0.12;

/// Log-probabilities by id, of one scored position.
std::vector<double> by_id(const model::sampled_token& scored) {
  std::vector<double> out(scored.top.size());
  for (const auto& t : scored.top) out[static_cast<std::size_t>(t.id)] = double(t.logprob);
  return out;
}

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(logits_are_those_of_the_reference) {
  for (const auto& golden : test::read_tiny_goldens()) {
    const auto bytes = test::make_tiny_model(golden.spec);
    const auto file = model::gguf_file::parse(bytes, golden.name).value();
    for (const auto& set : cpu::runnable_sets()) {
      test::rig rig(file, {.threads = 2,
                           .kernels = std::string(set.name),
                           .seats = 2,
                           .step_tokens = 64,
                           .kv_bytes = 8 << 20});
      std::vector<model::token_id> next(golden.prompt.size(), 0);
      const auto scored = rig.score(golden.prompt, next, static_cast<std::int32_t>(golden.spec.vocabulary));
      double worst = 0;
      for (const auto& [position, logits] : golden.logits) {
        const auto got = by_id(scored[position]);
        BOOST_REQUIRE(got.size() == logits.size());
        const double whole = double(model::log_sum_exp(logits));
        for (std::size_t id = 0; id < got.size(); ++id)
          worst = std::max(worst, std::abs(got[id] - (double(logits[id]) - whole)));
      }
      BOOST_TEST(worst < tiny_tolerance, golden.name << " " << set.name << ": " << worst);
    }
  }
}

BOOST_AUTO_TEST_CASE(greedy_answers_are_those_of_the_reference) {
  std::size_t compared = 0;
  for (const auto& golden : test::read_tiny_goldens()) {
    const auto bytes = test::make_tiny_model(golden.spec);
    const auto file = model::gguf_file::parse(bytes, golden.name).value();
    test::rig rig(file, {.threads = 2, .seats = 1, .step_tokens = 64, .kv_bytes = 8 << 20});
    const auto answer = rig.answer(golden.prompt, golden.greedy.size());
    BOOST_REQUIRE(answer.size() == golden.greedy.size());
    // Behind a near tie the two may go different ways.
    for (std::size_t i = 0; i < answer.size() && double(golden.gaps[i]) > tiny_tolerance; ++i, ++compared)
      BOOST_TEST(answer[i].id == golden.greedy[i], golden.name << " token " << i);
  }
  BOOST_TEST(compared > 10u);
}

double cosine(const std::vector<float>& x, const std::vector<float>& y) {
  BOOST_REQUIRE(x.size() == y.size());
  double dot = 0, a = 0, b = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    dot += double(x[i]) * double(y[i]);
    a += double(x[i]) * double(x[i]);
    b += double(y[i]) * double(y[i]);
  }
  return dot / std::sqrt(a * b);
}

/// The prompt in chunks, of which those from `pooled` on are in the embedding.
std::vector<float> embedding_of(test::rig& rig, const std::vector<model::token_id>& prompt, std::size_t chunk,
                                std::size_t pooled) {
  std::vector<float> got;
  for (std::size_t at = 0; at < prompt.size();) {
    const std::size_t end = std::min(prompt.size(), at < pooled ? std::min(at + chunk, pooled) : at + chunk);
    auto part = rig.part(0, static_cast<std::uint32_t>(at), std::span(prompt).subspan(at, end - at));
    if (at >= pooled) part.output = model::step_output::embedding;
    if (at == 0) part.opening = &test::greedy_with_logprobs();
    got = rig.run(part).embedding;
    at = end;
  }
  return got;
}

BOOST_AUTO_TEST_CASE(embeddings_are_those_of_the_reference_in_any_chunks) {
  for (const auto& golden : test::read_tiny_goldens()) {
    const auto bytes = test::make_tiny_model(golden.spec);
    const auto file = model::gguf_file::parse(bytes, golden.name).value();
    test::rig rig(file, {.threads = 2, .seats = 1, .step_tokens = 64, .kv_bytes = 8 << 20});
    const std::size_t length = golden.prompt.size();
    const std::vector<float> whole = embedding_of(rig, golden.prompt, length, 0);
    BOOST_TEST(cosine(whole, golden.embedding) > 0.999, golden.name);
    BOOST_TEST((embedding_of(rig, golden.prompt, 5, 0) == whole), golden.name);
    const std::vector<float> last = embedding_of(rig, golden.prompt, length, length - 1);
    BOOST_TEST(cosine(last, golden.last_state) > 0.995, golden.name);
    BOOST_TEST(cosine(last, golden.embedding) < 0.99, golden.name);
    BOOST_TEST((embedding_of(rig, golden.prompt, 5, length - 1) == last), golden.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
