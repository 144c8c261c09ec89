#include "embed/device.hpp"
#include "embed/failure.hpp"
#include "embed/memory_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace hawser::embed {
namespace {

constexpr std::uint64_t mb = 1 << 20;

std::string refusal(const memory_request& ask) {
  try {
    (void)plan_kv(ask);
  } catch (const failure& e) {
    BOOST_TEST((e.code() == errc::memory));
    return e.what();
  }
  return {};
}

BOOST_AUTO_TEST_SUITE(embed_memory)

BOOST_AUTO_TEST_CASE(what_the_system_says_is_read) {
  BOOST_TEST(read_available("MemTotal: 8 kB\nMemAvailable:   1024 kB\nBuffers: 1 kB\n").value() == mb);
  BOOST_TEST(!read_available("MemTotal: 8 kB\n").has_value());
  BOOST_TEST(!read_available("").has_value());
  BOOST_TEST(available_memory().value() > 0u);
}

BOOST_AUTO_TEST_CASE(a_control_group_leaves_its_limit_less_what_cannot_be_dropped) {
  BOOST_TEST(group_left("1000\n", "600\n", "anon 1\ninactive_file 200\n").value() == 600u);
  BOOST_TEST(group_left("1000\n", "600\n", "").value() == 400u);
  BOOST_TEST(group_left("1000\n", "1600\n", "").value() == 0u);
  BOOST_TEST(group_left("1000\n", "100\n", "inactive_file 200\n").value() == 1000u);
  BOOST_TEST(!group_left("max\n", "600\n", "").has_value());
  BOOST_TEST(!group_left("", "", "").has_value());
}

BOOST_AUTO_TEST_CASE(the_tightest_of_nested_control_groups_counts) {
  const std::filesystem::path root =
      std::filesystem::temp_directory_path() / ("hawser_groups_" + std::to_string(getpid()));
  const auto write = [&](const char* group, const char* most, const char* used) {
    std::filesystem::create_directories(root / group);
    std::ofstream(root / group / "memory.max") << most << '\n';
    std::ofstream(root / group / "memory.current") << used << '\n';
  };
  write("pod", "1000", "600");
  write("pod/box", "max", "500");
  write("pod/box/inner", "900", "100");
  BOOST_TEST(group_memory_left(root, "0::/pod/box/inner\n").value() == 400u);
  BOOST_TEST(group_memory_left(root, "0::/pod/box\n").value() == 400u);
  write("pod/box/inner", "300", "100");
  BOOST_TEST(group_memory_left(root, "0::/pod/box/inner\n").value() == 200u);
  BOOST_TEST(!group_memory_left(root, "0::/elsewhere\n").has_value());
  BOOST_TEST(!group_memory_left(root, "4:memory:/pod\n").has_value());
  // A container sees its own group as the root.
  BOOST_TEST(group_memory_left(root / "pod", "0::/\n").value() == 400u);
  std::filesystem::remove_all(root);
}

BOOST_AUTO_TEST_CASE(caches_have_their_share_and_a_warning_says_what_is_missing) {
  const memory_request ask{.weights = 100 * mb,
                           .scratch = 10 * mb,
                           .wanted_kv = 500 * mb,
                           .least_kv = 5 * mb,
                           .limit = 210 * mb,
                           .available = 1000 * mb,
                           .caches = 20 * mb};
  BOOST_TEST(plan_kv(ask) == 80 * mb);
  const std::string warning = kv_warning(ask, 80 * mb);
  for (const char* part : {"memory_limit allows 210.0 MB", "weights (100.0 MB)",
                           "get 80.0 MB instead of 500.0 MB", "raise memory_limit"})
    BOOST_TEST(warning.find(part) != std::string::npos, warning);
  memory_request greedy = ask;
  greedy.caches = 5000 * mb;
  BOOST_TEST(plan_kv(greedy) == 75 * mb);
  // More than all seats could use is not missed.
  memory_request few = ask;
  few.useful_kv = 60 * mb;
  BOOST_TEST(kv_warning(few, 80 * mb).empty());
  BOOST_TEST(kv_warning(ask, 500 * mb).empty());
}

BOOST_AUTO_TEST_CASE(keys_and_values_get_what_is_left_but_no_more_than_wanted) {
  const memory_request ask{.weights = 100 * mb,
                           .scratch = 10 * mb,
                           .wanted_kv = 500 * mb,
                           .least_kv = 5 * mb,
                           .limit = 0,
                           .available = 1000 * mb};
  BOOST_TEST(plan_kv(ask) == 500 * mb);
  memory_request less = ask;
  less.available = 300 * mb;
  BOOST_TEST(plan_kv(less) == 270 * mb - 110 * mb);
  memory_request limited = ask;
  limited.limit = 200 * mb;
  BOOST_TEST(plan_kv(limited) == 90 * mb);
  memory_request unknown = ask;
  unknown.available.reset();
  BOOST_TEST(plan_kv(unknown) == 500 * mb);
  memory_request small = ask;
  small.wanted_kv = mb;
  BOOST_TEST(plan_kv(small) == 5 * mb);
}

BOOST_AUTO_TEST_CASE(too_little_is_refused_with_the_numbers_and_what_to_do) {
  const memory_request ask{.weights = 100 * mb,
                           .scratch = 10 * mb,
                           .wanted_kv = 500 * mb,
                           .least_kv = 5 * mb,
                           .limit = 0,
                           .available = 100 * mb};
  const std::string machine = refusal(ask);
  BOOST_TEST(machine.find("needs 115.0 MB") != std::string::npos, machine);
  BOOST_TEST(machine.find("this machine has 90.0 MB to give: stop other programs") != std::string::npos,
             machine);
  memory_request limited = ask;
  limited.limit = 64 * mb;
  limited.available = 1000 * mb;
  BOOST_TEST(refusal(limited).find("memory_limit allows 64.0 MB: raise memory_limit") != std::string::npos);
  // A limit above what there is does not make memory.
  limited.limit = 2000 * mb;
  limited.available = 100 * mb;
  BOOST_TEST(refusal(limited).find("this machine has 100.0 MB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(windowed_layers_need_no_more_than_their_window) {
  model::decoder_spec spec;
  spec.layers = 2;
  spec.kv_heads = 1;
  spec.head_dim = 64;
  spec.layer = {{.window = 0, .rope = {}}, {.window = 32, .rope = {}}};
  const std::uint64_t position = 64 * 2 * 2;
  // The whole context in pages of 32; and the window with a step's 32 tokens, and two pages for its ends.
  cpu::cpu_options options;
  options.step_tokens = 32;
  BOOST_TEST(kv_bytes_of(spec, 1000, options) == (32 * 32 + (2 + 2) * 32) * position);
  // 8 bits and a scale of 16 for 32 of them.
  options.kv = cpu::kv_type::q8_0;
  BOOST_TEST(kv_bytes_of(spec, 1000, options) == (32 * 32 + (2 + 2) * 32) * position * 17 / 32);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
