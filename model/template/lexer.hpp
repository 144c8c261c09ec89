/// Template source to tokens, with Jinja's white space control: trim_blocks and lstrip_blocks on, one final
/// newline dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::model::jinja {

struct place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;  ///< in bytes, from 1
};

enum class token_kind : std::uint8_t {
  data,
  print_begin,
  print_end,
  tag_begin,
  tag_end,
  name,
  text,
  integer,
  real,
  symbol,
  end
};

struct token {
  token_kind kind = token_kind::end;
  std::string words;  ///< data and text: the content; otherwise as written (numbers without underscores)
  place at;
};

/// The whole template. Throws trouble for an unclosed tag, comment, raw block, string or bracket, and for a
/// character that begins nothing.
[[nodiscard]] std::vector<token> tokenize(std::string_view source);

/// "line 3, column 7: "
[[nodiscard]] std::string in_words(place at);

}  // namespace hawser::model::jinja
