// Every kind of broken file gets one sentence: what, where, expected, found.
#include "model/gguf.hpp"
#include "test/model/gguf_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <optional>

namespace {

using namespace hawser;
using model::errc;
using model::tensor_type;
using model::value_type;
using test::byte_sink;

/// A file put together field by field. Metadata starts at byte 24.
struct raw_file {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::optional<std::uint64_t> tensor_count{};
  std::optional<std::uint64_t> key_count{};
  std::vector<byte_sink> keys{};
  std::vector<byte_sink> tensors{};
  std::size_t data = 0;

  byte_sink& key(std::string_view name, std::uint32_t type) {
    auto& sink = keys.emplace_back();
    sink.put_string(name);
    sink.put(type);
    return sink;
  }

  void tensor(std::string_view name, std::initializer_list<std::uint64_t> dims, std::uint32_t type,
              std::uint64_t offset) {
    auto& sink = tensors.emplace_back();
    sink.put_string(name);
    sink.put(static_cast<std::uint32_t>(dims.size()));
    for (const auto dim : dims) sink.put(dim);
    sink.put(type);
    sink.put(offset);
  }

  [[nodiscard]] std::vector<std::byte> bytes() const {
    byte_sink out;
    out.put(std::as_bytes(std::span(magic.data(), magic.size())));
    out.put(version);
    out.put(tensor_count.value_or(tensors.size()));
    out.put(key_count.value_or(keys.size()));
    for (const auto& sink : keys) out.put(sink.bytes());
    for (const auto& sink : tensors) out.put(sink.bytes());
    out.pad_to(32);
    out.put(std::vector<std::byte>(data));
    return out.bytes();
  }
};

constexpr std::uint32_t f32 = 0;
constexpr std::uint32_t type_u32 = 4;
constexpr std::uint32_t type_bool = 7;
constexpr std::uint32_t type_string = 8;
constexpr std::uint32_t type_array = 9;
constexpr std::uint64_t huge = std::uint64_t{1} << 62;

void check_bytes(const std::vector<std::byte>& bytes, errc cause, std::string_view sentence) {
  const auto parsed = model::gguf_file::parse(bytes, "bad.gguf");
  BOOST_REQUIRE(parsed.has_error());
  BOOST_TEST(parsed.error().what == "bad.gguf: " + std::string(sentence));
  BOOST_TEST((parsed.error().cause == cause));
}

void check(const raw_file& file, errc cause, std::string_view sentence) {
  check_bytes(file.bytes(), cause, sentence);
}

std::vector<std::byte> text(std::string_view characters) {
  const auto bytes = std::as_bytes(std::span(characters.data(), characters.size()));
  return {bytes.begin(), bytes.end()};
}

BOOST_AUTO_TEST_SUITE(gguf_malformed)

BOOST_AUTO_TEST_CASE(files_of_other_kinds) {
  using namespace std::string_view_literals;
  check_bytes(text(""), errc::not_a_model, "the file is empty, expected a GGUF model.");
  check_bytes(text("GGU"), errc::not_a_model,
              "not a GGUF file: its first bytes are \"GGU\", expected \"GGUF\".");
  check_bytes(text("\x7f"
                   "ELF and so on"),
              errc::not_a_model, "not a GGUF file: its first bytes are \"\\x7fELF\", expected \"GGUF\".");
  check_bytes(text("<!DOCTYPE html>"), errc::not_a_model,
              "not a GGUF file: it looks like a web page: the download did not give the model.");
  check_bytes(text("version https://git-lfs.github.com/spec/v1"), errc::not_a_model,
              "not a GGUF file: it is a Git LFS pointer: fetch the model itself with git lfs pull.");
  check_bytes(text("PK\x03\x04 and so on"), errc::not_a_model,
              "not a GGUF file: it looks like a PyTorch or zip archive: convert the model to GGUF first.");
  check_bytes(text("\x10\0\0\0\0\0\0\0{\"a\":1}"sv), errc::not_a_model,
              "not a GGUF file: it looks like a safetensors file: convert it to GGUF first.");
  check_bytes(
      text("tjgg\x03\0\0\0"sv), errc::not_a_model,
      "not a GGUF file: it is a GGML file of before August 2023: convert the original model to GGUF.");
  check_bytes(text("\0\0\0\0\0\0\0\0\0\0"sv), errc::not_a_model,
              "not a GGUF file: it starts with zero bytes, so its download may not be complete.");
}

BOOST_AUTO_TEST_CASE(versions) {
  check({.version = 1}, errc::unsupported, "the version at byte 4 is 1, expected 2 or 3.");
  check({.version = 4}, errc::unsupported, "the version at byte 4 is 4, expected 2 or 3.");
  check({.version = 0x03000000}, errc::unsupported,
        "a big-endian GGUF file (version 3), only little-endian ones are supported: convert it again without "
        "--bigendian.");
}

BOOST_AUTO_TEST_CASE(counts_of_the_header) {
  check({.tensor_count = 65'537}, errc::over_limit,
        "the number of tensors at byte 8 is 65537, expected at most 65536.");
  check({.tensor_count = ~std::uint64_t{0}}, errc::over_limit,
        "the number of tensors at byte 8 is 18446744073709551615, expected at most 65536.");
  check({.key_count = huge}, errc::over_limit,
        "the number of metadata keys at byte 16 is 4611686018427387904, expected at most 65536.");
  check({.tensor_count = 65'536, .key_count = 65'536}, errc::malformed,
        "the header at byte 8 announces 65536 tensors and 65536 metadata keys, but only 8 bytes follow: the "
        "file is truncated or "
        "damaged.");
  check_bytes(text("GGUF\x03"), errc::malformed,
              "the version at byte 4 needs 4 bytes, but only 1 are left: the file is truncated or damaged.");
}

BOOST_AUTO_TEST_CASE(keys) {
  raw_file empty;
  empty.key("", type_u32).put<std::uint32_t>(1);
  check(empty, errc::malformed, "the metadata key at byte 24 is empty.");

  raw_file twice;
  twice.key("a.b", type_u32).put<std::uint32_t>(1);
  twice.key("a.c", type_u32).put<std::uint32_t>(1);
  twice.key("a.b", type_u32).put<std::uint32_t>(2);
  check(twice, errc::malformed, "the metadata key \"a.b\" stands in the file twice.");

  raw_file unknown;
  unknown.key("a", 13).put<std::uint64_t>(0);
  check(unknown, errc::malformed, "the type of key \"a\" at byte 33 is 13, expected a number from 0 to 12.");

  raw_file odd;
  odd.key("a", type_bool).put<std::uint8_t>(2);
  check(odd, errc::malformed, "the value of key \"a\" at byte 37 is 2, expected 0 or 1 for a boolean.");

  raw_file endless;
  endless.keys.emplace_back().put(huge);
  endless.data = 64;
  check(endless, errc::malformed,
        "a metadata key at byte 32 needs 4611686018427387904 bytes, but only 64 are left: the file is "
        "truncated or damaged.");

  raw_file lengthy;
  lengthy.key(std::string(65'536, 'k'), type_u32).put<std::uint32_t>(1);
  check(lengthy, errc::over_limit, "the metadata key at byte 24 has 65536 bytes, expected at most 65535.");

  raw_file text_value;
  text_value.key("a", type_string).put(huge);
  check(text_value, errc::malformed,
        "the value of key \"a\" at byte 45 needs 4611686018427387904 bytes, but only 19 are left: the file "
        "is truncated or damaged.");
}

BOOST_AUTO_TEST_CASE(names_with_strange_bytes_are_shown_escaped) {
  raw_file file;
  file.key("\x1b[31m\"\xff", 99).put<std::uint32_t>(0);
  check(file, errc::malformed,
        "the type of key \"\\x1b[31m\\\"\\xff\" at byte 39 is 99, expected a number from 0 to 12.");
}

BOOST_AUTO_TEST_CASE(arrays) {
  const auto with_array = [](std::uint32_t element, std::uint64_t count) {
    raw_file file;
    auto& sink = file.key("a", type_array);
    sink.put(element);
    sink.put(count);
    return file;
  };
  check(with_array(13, 0), errc::malformed,
        "the element type of key \"a\" at byte 37 is 13, expected a number from 0 to 12.");
  check(with_array(type_u32, huge), errc::malformed,
        "the array of key \"a\" at byte 49 announces 4611686018427387904 elements of type u32, but only 15 "
        "bytes are left: the file is "
        "truncated or damaged.");
  check(with_array(type_u32, 4), errc::malformed,
        "the array of key \"a\" at byte 49 announces 4 elements of type u32, but only 15 bytes are left: the "
        "file is truncated or "
        "damaged.");
  check(with_array(type_string, 2), errc::malformed,
        "the array of key \"a\" at byte 49 announces 2 strings, but only 15 bytes are left: the file is "
        "truncated or damaged.");
  check(with_array(type_array, 2), errc::malformed,
        "an array inside the array of key \"a\" at byte 61 needs 12 bytes, but only 3 are left: the file is "
        "truncated or damaged.");

  auto long_text = with_array(type_string, 1);
  long_text.keys.back().put(huge);
  check(long_text, errc::malformed,
        "string 0 of key \"a\" at byte 49 has 4611686018427387904 bytes, but only 7 are left: the file is "
        "truncated or damaged.");

  auto odd = with_array(type_bool, 2);
  odd.keys.back().put<std::uint16_t>(0x0301);
  check(odd, errc::malformed,
        "key \"a\" at byte 49 is an array of booleans with an element other than 0 and 1.");

  auto inner = with_array(type_array, 1);
  inner.keys.back().put<std::uint32_t>(77);
  inner.keys.back().put<std::uint64_t>(0);
  check(inner, errc::malformed,
        "the element type of an array inside the array of key \"a\" at byte 49 is 77, expected a number from "
        "0 to 12.");
}

BOOST_AUTO_TEST_CASE(alignment) {
  for (const std::uint32_t value : {0u, 1u, 4u, 24u, 2'097'152u, 0x80000000u}) {
    raw_file file;
    file.key("general.alignment", type_u32).put(value);
    check(file, errc::malformed,
          "key \"general.alignment\" is " + std::to_string(value) +
              ", expected a power of two from 8 to 1048576.");
  }
  raw_file file;
  file.key("general.alignment", type_string).put_string("32");
  check(file, errc::malformed, "key \"general.alignment\" is of type string, expected u32.");
}

BOOST_AUTO_TEST_CASE(tensor_names) {
  raw_file empty;
  empty.tensor("", {4}, f32, 0);
  check(empty, errc::malformed, "the tensor name at byte 24 is empty.");

  raw_file lengthy;
  lengthy.tensor(std::string(65, 't'), {4}, f32, 0);
  check(lengthy, errc::over_limit, "the tensor name at byte 24 has 65 bytes, expected at most 64.");

  raw_file twice;
  twice.tensor("a", {4}, f32, 0);
  twice.tensor("a", {4}, f32, 32);
  twice.data = 48;
  check(twice, errc::malformed, "the tensor \"a\" stands in the file twice.");
}

BOOST_AUTO_TEST_CASE(tensor_shapes_and_types) {
  const auto with_tensor = [](std::initializer_list<std::uint64_t> dims, std::uint32_t type) {
    raw_file file;
    file.tensor("a", dims, type, 0);
    file.data = 64;
    return file;
  };
  check(with_tensor({}, f32), errc::malformed,
        "the number of dimensions of tensor \"a\" at byte 33 is 0, expected 1 to 4.");
  check(with_tensor({1, 1, 1, 1, 1}, f32), errc::malformed,
        "the number of dimensions of tensor \"a\" at byte 33 is 5, expected 1 to 4.");
  check(with_tensor({4, 0}, f32), errc::malformed,
        "dimension 1 of tensor \"a\" at byte 45 is 0, expected at least 1.");
  check(with_tensor({huge, 4}, f32), errc::malformed,
        "dimension 1 of tensor \"a\" at byte 45 is 4: the tensor has more values than 64 bits can count.");
  check(with_tensor({huge, 2}, f32), errc::malformed,
        "tensor \"a\" has 9223372036854775808 values of type F32, more bytes than 64 bits can count.");
  check(with_tensor({huge}, 1), errc::malformed,
        "tensor \"a\" (F16, 9223372036854775808 bytes at offset 0 of the tensor data, which starts at byte "
        "64) ends behind the file's "
        "end at byte 128: the file is truncated or damaged.");
  check(with_tensor({48}, 8), errc::malformed,
        "tensor \"a\" has rows of 48 values, expected a multiple of 32 for type Q8_0.");
  check(with_tensor({32}, 23), errc::unsupported,
        "tensor \"a\" at byte 45: type IQ4_XS is not supported, only F32 F16 BF16 Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 "
        "Q4_K Q5_K Q6_K.");
  check(with_tensor({32}, 1'000), errc::unsupported,
        "tensor \"a\" at byte 45: type number 1000 is unknown, only F32 F16 BF16 Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 "
        "Q4_K Q5_K Q6_K are "
        "supported.");
}

BOOST_AUTO_TEST_CASE(tensor_places) {
  const auto with_offsets = [](std::uint64_t first, std::uint64_t second) {
    raw_file file;
    file.tensor("a", {16}, f32, first);
    file.tensor("b", {16}, f32, second);
    file.data = 128;
    return file;
  };
  BOOST_TEST(model::gguf_file::parse(with_offsets(64, 0).bytes(), "good.gguf").has_value());
  check(with_offsets(0, 65), errc::malformed,
        "the offset of tensor \"b\" at byte 82 is 65, expected a multiple of 32.");
  check(with_offsets(0, 32), errc::malformed,
        "tensor \"b\" starts at byte 128, inside tensor \"a\" that ends at byte 160.");
  check(with_offsets(64, 64), errc::malformed,
        "tensor \"b\" starts at byte 160, inside tensor \"a\" that ends at byte 224.");
  check(with_offsets(0, 96), errc::malformed,
        "tensor \"b\" (F32, 64 bytes at offset 96 of the tensor data, which starts at byte 96) ends behind "
        "the file's end at byte 224: "
        "the file is truncated or damaged.");
  check(with_offsets(0, ~std::uint64_t{0} - 31), errc::malformed,
        "tensor \"b\" (F32, 64 bytes at offset 18446744073709551584 of the tensor data, which starts at byte "
        "96) ends behind the file's "
        "end at byte 224: the file is truncated or damaged.");
}

BOOST_AUTO_TEST_CASE(an_alignment_of_the_file_moves_its_data) {
  raw_file file;
  file.key("general.alignment", type_u32).put<std::uint32_t>(8);
  file.tensor("a", {2}, f32, 8);
  file.data = 64;
  BOOST_TEST(model::gguf_file::parse(file.bytes(), "good.gguf").has_value());
  file.tensors.clear();
  file.tensor("a", {2}, f32, 12);
  check(file, errc::malformed, "the offset of tensor \"a\" at byte 82 is 12, expected a multiple of 8.");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
