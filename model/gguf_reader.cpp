#include "model/gguf_reader.hpp"

#include "model/file_kind.hpp"
#include "model/wording.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace hawser::model {
namespace {

using wording::quoted;

constexpr std::uint64_t max_tensors = 65'536;
constexpr std::uint64_t max_keys = 65'536;
constexpr std::uint64_t max_key_length = 65'535;
constexpr std::uint64_t max_alignment = 1u << 20;
constexpr std::uint32_t max_array_depth = 4;
// The shortest forms: a key of one letter with a value of one byte, a tensor without name with one dimension.
constexpr std::uint64_t min_key_bytes = 8 + 1 + 4 + 1;
constexpr std::uint64_t min_tensor_bytes = 8 + 4 + 8 + 4 + 8;

bool is_known(value_type type) noexcept {
  return static_cast<std::uint32_t>(type) <= static_cast<std::uint32_t>(value_type::f64);
}

/// False when a * b does not fit.
bool multiply(std::uint64_t a, std::uint64_t b, std::uint64_t& product) noexcept {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) return false;
  product = a * b;
  return true;
}

bool all_boolean(std::span<const std::byte> bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b <= std::byte{1}; });
}

}  // namespace

error gguf_reader::cut_short(std::string_view what, std::uint64_t at, std::uint64_t needed) const {
  return failed(errc::malformed, what, " at byte ", at, " needs ", needed, " bytes, but only ",
                bytes_.size() - at, " are left: the file is truncated or damaged");
}

result<std::string_view> gguf_reader::read_string(std::string_view what) {
  const auto length = read<std::uint64_t>(std::string("the length of ").append(what));
  if (!length) return length.error();
  const std::uint64_t at = cursor_.offset();
  const auto text = cursor_.take(*length);
  if (!text) return cut_short(what, at, *length);
  return as_text(*text);
}

result<gguf_contents> gguf_reader::read() {
  for (const auto step : {&gguf_reader::read_header, &gguf_reader::read_metadata,
                          &gguf_reader::read_alignment, &gguf_reader::read_tensors, &gguf_reader::sort_names,
                          &gguf_reader::place_tensors, &gguf_reader::check_overlap}) {
    if (const auto done = (this->*step)(); !done) return done.error();
  }
  return std::move(contents_);
}

result<void> gguf_reader::read_header() {
  if (bytes_.empty()) return failed(errc::not_a_model, "the file is empty, expected a GGUF model");
  const auto magic = cursor_.take(4);
  if (!magic || as_text(*magic) != "GGUF") {
    return failed(errc::not_a_model, "not a GGUF file: ", describe_foreign_file(bytes_));
  }
  const auto version = read<std::uint32_t>("the version");
  if (!version) return version.error();
  if (*version != 2 && *version != 3) {
    const std::uint32_t swapped = __builtin_bswap32(*version);
    if (swapped >= 1 && swapped <= 3) {
      return failed(errc::unsupported, "a big-endian GGUF file (version ", swapped,
                    "), only little-endian ones are supported: convert it again without --bigendian");
    }
    return failed(errc::unsupported, "the version at byte 4 is ", *version, ", expected 2 or 3");
  }
  contents_.version = *version;
  const auto tensors = read<std::uint64_t>("the number of tensors");
  if (!tensors) return tensors.error();
  const auto keys = read<std::uint64_t>("the number of metadata keys");
  if (!keys) return keys.error();
  if (*tensors > max_tensors) {
    return failed(errc::over_limit, "the number of tensors at byte 8 is ", *tensors, ", expected at most ",
                  max_tensors);
  }
  if (*keys > max_keys) {
    return failed(errc::over_limit, "the number of metadata keys at byte 16 is ", *keys,
                  ", expected at most ", max_keys);
  }
  if (*tensors * min_tensor_bytes + *keys * min_key_bytes > cursor_.left()) {
    return failed(errc::malformed, "the header at byte 8 announces ", *tensors, " tensors and ", *keys,
                  " metadata keys, but only ", cursor_.left(),
                  " bytes follow: the file is truncated or damaged");
  }
  tensor_count_ = *tensors;
  key_count_ = *keys;
  return {};
}

