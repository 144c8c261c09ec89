// What the core does when memory runs out at one place.
#include "actors/tally.hpp"
#include "test/actors/core_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>
#include <string>

namespace {

// Allocations of exactly this size fail, once.
std::atomic<std::size_t> poisoned{0};

}  // namespace

// The only way to have an actor of the real tree fail at a known place.
void* operator new(std::size_t bytes) {
  std::size_t expected = bytes;
  if (bytes != 0 && poisoned.load(std::memory_order_relaxed) == bytes &&
      poisoned.compare_exchange_strong(expected, 0)) {
    throw std::bad_alloc();
  }
  if (void* const memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(core_allocation)

// No request has asked for what its report takes, so none can be blamed.
BOOST_AUTO_TEST_CASE(a_failed_batcher_is_started_again) {
  running_core core;
  core.start();
  const request_id before = core.send("before", 100);
  core.settle(20ms);
  poisoned = sizeof(batch_tally);
  BOOST_TEST((core.finish(before).last.why == finish::error));
  BOOST_TEST(poisoned == 0u);
  BOOST_TEST(core.finish(core.send("after", 5)).texts.at(0) == fake_answer("after", 5));
  BOOST_TEST(core.metrics().find("hawser_actor_restarts_total{actor=\"batcher\"} 1\n") != std::string::npos);
  check_once(core);
}

BOOST_AUTO_TEST_CASE(a_failed_allocation_ends_its_request_only) {
  running_core core({.context = 4096, .pages = 2048});
  core.start();
  const request_id before = core.send("before", 60);
  core.settle(20ms);
  poisoned = (5 + 1002) * sizeof(model::token_id);
  const request_id large = core.send("large", 1002);
  BOOST_TEST((core.finish(large).last.why == finish::error));
  BOOST_TEST(poisoned == 0u);
  BOOST_TEST(core.finish(before).texts.at(0) == fake_answer("before", 60));
  check_once(core);
}

// Its stop string's table in the batcher, its text in a queue of the tokenizers, its question in the result
// cache: whoever cannot have it refuses this request, and the others go on.
BOOST_AUTO_TEST_CASE(an_actor_outlives_a_request_that_is_too_much_for_it) {
  running_core core({.context = 4096, .pages = 2048});
  core.start();
  const request_id before = core.send("before", 60);
  core.settle(20ms);
  generate g = core.request("fatal");
  g.spec.stop = {std::string(251, 's')};
  poisoned = 252 * sizeof(std::uint32_t);
  const heard& fatal = core.finish(core.send(std::move(g)));
  BOOST_TEST(poisoned == 0u);
  BOOST_TEST((fatal.refused == 1 && fatal.no.why == refusal::overloaded));
  BOOST_TEST(fatal.no.limit == "memory");
  BOOST_TEST(core.finish(before).texts.at(0) == fake_answer("before", 60));
  BOOST_TEST(core.metrics().find("hawser_actor_restarts_total{") == std::string::npos);
  check_once(core);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
