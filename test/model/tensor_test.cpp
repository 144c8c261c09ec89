#include "model/tensor.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace hawser::model;

boost::json::value read_golden() {
  std::ifstream file(HAWSER_TEST_DATA "/tensors.json", std::ios::binary);
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::vector<std::byte> from_hex(std::string_view text) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::vector<float> floats_from_hex(std::string_view text) {
  const auto bytes = from_hex(text);
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

tensor_type type_named(std::string_view name) {
  for (std::uint32_t number = 0; number < 64; ++number) {
    const auto type = tensor_type_from(number);
    if (type && name_of(*type) == name) return *type;
  }
  throw std::runtime_error("no type " + std::string(name));
}

BOOST_AUTO_TEST_SUITE(tensor)

BOOST_AUTO_TEST_CASE(blocks_of_every_type_become_the_floats_of_the_reference_bit_for_bit) {
  const auto golden = read_golden();
  std::size_t types = 0;
  for (const auto& one : golden.at("dequantize").as_array()) {
    const auto type = type_named(one.at("type").as_string());
    const auto expected = floats_from_hex(one.at("floats").as_string());
    std::vector<float> found(expected.size(), -1.0f);
    dequantize(type, from_hex(one.at("bytes").as_string()), found);
    for (std::size_t i = 0; i < found.size(); ++i) {
      BOOST_TEST_INFO(name_of(type) << " value " << i << ": " << found[i] << " for " << expected[i]);
      BOOST_REQUIRE(std::bit_cast<std::uint32_t>(found[i]) == std::bit_cast<std::uint32_t>(expected[i]));
    }
    ++types;
  }
  BOOST_TEST(types == 11u);
}

BOOST_AUTO_TEST_CASE(floats_become_the_bytes_of_the_reference_quantizer) {
  const auto golden = read_golden();
  for (const auto& one : golden.at("quantize").as_array()) {
    const auto type = type_named(one.at("type").as_string());
    const auto expected = from_hex(one.at("bytes").as_string());
    std::vector<std::byte> found(expected.size());
    BOOST_REQUIRE(quantize(type, floats_from_hex(one.at("floats").as_string()), found).has_value());
    BOOST_TEST_INFO("type " << name_of(type));
    BOOST_TEST((found == expected));
  }
}

BOOST_AUTO_TEST_CASE(every_half_survives_the_way_to_float_and_back) {
  for (std::uint32_t bits = 0; bits < 0x10000u; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half);
    const int exponent = static_cast<int>(bits >> 10 & 31u);
    const auto fraction = static_cast<float>(bits & 1023u);
    if (exponent == 31) {
      BOOST_REQUIRE(fraction == 0.0f ? std::isinf(value) : std::isnan(value));
    } else {
      const float magnitude =
          exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024.0f + fraction, exponent - 25);
      BOOST_REQUIRE(value == (bits & 0x8000u ? -magnitude : magnitude));
    }
    BOOST_REQUIRE(std::signbit(value) == ((bits & 0x8000u) != 0));
    if (std::isnan(value)) {
      BOOST_REQUIRE(std::isnan(half_to_float(float_to_half(value))));
    } else {
      BOOST_REQUIRE(float_to_half(value) == half);
    }
  }
}

BOOST_AUTO_TEST_CASE(floats_between_two_halves_go_to_the_nearer_and_ties_to_the_even_one) {
  constexpr float up = std::numeric_limits<float>::infinity();
  for (std::uint32_t bits = 0; bits < 0x7c00u; ++bits) {
    const auto low = static_cast<std::uint16_t>(bits);
    const auto high = static_cast<std::uint16_t>(bits + 1);
    const float above = bits == 0x7bffu ? 65536.0f : half_to_float(high);
    const float middle = (half_to_float(low) + above) / 2.0f;
    BOOST_REQUIRE(float_to_half(middle) == (low % 2 == 0 ? low : high));
    BOOST_REQUIRE(float_to_half(std::nextafter(middle, -up)) == low);
    BOOST_REQUIRE(float_to_half(std::nextafter(middle, up)) == high);
    BOOST_REQUIRE(float_to_half(-middle) == (0x8000u | (low % 2 == 0 ? low : high)));
  }
  BOOST_TEST(float_to_half(up) == 0x7c00u);
  BOOST_TEST(float_to_half(-1e30f) == 0xfc00u);
}

BOOST_AUTO_TEST_CASE(not_a_number_has_no_int8_form_and_spoils_no_memory) {
  std::vector<float> values(32, 1.0f);
  values[3] = std::numeric_limits<float>::quiet_NaN();
  values[4] = std::numeric_limits<float>::infinity();
  std::vector<std::byte> out(34);
  BOOST_REQUIRE(quantize(tensor_type::q8_0, values, out).has_value());
  BOOST_TEST((out[2 + 3] == std::byte{0}));
}

BOOST_AUTO_TEST_CASE(quantize_says_what_it_cannot_do) {
  std::vector<std::byte> out(34);
  const auto short_row = quantize(tensor_type::q8_0, std::vector<float>(31), out);
  BOOST_REQUIRE(short_row.has_error());
  BOOST_TEST((short_row.error().cause == errc::bad_argument));
  BOOST_TEST(short_row.error().what == "quantize: 31 values do not fill 34 bytes of type Q8_0");
  std::vector<std::byte> block(144);
  const auto half_a_block = quantize(tensor_type::q4_k, std::vector<float>(128), block);
  BOOST_REQUIRE(half_a_block.has_error());
  BOOST_TEST((half_a_block.error().cause == errc::bad_argument));
}

BOOST_AUTO_TEST_CASE(unknown_types_are_named_where_the_format_has_a_name) {
  const auto known_elsewhere = tensor_type_from(20);
  BOOST_REQUIRE(known_elsewhere.has_error());
  BOOST_TEST(known_elsewhere.error().what.starts_with("type IQ4_NL is not supported, only F32 F16 BF16"));
  const auto unknown = tensor_type_from(4711);
  BOOST_REQUIRE(unknown.has_error());
  BOOST_TEST(unknown.error().what.starts_with("type number 4711 is unknown, only F32"));
  BOOST_TEST(name_of(static_cast<tensor_type>(20)) == "unknown");
}

BOOST_AUTO_TEST_CASE(a_row_is_a_whole_number_of_blocks) {
  std::vector<std::byte> data(3 * 2 * 18);
  tensor_view view{.name = "x", .type = tensor_type::q4_0, .rank = 2, .dims = {64, 3, 1, 1}, .data = data};
  BOOST_TEST(view.row_bytes() == 36u);
  BOOST_TEST(view.rows() == 3u);
  BOOST_TEST((view.row(2).data() == data.data() + 72));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