result<void> gguf_reader::read_metadata() {
  contents_.metadata.reserve(key_count_);
  for (std::uint64_t i = 0; i < key_count_; ++i) {
    const std::uint64_t at = cursor_.offset();
    const auto key = read_string("a metadata key");
    if (!key) return key.error();
    if (key->empty()) return failed(errc::malformed, "the metadata key at byte ", at, " is empty");
    if (key->size() > max_key_length) {
      return failed(errc::over_limit, "the metadata key at byte ", at, " has ", key->size(),
                    " bytes, expected at most ", max_key_length);
    }
    auto value = read_value(*key);
    if (!value) return value.error();
    contents_.metadata.emplace_back(*key, *value);
  }
  return {};
}

result<metadata_value> gguf_reader::read_value(std::string_view key) {
  const std::string what = "the value of key " + quoted(key);
  const std::uint64_t at = cursor_.offset();
  const auto number = read<std::uint32_t>("the type of key " + quoted(key));
  if (!number) return number.error();
  metadata_value value;
  value.type_ = static_cast<value_type>(*number);
  if (!is_known(value.type_)) {
    return failed(errc::malformed, "the type of key ", quoted(key), " at byte ", at, " is ", *number,
                  ", expected a number from 0 to 12");
  }
  if (value.type_ == value_type::array) return read_array(key);
  if (value.type_ == value_type::string) {
    const auto text = read_string(what);
    if (!text) return text.error();
    value.bytes_ = std::as_bytes(std::span(text->data(), text->size()));
    return value;
  }
  const std::uint64_t start = cursor_.offset();
  const auto bytes = cursor_.take(fixed_size_of(value.type_));
  if (!bytes) return cut_short(what, start, fixed_size_of(value.type_));
  if (value.type_ == value_type::boolean && !all_boolean(*bytes)) {
    return failed(errc::malformed, what, " at byte ", start, " is ", std::to_integer<int>(bytes->front()),
                  ", expected 0 or 1 for a boolean");
  }
  value.bytes_ = *bytes;
  return value;
}

result<metadata_value> gguf_reader::read_array(std::string_view key) {
  const std::uint64_t at = cursor_.offset();
  const auto element = read<std::uint32_t>("the element type of key " + quoted(key));
  if (!element) return element.error();
  metadata_value value;
  value.type_ = value_type::array;
  value.element_ = static_cast<value_type>(*element);
  if (!is_known(value.element_)) {
    return failed(errc::malformed, "the element type of key ", quoted(key), " at byte ", at, " is ", *element,
                  ", expected a number from 0 to 12");
  }
  const auto count = read<std::uint64_t>("the element count of key " + quoted(key));
  if (!count) return count.error();
  value.count_ = *count;
  const std::uint64_t start = cursor_.offset();
  if (const auto skipped = skip_elements(key, value.element_, *count, 1); !skipped) return skipped.error();
  value.bytes_ = bytes_.subspan(start, cursor_.offset() - start);
  if (value.element_ == value_type::boolean && !all_boolean(value.bytes_)) {
    return failed(errc::malformed, "key ", quoted(key), " at byte ", start,
                  " is an array of booleans with an element other than 0 and 1");
  }
  return value;
}

