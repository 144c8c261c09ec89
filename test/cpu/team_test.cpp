#include "cpu/core_count.hpp"
#include "cpu/team.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace {

using namespace hawser;

BOOST_AUTO_TEST_SUITE(team)

BOOST_AUTO_TEST_CASE(every_piece_runs_once_in_every_phase) {
  for (const unsigned threads : {1u, 2u, 5u}) {
    cpu::team team(threads);
    BOOST_TEST(team.threads() == threads);
    std::vector<std::atomic<int>> runs(97);
    std::atomic<bool> strange{false};
    for (int phase = 0; phase < 3000; ++phase) {
      const auto pieces = static_cast<std::uint32_t>(1 + phase % 97);
      for (auto& r : runs) r.store(0, std::memory_order_relaxed);
      team.run(pieces, [&](std::uint32_t piece, unsigned thread) {
        if (thread >= threads) strange = true;
        runs[piece].fetch_add(1, std::memory_order_relaxed);
      });
      for (std::uint32_t i = 0; i < 97; ++i)
        if (runs[i].load(std::memory_order_relaxed) != (i < pieces ? 1 : 0)) strange = true;
    }
    BOOST_TEST(!strange);
  }
}

BOOST_AUTO_TEST_CASE(what_a_phase_wrote_the_next_one_sees) {
  cpu::team team(3);
  std::vector<std::uint64_t> cells(64, 0);
  for (std::uint64_t phase = 0; phase < 2000; ++phase)
    team.run(64, [&](std::uint32_t piece, unsigned) {
      const std::uint32_t other = (piece + 17) % 64;
      // Even phases read the odd half of what the phase before wrote.
      if ((piece + phase) % 2 == 0) cells[piece] = cells[other] + 1;
    });
  std::uint64_t most = 0;
  for (const std::uint64_t c : cells) most = std::max(most, c);
  BOOST_TEST(most == 2000u);
}

BOOST_AUTO_TEST_CASE(a_team_that_slept_wakes_up) {
  cpu::team team(2);
  for (int i = 0; i < 3; ++i) {
    std::atomic<int> sum{0};
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    team.run(10, [&](std::uint32_t piece, unsigned) { sum += static_cast<int>(piece); });
    BOOST_TEST(sum == 45);
  }
}

BOOST_AUTO_TEST_CASE(a_thread_that_is_held_up_keeps_only_the_piece_in_its_hand) {
  using namespace std::chrono_literals;
  constexpr std::uint32_t pieces = 64;
  // The first piece of each thread's own run in turn: the others have to do the rest of that run.
  for (const std::uint32_t held : {0u, pieces / 2}) {
    cpu::team team(2);
    std::atomic<std::uint32_t> done{0};
    std::atomic<bool> rest{false};
    team.run(pieces, [&](std::uint32_t piece, unsigned) {
      const auto end = std::chrono::steady_clock::now() + 60s;
      while (piece == held && done.load() != pieces - 1 && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
      if (piece == held) rest = done.load() == pieces - 1;
      done.fetch_add(1);
    });
    BOOST_TEST(rest.load());
  }
}

BOOST_AUTO_TEST_CASE(no_pieces_are_no_work) {
  cpu::team team(2);
  team.run(0, [](std::uint32_t, unsigned) { BOOST_ERROR("a piece ran"); });
  BOOST_TEST(team.threads() == 2u);
}

BOOST_AUTO_TEST_CASE(a_quota_counts_cores) {
  BOOST_TEST(cpu::quota_cores("max 100000") == 0u);
  BOOST_TEST(cpu::quota_cores("150000 100000") == 2u);
  BOOST_TEST(cpu::quota_cores("400000 100000") == 4u);
  BOOST_TEST(cpu::quota_cores("5000 100000") == 1u);
  BOOST_TEST(cpu::quota_cores("") == 0u);
  BOOST_TEST(cpu::quota_cores("100000") == 0u);
  BOOST_TEST(cpu::available_cores(cpu::this_machine()) >= 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
