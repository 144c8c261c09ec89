/// The GPU backend on the stand-in runtime, with kernels on the CPU, against the CPU backend.
#include "gpu/gpu_backend.hpp"
#include "gpu/stand_in/cpu_kernels.hpp"
#include "model/gguf.hpp"
#include "test/cpu/rig.hpp"
#include "test/model/tiny_model.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace {

using namespace hawser;
namespace stand_in = gpu::stand_in;

/// One model on both devices.
struct both {
  explicit both(test::tiny_spec what, gpu::gpu_options options = small())
      : bytes(test::make_tiny_model(what)) {
    stand_in::reset();
    stand_in::add_cpu_kernels();
    file = model::gguf_file::parse(bytes, "tiny").value();
    cpu = std::make_unique<test::rig>(file,
                                      cpu::cpu_options{.threads = 1,
                                                       .seats = options.seats,
                                                       .step_tokens = options.step_tokens,
                                                       .page_tokens = options.page_tokens,
                                                       .kv_bytes = options.kv_bytes},
                                      48);
    gpu = std::make_unique<test::rig>(
        gpu::make_gpu_backend(stand_in::calls(), {}, file, model::read_decoder_spec(*file).value(), options)
            .value(),
        48);
  }
  ~both() {
    gpu.reset();
    for (const std::string& each : stand_in::complaints()) BOOST_TEST_MESSAGE(each);
    BOOST_TEST(stand_in::complaints().empty());
    BOOST_TEST((stand_in::alive() == stand_in::census{}));
  }
  both(const both&) = delete;
  both& operator=(const both&) = delete;

  static gpu::gpu_options small() {
    return {.seats = 2, .step_tokens = 16, .page_tokens = 16, .kv_bytes = 1 << 18, .load_block = 5000};
  }

  std::vector<std::byte> bytes;
  std::shared_ptr<const model::gguf_file> file;
  std::unique_ptr<test::rig> cpu, gpu;
};

const std::vector<model::token_id> prompt = {10, 20, 30, 70, 80, 90, 101};

/// The tokens of seat 0, with these params.
std::vector<model::token_id> answer(test::rig& on, const model::sampling_params& params, std::size_t count) {
  std::vector<model::token_id> out;
  auto s = on.part(0, 0, prompt);
  s.opening = &params;
  s.output = model::step_output::token;
  while (out.size() < count) {
    const auto& r = on.run(s);
    BOOST_REQUIRE((r.error == model::step_error::none));
    BOOST_REQUIRE(r.tokens.size() == 1u);
    out.push_back(r.tokens[0].id);
    s = on.part(0, static_cast<std::uint32_t>(prompt.size() + out.size() - 1), {});
    s.output = model::step_output::token;
    s.draw = out.size();
  }
  return out;
}

BOOST_AUTO_TEST_SUITE(gpu_backend)

