#include "test/cpu/random_matrix.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace hawser;

BOOST_AUTO_TEST_SUITE(packed_matrix)

BOOST_AUTO_TEST_CASE(packing_loses_nothing) {
  for (const model::tensor_type type : test::all_types) {
    BOOST_TEST_INFO("type " << model::name_of(type));
    const test::random_matrix m(type, 21, 512, 7);
    std::vector<float> row(512);
    for (std::uint32_t r = 0; r < 21; ++r) {
      cpu::unpack_row(m.packed, r, row);
      BOOST_TEST(row == std::vector<float>(m.values.begin() + r * 512, m.values.begin() + (r + 1) * 512));
    }
  }
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_there_are_zero) {
  for (const model::tensor_type type : test::all_types) {
    BOOST_TEST_INFO("type " << model::name_of(type));
    const test::random_matrix m(type, 21, 256, 7);
    std::vector<float> row(256);
    for (std::uint32_t r = 21; r < 32; ++r) {
      cpu::unpack_row(m.packed, r, row);
      BOOST_TEST(std::all_of(row.begin(), row.end(), [](float x) { return x == 0; }));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