result<void> gguf_reader::skip_elements(std::string_view key, value_type element, std::uint64_t count,
                                        std::uint32_t depth) {
  const std::uint64_t at = cursor_.offset();
  if (element == value_type::string) return skip_strings(key, count);
  if (element != value_type::array) {
    std::uint64_t needed = 0;
    if (!multiply(count, fixed_size_of(element), needed) || !cursor_.take(needed)) {
      return failed(errc::malformed, "the array of key ", quoted(key), " at byte ", at, " announces ", count,
                    " elements of type ", name_of(element), ", but only ", bytes_.size() - at,
                    " bytes are left: the file is truncated or damaged");
    }
    return {};
  }
  if (depth == max_array_depth) {
    return failed(errc::over_limit, "the array of key ", quoted(key), " at byte ", at,
                  " holds arrays nested deeper than ", max_array_depth, " levels");
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t inner_at = cursor_.offset();
    const auto inner = cursor_.take<std::uint32_t>();
    const auto inner_count = cursor_.take<std::uint64_t>();
    if (!inner || !inner_count)
      return cut_short("an array inside the array of key " + quoted(key), inner_at, 4 + 8);
    if (!is_known(static_cast<value_type>(*inner))) {
      return failed(errc::malformed, "the element type of an array inside the array of key ", quoted(key),
                    " at byte ", inner_at, " is ", *inner, ", expected a number from 0 to 12");
    }
    if (auto skipped = skip_elements(key, static_cast<value_type>(*inner), *inner_count, depth + 1); !skipped)
      return skipped;
  }
  return {};
}

result<void> gguf_reader::skip_strings(std::string_view key, std::uint64_t count) {
  constexpr std::uint64_t length_bytes = 8;
  const std::uint64_t at = cursor_.offset();
  if (count > cursor_.left() / length_bytes) {
    return failed(errc::malformed, "the array of key ", quoted(key), " at byte ", at, " announces ", count,
                  " strings, but only ", cursor_.left(), " bytes are left: the file is truncated or damaged");
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t string_at = cursor_.offset();
    const auto length = cursor_.take<std::uint64_t>();
    if (!length || !cursor_.take(*length)) {
      return failed(errc::malformed, "string ", i, " of key ", quoted(key), " at byte ", string_at,
                    length ? " has " + std::to_string(*length) + " bytes" : std::string(" has no length"),
                    ", but only ", cursor_.left(), " are left: the file is truncated or damaged");
    }
  }
  return {};
}

result<void> gguf_reader::read_alignment() {
  for (const auto& [key, value] : contents_.metadata) {
    if (key != "general.alignment") continue;
    const auto alignment = value.integer();
    if (!alignment) {
      return failed(errc::malformed, "key \"general.alignment\" is of type ", name_of(value.type()),
                    ", expected u32");
    }
    const auto unsigned_alignment = static_cast<std::uint64_t>(std::max<std::int64_t>(*alignment, 0));
    if (!std::has_single_bit(unsigned_alignment) || unsigned_alignment < 8 ||
        unsigned_alignment > max_alignment) {
      return failed(errc::malformed, "key \"general.alignment\" is ", *alignment,
                    ", expected a power of two from 8 to ", max_alignment);
    }
    contents_.alignment = unsigned_alignment;
  }
  return {};
}

result<void> gguf_reader::sort_names() {
  const auto sorted = [](std::size_t count, auto name_at) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return name_at(a) < name_at(b); });
    return order;
  };
  const auto key_at = [this](std::uint32_t i) { return contents_.metadata[i].first; };
  const auto tensor_at = [this](std::uint32_t i) { return contents_.tensors[i].name; };
  contents_.keys_by_name = sorted(contents_.metadata.size(), key_at);
  contents_.tensors_by_name = sorted(contents_.tensors.size(), tensor_at);
  const auto twice = [](const std::vector<std::uint32_t>& order, auto name_at) {
    return std::adjacent_find(order.begin(), order.end(),
                              [&](std::uint32_t a, std::uint32_t b) { return name_at(a) == name_at(b); });
  };
  if (const auto at = twice(contents_.keys_by_name, key_at); at != contents_.keys_by_name.end()) {
    return failed(errc::malformed, "the metadata key ", quoted(key_at(*at)), " stands in the file twice");
  }
  if (const auto at = twice(contents_.tensors_by_name, tensor_at); at != contents_.tensors_by_name.end()) {
    return failed(errc::malformed, "the tensor ", quoted(tensor_at(*at)), " stands in the file twice");
  }
  return {};
}

}  // namespace hawser::model
