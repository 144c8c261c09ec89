// The whole core with a limit of memory: the board, the keeper, and who gives way.
#include "test/actors/core_fixture.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t device_bytes = 1000 + 3000;  // weights and scratch of the fake
constexpr std::uint64_t page_bytes = 64;

core_options remembering() {
  core_options made;
  made.result_bytes = 1u << 20;
  return made;
}

memory_facts board_of(const running_core& core) {
  return core.serving->serving().memory->read();
}

BOOST_AUTO_TEST_SUITE(core_memory)

BOOST_AUTO_TEST_CASE(each_owner_has_a_gauge_and_all_is_returned) {
  running_core core({.pages = 64}, remembering(), 1u << 20);
  core.start();
  core.send(std::string(40, 'a'), 60);
  core.settle(20ms);
  const memory_facts busy = board_of(core);
  BOOST_TEST(busy.of(memory_owner::weights) == 1000u);
  BOOST_TEST(busy.of(memory_owner::scratch) == 3000u);
  BOOST_TEST(busy.of(memory_owner::kv) >= 10 * page_bytes);
  BOOST_TEST(busy.of(memory_owner::queues) > 4096u);
  BOOST_TEST(busy.limit == 1u << 20);
  core.settle(2s);
  const memory_facts idle = board_of(core);
  BOOST_TEST(idle.of(memory_owner::kv) == 0u);
  BOOST_TEST(idle.of(memory_owner::queues) == 0u);
  BOOST_TEST(idle.of(memory_owner::prefixes) > 0u);
  BOOST_TEST(idle.of(memory_owner::results) > 0u);
  const std::string page = core.metrics();
  BOOST_TEST(page.find("owner=\"queues\"} 0") != std::string::npos);
  BOOST_TEST(page.find("hawser_memory_limit_bytes{") != std::string::npos);
}

// Requests are let in while they fit, the others are told which limit it is; nobody is left without an end.
BOOST_AUTO_TEST_CASE(a_crowd_in_little_memory_is_answered_or_refused) {
  core_options options = remembering();
  options.gc_interval = 20ms;
  running_core core({.context = 400, .pages = 400, .end_every = 0}, options,
                    device_bytes + 6 * 4096 + 60 * page_bytes);
  core.start();
  std::vector<request_id> all;
  for (int i = 0; i < 60; ++i) {
    generate g = core.request("question " + std::to_string(i), 60);
    g.spec.seeded = i % 2 == 0;
    g.spec.rank = static_cast<priority>(i % 3);
    all.push_back(core.send(std::move(g)));
    core.settle(5ms);
  }
  int answered = 0, refused_for_memory = 0;
  for (const request_id id : all) {
    const heard& h = core.finish(id);
    if (h.refused == 1) {
      BOOST_TEST(h.no.limit == "memory");
      ++refused_for_memory;
      continue;
    }
    BOOST_TEST((h.last.why == finish::length));
    BOOST_TEST(h.texts.at(0) == fake_answer("question " + std::to_string(id - all.front()), 60));
    ++answered;
  }
  BOOST_TEST(answered >= 6);
  BOOST_TEST(refused_for_memory > 0);
  check_once(core);
  core.settle(500ms);
  const memory_facts idle = board_of(core);
  BOOST_TEST(idle.sum() <= idle.limit);
  BOOST_TEST(idle.of(memory_owner::kv) + idle.of(memory_owner::queues) == 0u);
  BOOST_TEST(!idle.short_of_memory);
  BOOST_TEST(core.finish(core.send("after", 10)).texts.at(0) == fake_answer("after", 10));
}

BOOST_AUTO_TEST_CASE(a_container_that_shrinks_is_obeyed) {
  core_options options = remembering();
  std::uint64_t left = 1u << 30;
  int given_back = 0;
  options.gc_interval = 100ms;
  options.system = {.resident = [] { return std::uint64_t{device_bytes}; },
                    .group_left = [&left] { return std::optional<std::uint64_t>(left); },
                    .give_back = [&given_back] { ++given_back; }};
  running_core core({.pages = 64}, options, 1u << 20);
  core.start();
  generate g = core.request(std::string(40, 'a'), 40);
  g.spec.seeded = true;
  core.finish(core.send(std::move(g)));
  core.settle(100ms);
  BOOST_TEST(board_of(core).limit == 1u << 20);
  BOOST_TEST(board_of(core).of(memory_owner::prefixes) > 0u);
  BOOST_TEST(board_of(core).of(memory_owner::results) > 0u);
  BOOST_TEST(given_back == 0);
  left = 0;
  core.settle(400ms);
  BOOST_TEST(board_of(core).limit == device_bytes);
  BOOST_TEST(board_of(core).of(memory_owner::prefixes) == 0u);
  BOOST_TEST(board_of(core).of(memory_owner::spare) == 0u);
  BOOST_TEST(board_of(core).of(memory_owner::results) == 0u);
  BOOST_TEST((given_back >= 1 && given_back <= 6));
  const heard& h = core.finish(core.send("one more", 10));
  BOOST_TEST((h.refused == 1 && h.no.limit == "memory"));
  left = 1u << 20;
  core.settle(200ms);
  BOOST_TEST(core.finish(core.send("and again", 10)).texts.at(0) == fake_answer("and again", 10));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
