/// UTF-8 as Python's str sees it: code points, white space, case.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hawser::model::jinja {

[[nodiscard]] bool is_ascii(std::string_view s) noexcept;

/// Reads the code point at `at` and moves past it. A malformed byte is one code point of its own, 0xDC00 +
/// byte.
[[nodiscard]] char32_t next_code_point(std::string_view s, std::size_t& at) noexcept;
void append_code_point(std::string& out, char32_t c);

[[nodiscard]] std::size_t count_code_points(std::string_view s) noexcept;

/// Offset of code point number `n`; the size when there are no more than `n`.
[[nodiscard]] std::size_t offset_of(std::string_view s, std::size_t n) noexcept;

// As str.isspace, isprintable, isalpha, ... of one code point.
[[nodiscard]] bool is_space(char32_t c) noexcept;
[[nodiscard]] bool is_line_break(char32_t c) noexcept;
[[nodiscard]] bool is_printable(char32_t c) noexcept;
[[nodiscard]] bool is_alpha(char32_t c) noexcept;
[[nodiscard]] bool is_digit(char32_t c) noexcept;
[[nodiscard]] bool is_upper(char32_t c) noexcept;
[[nodiscard]] bool is_lower(char32_t c) noexcept;

// Case maps one to one, but for the sharp s.
[[nodiscard]] char32_t upper(char32_t c) noexcept;
[[nodiscard]] char32_t lower(char32_t c) noexcept;
/// Both as Python has them: a sharp s becomes two letters.
void append_upper(std::string& out, char32_t c);
void append_title(std::string& out, char32_t c);
[[nodiscard]] std::string to_upper(std::string_view s);
[[nodiscard]] std::string to_lower(std::string_view s);
[[nodiscard]] std::string capitalized(std::string_view s);

/// Without the code points at its ends that are white space, or that `chars` holds when it is given.
[[nodiscard]] std::string_view stripped(std::string_view s, bool left, bool right,
                                        const std::string_view* chars = nullptr);

}  // namespace hawser::model::jinja
