#include "model/wording.hpp"

#include <cstddef>

namespace hawser::model::wording {

std::string quoted(std::string_view text) {
  constexpr std::size_t shown = 80;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text.substr(0, shown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += text.size() > shown ? "...\"" : "\"";
  return out;
}

}  // namespace hawser::model::wording
