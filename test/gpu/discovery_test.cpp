/// Each way of having no device gives its own sentence: what was found, what is needed, what to do.
#include "gpu/discovery.hpp"
#include "gpu/stand_in/stand_in.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace hawser;
namespace stand_in = gpu::stand_in;

gpu::found_runtime with(const stand_in::machine& what) {
  stand_in::reset(what);
  gpu::found_runtime found;
  found.calls = stand_in::calls();
  found.driver_file = what.driver != 0;
  return found;
}

void expect(const gpu::device_report& report, gpu::obstacle why, const std::vector<std::string>& parts) {
  BOOST_TEST(std::string(gpu::name_of(report.why)) == gpu::name_of(why));
  BOOST_TEST(report.devices.empty());
  for (const std::string& part : parts)
    BOOST_TEST(report.sentence.find(part) != std::string::npos, report.sentence << " lacks " << part);
  // One sentence: it ends nowhere but at its end.
  BOOST_TEST(report.sentence.find(". ") == std::string::npos);
  BOOST_TEST(report.sentence.find('\n') == std::string::npos);
  BOOST_TEST(report.sentence.find("hawser needs") != std::string::npos);
  BOOST_TEST(report.sentence.find("the CPU serves") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE(discovery)

BOOST_AUTO_TEST_CASE(devices_are_listed_with_their_facts) {
  const auto report = gpu::find_devices(with({.devices = 2, .memory = 1 << 20}));
  BOOST_TEST((report.why == gpu::obstacle::none));
  BOOST_TEST(report.sentence.empty());
  BOOST_REQUIRE(report.devices.size() == 2);
  BOOST_TEST(report.devices[1].index == 1);
  BOOST_TEST(report.devices[1].name == "Stand-in 1");
  BOOST_TEST(report.devices[1].major == 9);
  BOOST_TEST(report.devices[1].memory == std::size_t{1} << 20);
  BOOST_TEST(report.devices[1].free_memory == std::size_t{1} << 20);
  BOOST_TEST(gpu::print_version(report.driver) == "13.0");
}

BOOST_AUTO_TEST_CASE(no_driver) {
  expect(gpu::find_devices(with({.driver = 0})), gpu::obstacle::no_driver,
         {"no NVIDIA driver", "580", "install it", "--gpus all"});
}

BOOST_AUTO_TEST_CASE(no_driver_and_no_runtime_is_no_driver) {
  gpu::found_runtime found;
  found.missing = "libcudart.so.13: cannot open shared object file";
  expect(gpu::find_devices(found), gpu::obstacle::no_driver, {"no NVIDIA driver"});
  found.driver_file = true;
  expect(gpu::find_devices(found), gpu::obstacle::no_runtime,
         {"libcudart.so.13: cannot open", "cuda-cudart-13-0", "LD_LIBRARY_PATH"});
}

BOOST_AUTO_TEST_CASE(an_old_driver_is_error_35) {
  expect(gpu::find_devices(with({.driver = 12040})), gpu::obstacle::old_driver,
         {"CUDA error 35", "CUDA 12.4", "CUDA 13.0", "update the driver"});
}

BOOST_AUTO_TEST_CASE(a_driver_that_does_not_say_how_old_it_is) {
  gpu::found_runtime found = with({});
  stand_in::fail_call("cudaGetDeviceCount", gpu::cuda_error::insufficient_driver);
  expect(gpu::find_devices(found), gpu::obstacle::old_driver, {"CUDA error 35"});
}

BOOST_AUTO_TEST_CASE(no_device) {
  expect(gpu::find_devices(with({.devices = 0})), gpu::obstacle::no_device,
         {"CUDA error 100", "7.5", "nvidia-smi", "CUDA_VISIBLE_DEVICES"});
}

BOOST_AUTO_TEST_CASE(devices_that_are_too_old) {
  const auto report = gpu::find_devices(with({.major = 7, .minor = 0}));
  expect(report, gpu::obstacle::old_devices, {"Stand-in 0", "7.0", "7.5"});
  BOOST_TEST((gpu::find_devices(with({.major = 7, .minor = 5})).why == gpu::obstacle::none));
}

BOOST_AUTO_TEST_CASE(one_device_that_cannot_be_opened_leaves_the_other) {
  gpu::found_runtime found = with({.devices = 2});
  stand_in::fail_call("cudaMemGetInfo", gpu::cuda_error::out_of_memory, 1);
  const auto report = gpu::find_devices(found);
  BOOST_TEST((report.why == gpu::obstacle::none));
  BOOST_REQUIRE(report.devices.size() == 1);
  BOOST_TEST(report.devices[0].index == 1);
  BOOST_REQUIRE(report.passed_over.size() == 1);
  BOOST_TEST(report.passed_over[0].find("device 0") != std::string::npos);
  BOOST_TEST(report.passed_over[0].find("CUDA error 2, out of memory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_runtime_that_fails_is_said_with_its_number) {
  gpu::found_runtime found = with({});
  stand_in::fail_call("cudaGetDeviceCount", gpu::cuda_error::system_driver_mismatch);
  expect(gpu::find_devices(found), gpu::obstacle::failed, {"CUDA error 803"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
