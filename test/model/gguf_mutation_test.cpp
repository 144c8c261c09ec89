// A small valid file, broken in every way that one byte, one field or one cut can break it: the answer is a
// model or one clear sentence, never a crash, and never a large allocation.
#include "model/decoder_spec.hpp"
#include "model/gguf.hpp"
#include "model/vocabulary.hpp"
#include "test/model/gguf_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace {

std::atomic<std::size_t> largest_allocation{0};

/// The tensors of the 1,024 layers that a specification may ask for, 17 pointers each, and as much again.
constexpr std::size_t allowed = 256u * 1024u;

}  // namespace

// The program's own allocation functions, to see how much a file can make the reader ask for.
void* operator new(std::size_t size) {
  if (size > largest_allocation.load(std::memory_order_relaxed)) largest_allocation = size;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

using namespace hawser;

std::vector<std::byte> small_valid_file() {
  test::gguf_writer writer;
  writer.add_string("general.architecture", "llama");
  writer.add_u32("general.alignment", 32);
  writer.add_u32("llama.block_count", 1);
  writer.add_u32("llama.context_length", 8);
  writer.add_u32("llama.embedding_length", 4);
  writer.add_u32("llama.feed_forward_length", 4);
  writer.add_u32("llama.attention.head_count", 2);
  writer.add_f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  writer.add_string("tokenizer.ggml.model", "llama");
  writer.add_strings("tokenizer.ggml.tokens", std::array<std::string, 3>{"<unk>", "<s>", "</s>"});
  writer.add_f32s("tokenizer.ggml.scores", std::array{0.0f, -1.0f, -2.0f});
  writer.add_i32s("tokenizer.ggml.token_type", std::array{2, 3, 3});
  writer.add_bool("tokenizer.ggml.add_bos_token", true);
  writer.add_bools("flags", {true, false});
  writer.add_tensor("token_embd.weight", model::tensor_type::f32, {4, 3}, std::vector<std::byte>(48));
  writer.add_tensor("output_norm.weight", model::tensor_type::f16, {4}, std::vector<std::byte>(8));
  writer.add_tensor("blk.0.ffn_up.weight", model::tensor_type::q8_0, {32}, std::vector<std::byte>(34));
  return writer.finish();
}

/// One printable sentence that starts with the file's name and ends with a full stop.
void require_clear(const model::error& error) {
  const std::string& what = error.what;
  BOOST_REQUIRE_MESSAGE(what.starts_with("small: ") && what.ends_with('.') && what.size() < 600, what);
  BOOST_REQUIRE_MESSAGE(std::all_of(what.begin(), what.end(), [](char c) { return c >= ' ' && c < 0x7f; }),
                        what);
}

/// Reads all that there is to read; true when the file parsed.
bool survives(std::span<const std::byte> bytes) {
  // A block of its own of this exact size, so that the address sanitizer sees a read behind the end.
  const auto copy = std::make_unique<std::byte[]>(bytes.size());
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  const auto file = model::gguf_file::parse({copy.get(), bytes.size()}, "small");
  if (!file) {
    require_clear(file.error());
    return false;
  }
  const auto& gguf = **file;
  for (const auto& [key, value] : gguf.metadata()) {
    BOOST_REQUIRE(gguf.find(key) == &value);
    std::size_t found =
        value.integer().has_value() + value.number().has_value() + value.boolean().has_value();
    if (const auto text = value.string()) found += text->size();
    if (const auto texts = value.strings()) found += texts->size();
    if (const auto integers = value.integers()) found += integers->size();
    if (const auto numbers = value.numbers()) found += numbers->size();
    BOOST_REQUIRE(found <= 2 * bytes.size() + 3);
  }
  for (const auto& tensor : gguf.tensors()) {
    BOOST_REQUIRE(gguf.find_tensor(tensor.name) == &tensor);
    BOOST_REQUIRE(tensor.row_bytes() * tensor.rows() == tensor.data.size());
    std::vector<float> row(tensor.columns());
    model::dequantize(tensor.type, tensor.row(tensor.rows() - 1), row);
  }
  if (const auto words = model::read_vocabulary(gguf); !words) require_clear(words.error());
  const auto spec = model::read_decoder_spec(gguf);
  const auto bound =
      spec ? model::bind_tensors(gguf, *spec) : model::result<model::decoder_tensors>(spec.error());
  if (!bound) require_clear(bound.error());
  return true;
}

/// Runs the body and tells the largest piece of memory that it asked for.
template <class Body>
std::size_t largest_during(Body body) {
  largest_allocation = 0;
  body();
  return largest_allocation;
}

BOOST_AUTO_TEST_SUITE(gguf_mutation)

BOOST_AUTO_TEST_CASE(the_file_itself_is_good) {
  const auto bytes = small_valid_file();
  BOOST_TEST(survives(bytes));
  const auto file = model::gguf_file::parse(bytes, "small").value();
  BOOST_TEST(model::read_vocabulary(*file).has_value());
  BOOST_TEST(model::read_decoder_spec(*file).has_value());
}

BOOST_AUTO_TEST_CASE(every_truncation_is_told) {
  const auto bytes = small_valid_file();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST_INFO("cut to " << size << " bytes");
    BOOST_REQUIRE(!survives(std::span(bytes).first(size)));
  }
}

BOOST_AUTO_TEST_CASE(every_value_of_every_byte_is_survived) {
  auto bytes = small_valid_file();
  const std::size_t largest = largest_during([&] {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const std::byte kept = bytes[at];
      for (int value = 0; value < 256; ++value) {
        bytes[at] = static_cast<std::byte>(value);
        survives(bytes);
      }
      bytes[at] = kept;
    }
  });
  BOOST_TEST(largest < allowed);
}

BOOST_AUTO_TEST_CASE(every_field_with_every_telling_value_is_survived) {
  const auto bytes = small_valid_file();
  const std::uint64_t size = bytes.size();
  const std::array<std::uint64_t, 18> values{0,
                                             1,
                                             2,
                                             31,
                                             32,
                                             33,
                                             size - 1,
                                             size,
                                             size + 1,
                                             65'536,
                                             65'537,
                                             0x7fffffff,
                                             0x80000000,
                                             0xffffffff,
                                             std::uint64_t{1} << 32,
                                             std::uint64_t{1} << 61,
                                             std::uint64_t{1} << 63,
                                             ~std::uint64_t{0}};
  const std::size_t largest = largest_during([&] {
    for (std::size_t at = 0; at + 4 <= bytes.size(); ++at) {
      for (const std::uint64_t value : values) {
        auto changed = bytes;
        std::memcpy(&changed[at], &value, 4);
        survives(changed);
        if (at + 8 > bytes.size()) continue;
        std::memcpy(&changed[at], &value, 8);
        survives(changed);
      }
    }
  });
  BOOST_TEST(largest < allowed);
}

BOOST_AUTO_TEST_CASE(bytes_taken_out_or_doubled_are_survived) {
  const auto bytes = small_valid_file();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto shorter = bytes;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at));
    survives(shorter);
    auto longer = bytes;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(at), bytes[at]);
    survives(longer);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
