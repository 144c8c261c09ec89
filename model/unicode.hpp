/// UTF-8, and the character classes that pre-tokenizers speak of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hawser::model {

/// One bit a kind, so that sets of kinds are masks. The order is that of make_unicode_ranges.py.
enum character_kind : std::uint16_t {
  kind_space = 1 << 0,         ///< White_Space, line ends included
  kind_upper = 1 << 1,         ///< Lu
  kind_lower = 1 << 2,         ///< Ll
  kind_title = 1 << 3,         ///< Lt
  kind_modifier = 1 << 4,      ///< Lm
  kind_other_letter = 1 << 5,  ///< Lo
  kind_mark = 1 << 6,          ///< M
  kind_digit = 1 << 7,         ///< Nd
  kind_other_number = 1 << 8,  ///< Nl, No
  kind_connector = 1 << 9,     ///< Pc
  kind_other_punctuation = 1 << 10,
  kind_symbol = 1 << 11,    ///< S
  kind_han = 1 << 12,       ///< the script, beside one of the others
  kind_line_end = 1 << 13,  ///< \r and \n, beside kind_space
  kind_word = 1 << 14,      ///< what \w matches, beside one of the others
};
inline constexpr std::uint16_t kind_letter =
    kind_upper | kind_lower | kind_title | kind_modifier | kind_other_letter;
inline constexpr std::uint16_t kind_number = kind_digit | kind_other_number;
inline constexpr std::uint16_t kind_punctuation = kind_connector | kind_other_punctuation;

/// A character of a text. A byte that belongs to no valid UTF-8 sequence is one character, of the kind of
/// U+FFFD. Past the end: no bytes, no kind.
struct character {
  char32_t code = 0;
  std::uint16_t kinds = 0;
  std::uint16_t bytes = 0;

  [[nodiscard]] bool is(std::uint16_t mask) const noexcept { return (kinds & mask) != 0; }
};

inline constexpr char32_t replacement_character = 0xFFFD;

[[nodiscard]] std::uint16_t kinds_of(char32_t code) noexcept;

/// The character that begins at byte `at`, which may be the end of the text.
[[nodiscard]] character character_at(std::string_view text, std::size_t at) noexcept;

/// What the bytes at the front of a text are. `bytes` is the length of the whole character (complete), of
/// what is there of it (cut_short), or of the part that U+FFFD stands for (broken; the maximal subpart of
/// Unicode 3.9).
struct utf8_prefix {
  enum state_type : std::uint8_t { complete, cut_short, broken };
  state_type state = broken;
  std::uint8_t bytes = 1;
  char32_t code = replacement_character;
};

/// `text` is not empty.
[[nodiscard]] utf8_prefix read_utf8(std::string_view text) noexcept;

/// (first code point << 8) | word << 5 | han << 4 | kind, ascending; kind counts from 1, and 0 is none.
[[nodiscard]] std::span<const std::uint32_t> unicode_ranges() noexcept;

}  // namespace hawser::model
