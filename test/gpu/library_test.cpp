/// The library that is loaded at run time: found, refused with a sentence, or absent.
#include "gpu/library.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace hawser;

bool says(const std::string& sentence, const std::string& part) {
  return sentence.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(library)

BOOST_AUTO_TEST_CASE(of_this_build_it_is_taken) {
  const auto library = gpu::library::load(HAWSER_GPU_PLUGIN);
  BOOST_REQUIRE_MESSAGE(library.table() != nullptr, library.problem());
  BOOST_TEST(library.table()->abi == gpu::border_abi);
  BOOST_TEST(library.problem().empty());
  // Whatever this machine has: either devices or one sentence, never both and never neither.
  const gpu::device_report found = library.find();
  BOOST_TEST((found.why == gpu::obstacle::none) == found.sentence.empty());
  BOOST_TEST((found.why == gpu::obstacle::none) == !found.devices.empty());
}

BOOST_AUTO_TEST_CASE(an_absent_one_is_said_and_the_cpu_serves) {
  const auto library = gpu::library::load("/nowhere/libhawser_gpu.so");
  BOOST_TEST(library.table() == nullptr);
  const gpu::device_report found = library.find();
  BOOST_TEST((found.why == gpu::obstacle::no_library));
  BOOST_TEST(says(found.sentence, "/nowhere/libhawser_gpu.so"));
  BOOST_TEST(says(found.sentence, "the CPU serves"));
}

BOOST_AUTO_TEST_CASE(one_of_somebody_else_is_refused) {
  const auto library = gpu::library::load(HAWSER_FOREIGN_LIBRARY);
  BOOST_TEST(library.table() == nullptr);
  BOOST_TEST(says(library.problem(), "no GPU library of hawser's"));
}

BOOST_AUTO_TEST_CASE(one_of_another_version_is_refused_with_both_numbers) {
  const auto library = gpu::library::load(HAWSER_OLD_LIBRARY);
  BOOST_TEST(library.table() == nullptr);
  BOOST_TEST(says(library.problem(), "version 77"));
  BOOST_TEST(says(library.problem(), "version " + std::to_string(gpu::border_abi)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
