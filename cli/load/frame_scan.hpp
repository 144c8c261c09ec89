/// What a piece of an answer says, found by looking for it and not by parsing JSON: a run sees thousands of
/// them a second.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hawser::load {

struct frame {
  enum class sort : std::uint8_t {
    text,   ///< something of the answer
    other,  ///< a role, a finish reason, counts
    error,  ///< the stream failed
    done,   ///< "[DONE]"
  };
  sort is = sort::other;
  /// The text, as it stands between the quotes of its JSON string; empty for tool calls.
  std::string_view text;
};

/// One event's data. Text is a string that is not empty under "content", "text", "reasoning_content" or
/// "reasoning"; a key inside of a text is not taken for one, because its quotes are escaped.
[[nodiscard]] frame scan_frame(std::string_view data) noexcept;

/// The number behind the last `"name":`, such as completion_tokens.
[[nodiscard]] std::optional<std::uint64_t> find_count(std::string_view json,
                                                      std::string_view quoted_name) noexcept;

/// The string behind the first `"name":` whose value is a string, between its quotes; escapes stay as they
/// are.
[[nodiscard]] std::optional<std::string_view> find_text(std::string_view json,
                                                        std::string_view quoted_name) noexcept;

}  // namespace hawser::load
