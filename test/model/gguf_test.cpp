#include "model/gguf.hpp"
#include "test/model/gguf_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

namespace {

using namespace hawser;
using model::tensor_type;
using model::value_type;
using test::byte_sink;

std::vector<std::byte> zeros(std::size_t count) {
  return std::vector<std::byte>(count);
}

template <class T>
std::vector<std::byte> raw(T value) {
  byte_sink sink;
  sink.put(value);
  return sink.bytes();
}

std::shared_ptr<const model::gguf_file> parse(const std::vector<std::byte>& bytes) {
  return model::gguf_file::parse(bytes, "small.gguf").value();
}

BOOST_AUTO_TEST_SUITE(gguf)

BOOST_AUTO_TEST_CASE(values_of_every_type_come_back) {
  test::gguf_writer writer;
  writer.add_raw("u8", value_type::u8, raw<std::uint8_t>(200));
  writer.add_raw("i8", value_type::i8, raw<std::int8_t>(-5));
  writer.add_raw("u16", value_type::u16, raw<std::uint16_t>(65'535));
  writer.add_raw("i16", value_type::i16, raw<std::int16_t>(-300));
  writer.add_u32("u32", 4'000'000'000u);
  writer.add_raw("i32", value_type::i32, raw<std::int32_t>(-70'000));
  writer.add_f32("f32", 1.5f);
  writer.add_bool("bool", true);
  writer.add_string("string", "a hawser");
  writer.add_raw("u64", value_type::u64, raw<std::uint64_t>(1ull << 40));
  writer.add_raw("i64", value_type::i64, raw<std::int64_t>(-(1ll << 40)));
  writer.add_raw("f64", value_type::f64, raw<double>(0.1));
  writer.add_raw("u64 huge", value_type::u64, raw<std::uint64_t>(std::numeric_limits<std::uint64_t>::max()));
  const auto bytes = writer.finish();
  const auto file = parse(bytes);
  BOOST_TEST(file->find("u8")->integer().value() == 200);
  BOOST_TEST(file->find("i8")->integer().value() == -5);
  BOOST_TEST(file->find("u16")->integer().value() == 65'535);
  BOOST_TEST(file->find("i16")->integer().value() == -300);
  BOOST_TEST(file->find("u32")->integer().value() == 4'000'000'000);
  BOOST_TEST(file->find("i32")->integer().value() == -70'000);
  BOOST_TEST(file->find("f32")->number().value() == 1.5);
  BOOST_TEST(file->find("bool")->boolean().value());
  BOOST_TEST(file->find("string")->string().value() == "a hawser");
  BOOST_TEST(file->find("u64")->integer().value() == 1ll << 40);
  BOOST_TEST(file->find("i64")->integer().value() == -(1ll << 40));
  BOOST_TEST(file->find("f64")->number().value() == 0.1);
  BOOST_TEST(file->find("u64 huge")->number().value() == 0x1p64);
  BOOST_TEST(!file->find("u64 huge")->integer().has_value());
  BOOST_TEST(file->find("missing") == nullptr);
  BOOST_TEST(file->metadata().front().first == "u8");
  BOOST_TEST(file->tensors().empty());
}

BOOST_AUTO_TEST_CASE(getters_of_the_wrong_type_answer_nothing) {
  test::gguf_writer writer;
  writer.add_bool("bool", true);
  writer.add_f32("f32", 2.0f);
  writer.add_string("string", "");
  writer.add_i32s("ints", std::array{1, 2, -3});
  const auto bytes = writer.finish();
  const auto file = parse(bytes);
  BOOST_TEST(!file->find("bool")->integer().has_value());
  BOOST_TEST(!file->find("bool")->number().has_value());
  BOOST_TEST(!file->find("f32")->integer().has_value());
  BOOST_TEST(!file->find("f32")->boolean().has_value());
  BOOST_TEST(!file->find("f32")->strings().has_value());
  BOOST_TEST(!file->find("string")->number().has_value());
  BOOST_TEST(file->find("string")->string().value().empty());
  BOOST_TEST(!file->find("ints")->integer().has_value());
  BOOST_TEST(!file->find("ints")->string().has_value());
  BOOST_TEST(!file->find("ints")->strings().has_value());
}

BOOST_AUTO_TEST_CASE(arrays_come_back_in_order) {
  test::gguf_writer writer;
  const std::array<std::string, 3> words{"one", "", "three"};
  writer.add_strings("words", words);
  writer.add_i32s("ints", std::array{1, 2, -3});
  writer.add_f32s("floats", std::array{0.5f, -1.0f});
  writer.add_bools("flags", {true, false});
  writer.add_strings("none", {});
  const auto bytes = writer.finish();
  const auto file = parse(bytes);
  const auto* found = file->find("words");
  BOOST_TEST((found->type() == value_type::array && found->element_type() == value_type::string));
  BOOST_TEST(found->count() == 3u);
  BOOST_TEST(found->strings().value() == (std::vector<std::string_view>{"one", "", "three"}),
             boost::test_tools::per_element());
  BOOST_TEST(file->find("ints")->integers().value() == (std::vector<std::int64_t>{1, 2, -3}),
             boost::test_tools::per_element());
  BOOST_TEST(file->find("ints")->numbers().value() == (std::vector<float>{1, 2, -3}),
             boost::test_tools::per_element());
  BOOST_TEST(file->find("floats")->numbers().value() == (std::vector<float>{0.5f, -1}),
             boost::test_tools::per_element());
  BOOST_TEST(!file->find("floats")->integers().has_value());
  BOOST_TEST(file->find("flags")->integers().value() == (std::vector<std::int64_t>{1, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(file->find("none")->strings().value().empty());
}

BOOST_AUTO_TEST_CASE(arrays_of_arrays_are_passed_over_down_to_the_fourth_level) {
  const auto nested = [](int levels) {
    byte_sink value;
    for (int i = 1; i < levels; ++i) {
      value.put(static_cast<std::uint32_t>(value_type::array));
      value.put<std::uint64_t>(1);
    }
    value.put(static_cast<std::uint32_t>(value_type::u16));
    value.put<std::uint64_t>(2);
    value.put<std::uint32_t>(7);
    test::gguf_writer writer;
    writer.add_raw("nested", value_type::array, value.bytes());
    writer.add_u32("after", 5);
    return writer.finish();
  };
  const auto bytes = nested(4);
  BOOST_TEST(parse(bytes)->find("after")->integer().value() == 5);
  BOOST_TEST(!parse(bytes)->find("nested")->integers().has_value());
  const auto deep = nested(5);
  const auto refused = model::gguf_file::parse(deep, "small.gguf");
  BOOST_REQUIRE(refused.has_error());
  BOOST_TEST((refused.error().cause == model::errc::over_limit));
}

BOOST_AUTO_TEST_CASE(tensors_have_their_shape_and_their_bytes) {
  test::gguf_writer writer;
  writer.add_u32("general.alignment", 32);
  writer.add_tensor("vector", tensor_type::f32, {3}, zeros(12));
  auto marked = zeros(2 * 34 * 5);
  marked[34 * 2 * 4] = std::byte{0x5a};
  writer.add_tensor("matrix", tensor_type::q8_0, {64, 5}, marked);
  writer.add_tensor("cube", tensor_type::f16, {2, 3, 4, 5}, zeros(240));
  const auto bytes = writer.finish();
  const auto file = parse(bytes);
  BOOST_TEST(file->size() == bytes.size());
  const auto* matrix = file->find_tensor("matrix");
  BOOST_TEST(matrix->rank == 2u);
  BOOST_TEST(matrix->columns() == 64u);
  BOOST_TEST(matrix->rows() == 5u);
  BOOST_TEST((matrix->row(4).front() == std::byte{0x5a}));
  BOOST_TEST(file->find_tensor("cube")->rows() == 60u);
  BOOST_TEST(file->find_tensor("vector")->rows() == 1u);
  BOOST_TEST(file->find_tensor("vecto") == nullptr);
  BOOST_TEST(file->find_tensor("") == nullptr);
  BOOST_TEST(file->tensors()[1].name == "matrix");
}

BOOST_AUTO_TEST_CASE(version_2_reads_like_version_3) {
  test::gguf_writer writer(2);
  writer.add_string("general.architecture", "llama");
  writer.add_tensor("x", tensor_type::bf16, {4}, zeros(8));
  const auto bytes = writer.finish();
  const auto file = parse(bytes);
  BOOST_TEST(file->version() == 2u);
  BOOST_TEST(file->find_tensor("x")->data.size() == 8u);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named) {
  const auto missing = model::gguf_file::open("/nonexistent/model.gguf");
  BOOST_REQUIRE(missing.has_error());
  BOOST_TEST((missing.error().cause == model::errc::io));
  BOOST_TEST(missing.error().what ==
             "/nonexistent/model.gguf: cannot open the file: No such file or directory.");
  const auto folder = model::gguf_file::open("/");
  BOOST_REQUIRE(folder.has_error());
  BOOST_TEST(folder.error().what == "/: not a regular file but a folder, expected a GGUF model.");
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_told_as_such) {
  const auto path =
      std::filesystem::temp_directory_path() / ("hawser-empty-" + std::to_string(::getpid()) + ".gguf");
  std::ofstream(path).close();
  const auto opened = model::gguf_file::open(path);
  std::filesystem::remove(path);
  BOOST_REQUIRE(opened.has_error());
  BOOST_TEST((opened.error().cause == model::errc::not_a_model));
  BOOST_TEST(opened.error().what.ends_with("the file is empty, expected a GGUF model."));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
