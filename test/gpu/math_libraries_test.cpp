/// Libraries that are not needed: found with their version, or missing with what that means.
#include "gpu/math_libraries.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace hawser;

bool says(const std::string& sentence, const std::string& part) {
  return sentence.find(part) != std::string::npos;
}

constexpr gpu::library_kind foreign{"cuThing", HAWSER_FOREIGN_LIBRARY, "foreign_version",
                                    "hawser's own kernels think", "libcuthing9"};

BOOST_AUTO_TEST_SUITE(math_libraries)

BOOST_AUTO_TEST_CASE(a_version_is_three_numbers) {
  BOOST_TEST(gpu::print_library_version(91900) == "9.19.0");
  BOOST_TEST(gpu::print_library_version(130102) == "13.1.2");
}

BOOST_AUTO_TEST_CASE(what_is_found_is_named_with_its_version) {
  const gpu::math_library found = gpu::look_for(foreign);
  BOOST_TEST(found.version == "9.19.2");
  BOOST_TEST(says(found.sentence, "cuThing 9.19.2 was found"));
  BOOST_TEST(says(found.sentence, "own kernels think"));
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_said_with_the_loaders_words_and_a_package) {
  gpu::library_kind absent = foreign;
  absent.file = "/nowhere/libcuthing.so.9";
  const gpu::math_library found = gpu::look_for(absent);
  BOOST_TEST(found.version.empty());
  for (const char* const part : {"cuThing was not found", "/nowhere/libcuthing.so.9", "no step needs it",
                                 "own kernels think", "install libcuthing9"})
    BOOST_TEST(says(found.sentence, part), found.sentence << " lacks " << part);
}

BOOST_AUTO_TEST_CASE(a_library_of_the_name_alone_is_none) {
  gpu::library_kind other = foreign;
  other.version_symbol = "cuThingGetVersion";
  const gpu::math_library found = gpu::look_for(other);
  BOOST_TEST(found.version.empty());
  BOOST_TEST(says(found.sentence, "lacks cuThingGetVersion"));
}

BOOST_AUTO_TEST_CASE(both_of_nvidias_are_looked_for) {
  const auto all = gpu::find_math_libraries();
  BOOST_REQUIRE(all.size() == 2);
  BOOST_TEST(all[0].name == "cuDNN");
  BOOST_TEST(all[1].name == "cuBLASLt");
  for (const gpu::math_library& each : all) {
    BOOST_TEST(says(each.sentence, each.version.empty() ? "was not found" : each.version));
    BOOST_TEST(each.sentence.find(". ") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
