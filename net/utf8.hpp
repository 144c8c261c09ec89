/// UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace hawser::net {

/// Length in bytes of the character at the front of `text`: 1..4, or 0 where none begins or it is cut off.
/// Never 0 for ASCII.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;
/// Bytes of `text` before its first ill-formed one: text.size() when there is none.
[[nodiscard]] std::size_t utf8_valid_prefix(std::string_view text) noexcept;
/// Characters in well-formed `text`.
[[nodiscard]] std::size_t utf8_count(std::string_view text) noexcept;

}  // namespace hawser::net
