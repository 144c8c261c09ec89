#include "embed/failure.hpp"
#include "embed/gpu_device.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace hawser::embed {
namespace {

gpu::device_report machine() {
  gpu::device_report found;
  found.why = gpu::obstacle::none;
  found.devices = {{.index = 0, .name = "Small", .free_memory = 5},
                   {.index = 2, .name = "Large", .free_memory = 9}};
  found.passed_over = {"device 1, Old, has compute capability 6.1"};
  return found;
}

gpu::device_report none() {
  gpu::device_report found;
  found.why = gpu::obstacle::no_device;
  found.sentence = "there is no device";
  return found;
}

std::string failure_of(const std::string& wanted, const gpu::device_report& found, errc cause) {
  try {
    (void)choose_gpus(gpu_wish::read(wanted), found);
  } catch (const failure& e) {
    BOOST_TEST((e.code() == cause));
    return e.what();
  }
  return "";
}

BOOST_AUTO_TEST_SUITE(gpu_device)

BOOST_AUTO_TEST_CASE(whichever_has_the_most_free_memory_or_the_one_that_is_named) {
  BOOST_TEST((choose_gpus(gpu_wish::read("auto"), machine()).devices == std::vector{2}));
  BOOST_TEST((choose_gpus(gpu_wish::read("0"), machine()).devices == std::vector{0}));
  BOOST_TEST((choose_gpus(gpu_wish::read("2,0"), machine()).devices == std::vector{2, 0}));
  BOOST_TEST(choose_gpus(gpu_wish::read("none"), machine()).devices.empty());
}

BOOST_AUTO_TEST_CASE(all_of_one_kind_serve) {
  gpu::device_report found = machine();
  found.devices.push_back({.index = 5, .name = "Large", .free_memory = 7});
  BOOST_TEST((choose_gpus(gpu_wish::read("auto"), found).devices == std::vector{2, 5}));
}

BOOST_AUTO_TEST_CASE(without_a_device_the_cpu_serves_unless_one_was_named) {
  const gpu_choice chosen = choose_gpus(gpu_wish::read("auto"), none());
  BOOST_TEST(chosen.devices.empty());
  BOOST_TEST(chosen.why_not == "there is no device");
  BOOST_TEST(failure_of("0", none(), errc::device) == "there is no device, and gpu.device names one");
}

BOOST_AUTO_TEST_CASE(a_wrong_number_or_word_is_told_with_the_right_ones) {
  const std::string said = failure_of("1", machine(), errc::device);
  BOOST_TEST(said.find("0, Small; 2, Large; device 1, Old, has compute capability 6.1") != std::string::npos,
             said);
  for (const char* const wrong : {"", "cuda", "-1", "1x", "99999999999", "0,", ",0", "0,0", "0 1"})
    BOOST_TEST(failure_of(wrong, machine(), errc::configuration).find("auto, none, or the number") !=
                   std::string::npos,
               wrong);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
