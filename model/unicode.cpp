#include "model/unicode.hpp"

#include <array>
#include <vector>

namespace hawser::model {

namespace {

constexpr std::size_t page_size = 256;
constexpr char32_t end_of_codes = 0x110000;

/// Two levels: a page number for each 256 code points, and the pages that differ.
class kind_table {
 public:
  kind_table() {
    const auto ranges = unicode_ranges();
    std::size_t next = 0;
    std::uint16_t kinds = 0;
    std::array<std::uint16_t, page_size> page{};
    for (char32_t code = 0; code < end_of_codes; ++code) {
      if (next < ranges.size() && ranges[next] >> 8 == code) kinds = mask(ranges[next++] & 0xFF);
      page[code % page_size] = code == '\r' || code == '\n' ? kinds | kind_line_end : kinds;
      if (code % page_size == page_size - 1) add(code / page_size, page);
    }
  }

  [[nodiscard]] std::uint16_t operator[](char32_t code) const noexcept {
    return kinds_[page_of_[code / page_size] * page_size + code % page_size];
  }

 private:
  static std::uint16_t mask(std::uint32_t entry) noexcept {
    const auto kind = entry & 15;
    unsigned bits = kind == 0 ? 0U : 1U << (kind - 1);
    if ((entry & 16) != 0) bits |= kind_han;
    if ((entry & 32) != 0) bits |= kind_word;
    return static_cast<std::uint16_t>(bits);
  }

  void add(std::size_t number, const std::array<std::uint16_t, page_size>& page) {
    const std::size_t pages = kinds_.size() / page_size;
    // Long runs (ideographs, private use, unassigned planes) repeat the page before them.
    if (pages == 0 || !std::equal(page.begin(), page.end(), kinds_.end() - page_size)) {
      page_of_[number] = static_cast<std::uint16_t>(pages);
      kinds_.insert(kinds_.end(), page.begin(), page.end());
    } else {
      page_of_[number] = static_cast<std::uint16_t>(pages - 1);
    }
  }

  std::array<std::uint16_t, end_of_codes / page_size> page_of_{};
  std::vector<std::uint16_t> kinds_;
};

const kind_table& kinds() {
  static const kind_table table;
  return table;
}

struct sequence {
  std::uint8_t bytes;
  std::uint8_t second_low;
  std::uint8_t second_high;
};

/// What may follow a first byte (table 3-7 of the Unicode standard); no bytes: it cannot be a first byte.
constexpr sequence sequence_of(unsigned char first) noexcept {
  if (first < 0xC2) return {0, 0, 0};
  if (first < 0xE0) return {2, 0x80, 0xBF};
  if (first < 0xF0) {
    return {3, static_cast<std::uint8_t>(first == 0xE0 ? 0xA0 : 0x80),
            static_cast<std::uint8_t>(first == 0xED ? 0x9F : 0xBF)};
  }
  if (first < 0xF5) {
    return {4, static_cast<std::uint8_t>(first == 0xF0 ? 0x90 : 0x80),
            static_cast<std::uint8_t>(first == 0xF4 ? 0x8F : 0xBF)};
  }
  return {0, 0, 0};
}

}  // namespace

std::uint16_t kinds_of(char32_t code) noexcept {
  return code < end_of_codes ? kinds()[code] : std::uint16_t{0};
}

utf8_prefix read_utf8(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {utf8_prefix::complete, 1, first};
  const sequence expected = sequence_of(first);
  if (expected.bytes == 0) return {};
  char32_t code = first & (0x7FU >> expected.bytes);
  for (std::uint8_t i = 1; i < expected.bytes; ++i) {
    if (i == text.size()) return {utf8_prefix::cut_short, i, replacement_character};
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool fits =
        i == 1 ? byte >= expected.second_low && byte <= expected.second_high : (byte & 0xC0U) == 0x80;
    if (!fits) return {utf8_prefix::broken, i, replacement_character};
    code = code << 6 | (byte & 0x3FU);
  }
  return {utf8_prefix::complete, expected.bytes, code};
}

character character_at(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return {};
  const utf8_prefix read = read_utf8(text.substr(at, 4));
  if (read.state != utf8_prefix::complete) return {replacement_character, kind_symbol, 1};
  return {read.code, kinds()[read.code], read.bytes};
}

}  // namespace hawser::model
