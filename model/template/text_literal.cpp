#include "model/template/text_literal.hpp"

#include "model/template/unicode.hpp"

#include <charconv>
#include <cstdint>

namespace hawser::model::jinja {

namespace {

constexpr std::string_view simple_from = "ntrabfv\\'\"";
constexpr std::string_view simple_to = "\n\t\r\a\b\f\v\\'\"";

/// Reads `digits` hexadecimal digits after the letter at `at`; false when they are not there.
bool append_hex(std::string& out, std::string_view s, std::size_t& at, std::size_t digits) {
  std::uint32_t c = 0;
  if (at + 1 + digits > s.size()) return false;
  const char* begin = s.data() + at + 1;
  const auto [end, wrong] = std::from_chars(begin, begin + digits, c, 16);
  if (wrong != std::errc{} || end != begin + digits || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
    return false;
  append_code_point(out, c);
  at += 1 + digits;
  return true;
}

bool append_octal(std::string& out, std::string_view s, std::size_t& at) {
  std::uint32_t c = 0;
  std::size_t end = at;
  while (end < s.size() && end < at + 3 && s[end] >= '0' && s[end] <= '7') {
    c = c * 8 + static_cast<std::uint32_t>(s[end++] - '0');
  }
  if (end == at) return false;
  append_code_point(out, c);
  at = end;
  return true;
}

}  // namespace

std::string unescaped(std::string_view quoted) {
  std::string out;
  out.reserve(quoted.size());
  for (std::size_t at = 0; at < quoted.size();) {
    if (quoted[at] != '\\' || at + 1 == quoted.size()) {
      out.push_back(quoted[at++]);
      continue;
    }
    ++at;
    const char c = quoted[at];
    if (const auto simple = simple_from.find(c); simple != std::string_view::npos) {
      out.push_back(simple_to[simple]);
      ++at;
    } else if (c == '\n') {
      ++at;
    } else if (append_octal(out, quoted, at) || (c == 'x' && append_hex(out, quoted, at, 2)) ||
               (c == 'u' && append_hex(out, quoted, at, 4)) || (c == 'U' && append_hex(out, quoted, at, 8))) {
      continue;
    } else {
      out.push_back('\\');
    }
  }
  return out;
}

}  // namespace hawser::model::jinja
