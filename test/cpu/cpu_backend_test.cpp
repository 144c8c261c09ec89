#include "cpu/cpu_backend.hpp"
#include "model/gguf.hpp"
#include "test/cpu/rig.hpp"
#include "test/model/tiny_model.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> allocations{0};
}

// Counts every allocation of the program; see no_allocation_on_the_steady_path.
void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

namespace {

using namespace hawser;

BOOST_AUTO_TEST_SUITE(cpu_backend)

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused_in_words) {
  const auto bytes = test::make_tiny_model({});
  const auto file = model::gguf_file::parse(bytes, "tiny").value();
  const auto spec = model::read_decoder_spec(*file).value();
  const auto refusal = [&](const cpu::cpu_options& o) {
    return cpu::make_cpu_backend(file, spec, o).error().what;
  };
  BOOST_TEST(refusal({.kernels = "mmx"}).find("portable") != std::string::npos);
  BOOST_TEST(refusal({.seats = 0}).find("seat") != std::string::npos);
  BOOST_TEST(refusal({.seats = 64, .step_tokens = 8}).find("64") != std::string::npos);
  BOOST_TEST(refusal({.page_tokens = 5}).find("16, 32 or 64") != std::string::npos);
  BOOST_TEST(refusal({.kv_bytes = 100}).find("one page") != std::string::npos);
  BOOST_TEST(refusal({.threads = 5000}).find("5000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(capacity_and_memory_say_what_was_made) {
  const auto bytes = test::make_tiny_model({});
  test::rig rig(model::gguf_file::parse(bytes, "tiny").value(),
                {.threads = 1, .kernels = "portable", .seats = 3, .step_tokens = 40, .kv_bytes = 1 << 20});
  const auto& c = rig.backend().capacity();
  BOOST_TEST(c.seats == 3u);
  BOOST_TEST(c.step_tokens == 40u);
  BOOST_TEST(c.context == 512u);
  BOOST_TEST(c.vocabulary == 320u);
  BOOST_TEST(c.width == 64u);
  BOOST_TEST(c.device == "cpu portable, 1 thread");
  BOOST_REQUIRE(c.groups.size() == 1u);
  BOOST_TEST(c.groups[0].page_bytes == 2u * 2 * 2 * 16 * 32 * 2);
  const auto memory = rig.backend().memory();
  BOOST_TEST(memory.weights > 64u * 320);
  BOOST_TEST(memory.kv >= c.groups[0].pages * c.groups[0].page_bytes);
  BOOST_TEST(memory.scratch > 0u);
}

BOOST_AUTO_TEST_CASE(warming_up_ends_and_changes_no_answer) {
  const auto bytes = test::make_tiny_model({});
  test::rig rig(model::gguf_file::parse(bytes, "tiny").value(),
                {.threads = 2, .seats = 4, .kv_bytes = 1 << 20}, 64);
  const std::vector<model::token_id> prompt = {10, 20, 30};
  const auto before = rig.answer(prompt, 5);
  std::atomic<bool> done{false};
  rig.backend().warm_up([&] {
    done.store(true);
    done.notify_one();
  });
  done.wait(false);
  const auto after = rig.answer(prompt, 5);
  for (std::size_t i = 0; i < 5; ++i) BOOST_TEST(before[i].id == after[i].id);
}

BOOST_AUTO_TEST_CASE(no_allocation_on_the_steady_path) {
  const auto bytes = test::make_tiny_model({});
  test::rig rig(model::gguf_file::parse(bytes, "tiny").value(),
                {.threads = 2, .seats = 4, .kv_bytes = 1 << 20}, 128);
  const std::vector<model::token_id> prompt = {10, 20, 30};
  const model::sampling_params greedy;
  const model::sampling_params drawn{.temperature = 0.8f, .top_p = 0.9f, .logit_bias = {}, .seed = 5};
  model::step_plan plan;
  for (std::uint32_t s = 0; s < 4; ++s) {
    auto part = rig.part(s, 0, prompt);
    part.opening = s % 2 == 0 ? &greedy : &drawn;
    part.output = model::step_output::token;
    plan.sequences.push_back(part);
  }
  rig.run(plan);
  const auto decode = [&](std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t p = from; p < to; ++p) {
      for (auto& s : plan.sequences) {
        s.position = p;
        s.tokens = {};
        s.opening = nullptr;
        s.draw = p;
      }
      rig.run(plan);
    }
  };
  decode(3, 10);
  const std::size_t before = allocations.load();
  decode(10, 100);
  BOOST_TEST(allocations.load() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
