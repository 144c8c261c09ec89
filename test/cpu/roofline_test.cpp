#include "cpu/roofline.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <set>
#include <string>

namespace {

using namespace hawser;

model::decoder_spec small_spec() {
  model::decoder_spec spec;
  spec.layers = 1;
  spec.width = 64;
  spec.heads = 4;
  spec.kv_heads = 2;
  spec.head_dim = 16;
  spec.feed_forward = 128;
  spec.vocabulary = 320;
  return spec;
}

BOOST_AUTO_TEST_SUITE(roofline)

BOOST_AUTO_TEST_CASE(every_kernel_class_is_measured_against_a_limit) {
  std::size_t announced = 0;
  std::size_t all = 0;
  cpu::roofline_request how;
  how.threads = 2;
  how.quick = true;
  how.watch = [&](const std::string&, std::size_t done, std::size_t of) {
    BOOST_TEST(done == announced);
    ++announced;
    all = of;
  };
  const auto found = cpu::measure_roofline(small_spec(), model::tensor_type::q6_k, how);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->threads == 2u);
  BOOST_TEST(found->limits.read_one > 0);
  BOOST_TEST(found->limits.read_all > 0);
  if (found->kernels != "portable") {
    BOOST_TEST(found->limits.int8 > 0);
    BOOST_TEST(found->limits.f32 > 0);
  }
  BOOST_TEST(announced == all);
  std::set<std::string> names;
  for (const cpu::roofline_row& row : found->rows) {
    BOOST_TEST_INFO(row.kernel);
    BOOST_TEST(names.insert(row.kernel).second);
    BOOST_TEST(row.multiply_adds > 0);
    BOOST_TEST(row.seconds > 0);
    BOOST_TEST(std::isfinite(row.share));
    BOOST_TEST(row.share >= 0);
  }
  for (const char* kernel : {"product Q4_1, 1 row", "product Q6_K, 512 rows", "product F32, 8 rows",
                             "head Q6_K, 1 row", "attention, decode, 2 queries over 1024",
                             "attention, prompt, 32 queries over 1024", "norm and quantize, 512 rows"}) {
    BOOST_TEST_INFO(kernel);
    BOOST_TEST(names.contains(kernel));
  }
}

BOOST_AUTO_TEST_CASE(arithmetic_is_counted_as_it_is_done) {
  cpu::roofline_request how;
  how.threads = 1;
  how.quick = true;
  const auto found = cpu::measure_roofline(small_spec(), model::tensor_type::q8_0, how);
  BOOST_REQUIRE(found.has_value());
  for (const cpu::roofline_row& row : found->rows) {
    // A weight of Q8_0 takes 8.5 bits, and is multiplied once for each row.
    if (row.kernel == "product Q8_0, 8 rows") {
      BOOST_TEST(row.multiply_adds * 34 == row.bytes * 32 * 8);
    }
    // Two queries multiply each key and each value, which have two bytes.
    if (row.kernel == "attention, decode, 2 queries over 1024") {
      BOOST_TEST(row.multiply_adds == row.bytes);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_kernel_set_is_refused) {
  cpu::roofline_request how;
  how.kernels = "abacus";
  const auto found = cpu::measure_roofline(small_spec(), model::tensor_type::q8_0, how);
  BOOST_REQUIRE(found.has_error());
  BOOST_TEST((found.error().cause == model::errc::bad_argument));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