BOOST_AUTO_TEST_CASE(greedy_tokens_are_those_of_the_cpu_in_every_family) {
  for (const char* family : {"llama", "qwen2", "qwen3", "gemma3"}) {
    both b({.family = family, .layers = 2, .window = std::string(family) == "gemma3" ? 8u : 0u});
    const model::sampling_params greedy;
    const auto there = answer(*b.gpu, greedy, 6);
    BOOST_TEST(there == answer(*b.cpu, greedy, 6), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(windows_soft_caps_and_pages_beyond_the_first_give_the_logprobs_of_the_cpu) {
  both b({.family = "gemma3", .layers = 6, .window = 5, .rope_factor = 2.0f, .logit_soft_cap = 4.0f});
  std::vector<model::token_id> text, next;
  for (int i = 0; i < 20; ++i) {
    text.push_back(20 + i * 37 % 100);
    next.push_back(i < 15 ? model::no_token : 50);
  }
  const auto here = b.cpu->score(text, next, 2, 10);
  const auto there = b.gpu->score(text, next, 2, 10);
  BOOST_REQUIRE(there.size() == 5u);
  // Six layers of roundings to 8 and 16 bits, each of which may fall to the other side: off by 0.023 here,
  // by 0.25 to 1.3 without the window.
  for (std::size_t i = 0; i < there.size(); ++i) {
    BOOST_TEST(std::abs(there[i].logprob - here[i].logprob) < 0.06f);
    BOOST_TEST(std::abs(there[i].top.at(0).logprob - here[i].top.at(0).logprob) < 0.06f);
  }
}

BOOST_AUTO_TEST_CASE(logprobs_and_embeddings_are_near_those_of_the_cpu) {
  both b(
      {.width = 256, .types = {model::tensor_type::q4_k, model::tensor_type::q6_k, model::tensor_type::f16}});
  const std::vector<model::token_id> next = {20, 30, 70, 80, 90, 101, 5};
  const auto here = b.cpu->score(prompt, next, 3);
  // In chunks, each of which needs several passes for its logits.
  const auto there = b.gpu->score(prompt, next, 3, 4);
  BOOST_REQUIRE(there.size() == next.size());
  for (std::size_t i = 0; i < next.size(); ++i) {
    BOOST_TEST(std::abs(there[i].logprob - here[i].logprob) < 0.02f);
    BOOST_REQUIRE(there[i].top.size() == 3u);
    BOOST_TEST(there[i].top[0].id == here[i].top[0].id);
  }
  const auto embedding = [](test::rig& on) {
    auto s = on.part(1, 0, prompt);
    s.opening = &test::greedy_with_logprobs();
    s.output = model::step_output::embedding;
    return on.run(s).embedding;
  };
  const auto mine = embedding(*b.gpu), theirs = embedding(*b.cpu);
  BOOST_REQUIRE(mine.size() == 256u);
  for (std::size_t i = 0; i < mine.size(); ++i) BOOST_TEST(std::abs(mine[i] - theirs[i]) < 0.05f);
}

BOOST_AUTO_TEST_CASE(a_seed_draws_what_the_sampler_draws_from_the_same_logits_also_under_a_mask) {
  both b({});
  std::vector<model::token_id> next(prompt.size(), model::no_token);
  next.back() = 5;
  const auto scored = b.gpu->score(prompt, next, 320);
  BOOST_REQUIRE(scored.size() == 1u);
  BOOST_REQUIRE(scored[0].top.size() == 320u);
  const model::sampling_params drawn{
      .temperature = 0.8f, .top_k = 40, .top_p = 0.9f, .logit_bias = {{50, 2.0f}}, .seed = 5};
  std::vector<std::uint32_t> odd(10, 0xaaaaaaaau);
  const std::vector<std::uint32_t> none(10, 0);
  for (std::uint64_t draw = 0; draw < 4; ++draw) {
    std::vector<float> logits(320);
    for (const auto& [id, logprob] : scored[0].top) logits[static_cast<std::size_t>(id)] = logprob;
    auto s = b.gpu->part(0, 0, prompt);
    s.opening = &drawn;
    s.output = model::step_output::token;
    s.draw = draw;
    if (draw >= 2) s.allowed = odd;
    model::sampler sampler;
    sampler.begin(drawn, {}, {});
    const model::token_id wanted = sampler.choose(logits, draw, s.allowed).id;
    const auto& r = b.gpu->run(s);
    BOOST_REQUIRE(r.tokens.size() == 1u);
    BOOST_TEST(r.tokens[0].id == wanted);
    if (draw >= 2) BOOST_TEST(r.tokens[0].id % 2 == 1);
    s.allowed = none;
    BOOST_TEST((b.gpu->run(s).error == model::step_error::nothing_allowed));
  }
}

/// Drawn with each of the ways to cut.
const std::vector<model::sampling_params>& drawn_params() {
  static const std::vector<model::sampling_params> all = {
      {.temperature = 0.9f, .logit_bias = {}, .seed = 11},
      {.temperature = 1.3f, .top_k = 20, .logit_bias = {}, .seed = 12},
      {.temperature = 1.0f, .top_p = 0.8f, .logit_bias = {}, .seed = 13},
      {.temperature = 1.5f, .top_k = 50, .top_p = 0.95f, .min_p = 0.1f, .logit_bias = {}, .seed = 14}};
  return all;
}

BOOST_AUTO_TEST_CASE(what_the_device_draws_is_what_the_sampler_draws_from_the_same_logits) {
  both b({});
  constexpr std::size_t tokens = 5;
  for (model::sampling_params params : drawn_params()) {
    const std::size_t begun = stand_in::count_of("cudaLaunchKernel");
    const auto here = answer(*b.gpu, params, tokens);
    const std::size_t launches = stand_in::count_of("cudaLaunchKernel") - begun;
    // Log-probabilities are made on the host, from logits that are copied to it: so is the choice.
    params.top_logprobs = 0;
    const auto there = answer(*b.gpu, params, tokens);
    BOOST_TEST(here == there, boost::test_tools::per_element());
    BOOST_TEST(stand_in::count_of("cudaLaunchKernel") - begun - launches == launches - tokens);
  }
}

BOOST_AUTO_TEST_CASE(seeded_answers_are_those_of_the_cpu_where_no_rounding_decides) {
  // Logits differ from the CPU's by roundings, so the borders between tokens differ: these draws are not near
  // one.
  for (const char* family : {"llama", "gemma3"}) {
    both b({.family = family, .window = std::string(family) == "gemma3" ? 8u : 0u});
    for (const model::sampling_params& params :
         {model::sampling_params{.temperature = 0.2f, .top_k = 4, .logit_bias = {}, .seed = 3},
          model::sampling_params{.temperature = 0.3f, .top_p = 0.4f, .logit_bias = {}, .seed = 4},
          model::sampling_params{
              .temperature = 0.5f, .top_k = 9, .top_p = 0.9f, .min_p = 0.2f, .logit_bias = {}, .seed = 5}})
      BOOST_TEST(answer(*b.gpu, params, 6) == answer(*b.cpu, params, 6), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(drawn_greedy_and_scored_sequences_share_a_step) {
  both b({});
  const model::sampling_params greedy;
  const auto drawn = answer(*b.gpu, drawn_params()[1], 3), best = answer(*b.gpu, greedy, 3);
  model::step_plan plan;
  for (std::uint32_t seat = 0; seat < 2; ++seat) {
    plan.sequences.push_back(b.gpu->part(seat, 0, prompt));
    plan.sequences[seat].opening = seat == 0 ? &drawn_params()[1] : &greedy;
    plan.sequences[seat].output = model::step_output::token;
  }
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto& r = b.gpu->run(plan);
    BOOST_TEST(r.sequences[0].tokens.at(0).id == drawn[i]);
    BOOST_TEST(r.sequences[1].tokens.at(0).id == best[i]);
    plan.sequences.clear();
    for (const std::uint32_t seat : {0u, 1u}) {
      plan.sequences.push_back(b.gpu->part(seat, static_cast<std::uint32_t>(prompt.size()) + i, {}));
      plan.sequences[seat].output = model::step_output::token;
      plan.sequences[seat].draw = i + 1;
    }
  }
}

BOOST_AUTO_TEST_CASE(beside_others_in_chunks_and_from_copied_pages_a_sequence_is_the_same) {
  both b({});
  const auto alone = b.gpu->answer(prompt, 4);
  const std::vector<model::token_id> other = {40, 41, 42};
  model::step_plan plan;
  // The prompt in two chunks on seat 1, another sequence beside it.
  plan.sequences = {b.gpu->part(1, 0, std::span(prompt).first(3)), b.gpu->part(0, 0, other)};
  plan.sequences[0].opening = plan.sequences[1].opening = &test::greedy_with_logprobs();
  plan.sequences[1].output = model::step_output::token;
  b.gpu->run(plan);
  plan.sequences = {b.gpu->part(0, 3, {}), b.gpu->part(1, 3, std::span(prompt).subspan(3))};
  plan.sequences[0].output = plan.sequences[1].output = model::step_output::token;
  BOOST_TEST(b.gpu->run(plan).sequences[1].tokens.at(0).id == alone[0].id);
  // Its page becomes that of seat 0, which goes on with the token that seat 1 has.
  const model::page_id from = b.gpu->part(1, 0, {}).tables[0][0], to = b.gpu->part(0, 0, {}).tables[0][0];
  const std::vector<model::token_id> first = {alone[0].id};
  plan.copies = {{0, from, to}};
  plan.sequences = {b.gpu->part(0, 7, first)};
  plan.sequences[0].opening = &test::greedy_with_logprobs();
  plan.sequences[0].output = model::step_output::token;
  const auto& r = b.gpu->run(plan).sequences[0];
  BOOST_TEST(r.tokens.at(0).id == alone[1].id);
  BOOST_TEST(r.tokens.at(0).logprob == alone[1].logprob);
  plan.sequences.clear();
  BOOST_TEST(b.gpu->run(plan).sequences.empty());
}

BOOST_AUTO_TEST_CASE(too_little_memory_at_run_time_fails_one_step_and_a_broken_device_all_later_ones) {
  both b({});
  const auto whole = b.gpu->answer(prompt, 2);
  auto s = b.gpu->part(0, 0, prompt);
  s.opening = &test::greedy_with_logprobs();
  s.output = model::step_output::token;
  stand_in::fail_call("cudaLaunchKernel", gpu::cuda_error::out_of_memory, 5);
  BOOST_TEST((b.gpu->run(s).error == model::step_error::out_of_memory));
  // The next one was planned before that was known.
  auto after = b.gpu->part(0, 7, {});
  after.output = model::step_output::token;
  BOOST_TEST((b.gpu->run(after).error == model::step_error::not_a_number));
  BOOST_TEST(b.gpu->run(s).tokens.at(0).id == whole[0].id);
  stand_in::fail_call("cudaLaunchKernel", gpu::cuda_error::illegal_address, 9);
  for (int i = 0; i < 2; ++i) {
    const auto& r = b.gpu->run(s);
    BOOST_TEST((r.error == model::step_error::device_lost));
    BOOST_TEST(r.tokens.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_made_is_said_in_a_sentence_and_leaves_nothing) {
  const auto bytes = test::make_tiny_model({});
  const auto file = model::gguf_file::parse(bytes, "tiny").value();
  const auto spec = model::read_decoder_spec(*file).value();
  const auto refusal = [&](const gpu::gpu_options& o, std::size_t memory = 1 << 24) {
    stand_in::reset({.memory = memory});
    stand_in::add_cpu_kernels();
    auto made = gpu::make_gpu_backend(stand_in::calls(), {}, file, spec, o);
    const std::string what = made ? "made" : made.error().what;
    made = model::error{};
    BOOST_TEST((stand_in::alive() == stand_in::census{}));
    return what;
  };
  auto o = both::small();
  BOOST_TEST(refusal(o) == "made");
  BOOST_TEST(refusal(o, 10000).find("the weights need") == 0u);
  BOOST_TEST(refusal(o, 130000).find("nothing is left for keys and values") != std::string::npos);
  o.device = 3;
  BOOST_TEST(refusal(o).find("Device 3 cannot be used") == 0u);
  o = both::small();
  o.seats = 0;
  BOOST_TEST(refusal(o).find("one seat") != std::string::npos);
  o = both::small();
  o.page_tokens = 5;
  BOOST_TEST(refusal(o).find("16, 32 or 64") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(warming_up_ends_and_changes_no_answer) {
  both b({});
  const auto before = b.gpu->answer(prompt, 2);
  std::atomic<bool> done{false};
  b.gpu->backend().warm_up([&] {
    done.store(true);
    done.notify_one();
  });
  done.wait(false);
  const auto after = b.gpu->answer(prompt, 2);
  for (std::size_t i = 0; i < 2; ++i) BOOST_TEST(before.at(i).id == after.at(i).id);
  BOOST_TEST(b.gpu->backend().capacity().device == "cuda 0, Stand-in 0");
  BOOST_TEST(b.gpu->backend().memory().weights > 320u * 64);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
