#include "cpu/buffer.hpp"
#include "cpu/placement.hpp"
#include "cpu/team.hpp"
#include "cpu/topology.hpp"

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace hawser;
namespace fs = std::filesystem;

/// A kernel's tree of two nodes with two cores of two threads each: cpus 0-3 and their siblings 4-7.
class two_nodes {
 public:
  two_nodes() {
    std::string name = (fs::temp_directory_path() / "hawser-topology-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    root = name;
    for (int cpu = 0; cpu < 8; ++cpu) {
      const int first = cpu % 4;
      write("cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list",
            std::to_string(first) + "," + std::to_string(first + 4));
    }
    write("node/node0/cpulist", "0,2,4,6");
    write("node/node1/cpulist", "1,3,5,7");
    write("node/possible", "0-1");
  }
  ~two_nodes() { fs::remove_all(root); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text << '\n';
  }

  fs::path root;
};

std::vector<int> cpus_of(const cpu::topology& t) {
  std::vector<int> all;
  for (const cpu::core& c : t.cores) all.insert(all.end(), c.cpus.begin(), c.cpus.end());
  return all;
}

cpu::topology machine() {
  return {.cores = {{{0, 4}, 0}, {{2, 6}, 0}, {{1, 5}, 1}, {{3, 7}, 1}}};
}

using places = std::vector<std::vector<int>>;

BOOST_AUTO_TEST_SUITE(placement)

BOOST_AUTO_TEST_CASE(lists_of_cpus) {
  const std::pair<const char*, std::vector<int>> table[] = {{"0", {0}},
                                                            {"0-3", {0, 1, 2, 3}},
                                                            {"0-1,8,10-11", {0, 1, 8, 10, 11}},
                                                            {"", {}},
                                                            {"3-1", {}},
                                                            {"1,", {1}},
                                                            {"0-", {}},
                                                            {"-1", {}},
                                                            {"a", {}},
                                                            {"1;2", {}},
                                                            {"0-99999999", {}},
                                                            {"99999999999999999999", {}}};
  for (const auto& [text, want] : table) {
    BOOST_TEST_INFO_SCOPE(text);
    BOOST_TEST(cpu::read_cpu_list(text) == want, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(cores_are_read_by_node) {
  const two_nodes kernel;
  const auto all = cpu::read_topology(kernel.root, {0, 1, 2, 3, 4, 5, 6, 7});
  BOOST_TEST(cpus_of(all) == (std::vector<int>{0, 4, 2, 6, 1, 5, 3, 7}), boost::test_tools::per_element());
  BOOST_TEST(all.cores.size() == 4u);
  BOOST_TEST((all.nodes() == std::set<int>{0, 1}));
  // Of what may be used, only that: a core whose first thread is somebody else's is still a core.
  const auto some = cpu::read_topology(kernel.root, {0, 4, 6});
  BOOST_TEST(cpus_of(some) == (std::vector<int>{0, 4, 6}), boost::test_tools::per_element());
  BOOST_TEST(some.cores.size() == 2u);
  BOOST_TEST((some.nodes() == std::set<int>{0}));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_says_nothing_has_a_core_for_each_cpu) {
  const auto bare = cpu::read_topology("/nonexistent", {0, 3});
  BOOST_TEST(bare.cores.size() == 2u);
  BOOST_TEST((bare.nodes() == std::set<int>{0}));
}

BOOST_AUTO_TEST_CASE(threads_are_placed) {
  const places free_of_4(4), free_of_2(2);
  const std::vector<int> left{0, 4, 2, 6}, right{1, 5, 3, 7};
  BOOST_TEST((cpu::place_threads(machine(), 4, cpu::affinity::none) == free_of_4));
  BOOST_TEST((cpu::place_threads(machine(), 4, cpu::affinity::nodes) == places{left, left, right, right}));
  BOOST_TEST((cpu::place_threads(machine(), 4, cpu::affinity::automatic) ==
              cpu::place_threads(machine(), 4, cpu::affinity::nodes)));
  BOOST_TEST(
      (cpu::place_threads(machine(), 4, cpu::affinity::cores) == places{{0, 4}, {2, 6}, {1, 5}, {3, 7}}));
  // Two threads of four cores: one on each node.
  BOOST_TEST((cpu::place_threads(machine(), 2, cpu::affinity::nodes) == places{left, right}));
  BOOST_TEST((cpu::place_threads(machine(), 2, cpu::affinity::cores) == places{{0, 4}, {1, 5}}));
  // More threads than cores begin again.
  BOOST_TEST((cpu::place_threads(machine(), 5, cpu::affinity::cores).back() == std::vector<int>{0, 4}));
  // One node: nothing to choose.
  const cpu::topology one{.cores = {{{0}, 0}, {{1}, 0}}};
  BOOST_TEST((cpu::place_threads(one, 2, cpu::affinity::automatic) == free_of_2));
  BOOST_TEST((cpu::place_threads({}, 2, cpu::affinity::cores) == free_of_2));
}

BOOST_AUTO_TEST_CASE(memory_is_spread_over_nodes_in_use) {
  const cpu::topology one{.cores = {{{0}, 3}}};
  BOOST_TEST((cpu::spread_over(machine(), cpu::memory_spread::automatic) == std::set<int>{0, 1}));
  BOOST_TEST(cpu::spread_over(machine(), cpu::memory_spread::local).empty());
  BOOST_TEST(cpu::spread_over(one, cpu::memory_spread::automatic).empty());
  BOOST_TEST((cpu::spread_over(one, cpu::memory_spread::interleave) == std::set<int>{3}));
}

BOOST_AUTO_TEST_CASE(a_spread_buffer_is_memory_like_any) {
  auto memory = cpu::buffer::make(64 << 10, "test");
  BOOST_REQUIRE(memory.has_value());
  memory->spread(cpu::this_machine().nodes());
  // Nodes that are not there, or no call of this kind: the memory is there all the same.
  memory->spread({1023});
  memory->spread({-1, 5000});
  for (std::size_t i = 0; i < memory->size(); ++i) memory->data()[i] = std::byte{1};
  BOOST_TEST(std::to_integer<int>(memory->data()[memory->size() - 1]) == 1);
}

BOOST_AUTO_TEST_CASE(workers_stay_where_they_are_put) {
  const cpu::topology here = cpu::this_machine();
  const std::vector<int> one{here.cores.back().cpus.front()};
  cpu::team team(2, {{}, one});
  std::vector<int> seen;
  std::atomic<bool> looked{false};
  // The caller keeps its piece until the worker has done the other.
  team.run(2, [&](std::uint32_t, unsigned thread) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (thread == 0 && !looked && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    if (thread == 0) return;
    cpu_set_t now;
    CPU_ZERO(&now);
    if (sched_getaffinity(0, sizeof now, &now) == 0)
      for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &now)) seen.push_back(cpu);
    looked = true;
  });
  BOOST_TEST(seen == one, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
