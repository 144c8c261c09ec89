#include "model/template/unicode.hpp"

#include <locale.h>  // NOLINT(modernize-deprecated-headers): POSIX newlocale

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cwctype>
#include <iterator>

namespace hawser::model::jinja {

namespace {

constexpr char32_t sharp_s = 0xDF;

/// glibc's own Unicode tables, whatever the process's locale is. Null (on a system without C.UTF-8): ASCII
/// only.
locale_t unicode_locale() noexcept {
  static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return made;
}

template <class Ask>
bool ask(char32_t c, Ask&& question) noexcept {
  const locale_t l = unicode_locale();
  return l != nullptr && question(static_cast<wint_t>(c), l) != 0;
}

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u;
}

constexpr char32_t malformed = 0xDC00;  // the lone surrogates that Python's surrogateescape uses

}  // namespace

bool is_ascii(std::string_view s) noexcept {
  unsigned char all = 0;
  for (const char c : s) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all < 0x80;
}

char32_t next_code_point(std::string_view s, std::size_t& at) noexcept {
  const auto first = static_cast<unsigned char>(s[at]);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 1) {
    ++at;
    return first;
  }
  if (length == 0 || first > 0xF4 || at + length > s.size()) {
    ++at;
    return malformed + first;
  }
  char32_t c = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(s[at + i])) {
      ++at;
      return malformed + first;
    }
    c = c << 6 | (static_cast<unsigned char>(s[at + i]) & 0x3Fu);
  }
  at += length;
  return c;
}

void append_code_point(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c >= malformed + 0x80 && c <= malformed + 0xFF) {
    put(c - malformed);
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::size_t count_code_points(std::string_view s) noexcept {
  std::size_t n = 0;
  for (std::size_t at = 0; at < s.size(); ++n) static_cast<void>(next_code_point(s, at));
  return n;
}

std::size_t offset_of(std::string_view s, std::size_t n) noexcept {
  std::size_t at = 0;
  for (; n > 0 && at < s.size(); --n) static_cast<void>(next_code_point(s, at));
  return at;
}

bool is_space(char32_t c) noexcept {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_line_break(char32_t c) noexcept {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool is_printable(char32_t c) noexcept {
  if (c < 0x7F) return c >= 0x20;
  return !is_space(c) && ask(c, iswprint_l);
}

bool is_alpha(char32_t c) noexcept {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return ask(c, iswalpha_l) && !is_digit(c);
}

bool is_digit(char32_t c) noexcept {
  if (c < 0x80) return c >= '0' && c <= '9';
  // The scripts whose ten digits stand in a row, as far as chats meet them.
  constexpr char32_t zeros[] = {0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66,  0xAE6,  0xB66,  0xBE6, 0xC66,
                                0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0x1810, 0xFF10};
  return std::any_of(std::begin(zeros), std::end(zeros), [c](char32_t z) { return c >= z && c < z + 10; }) ||
         c == 0xB2 || c == 0xB3 || c == 0xB9;
}

bool is_upper(char32_t c) noexcept {
  return c < 0x80 ? c >= 'A' && c <= 'Z' : ask(c, iswupper_l);
}

bool is_lower(char32_t c) noexcept {
  return c < 0x80 ? c >= 'a' && c <= 'z' : ask(c, iswlower_l);
}

char32_t upper(char32_t c) noexcept {
  if (c < 0x80) return is_lower(c) ? c - 32 : c;
  return unicode_locale() != nullptr
             ? static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), unicode_locale()))
             : c;
}

char32_t lower(char32_t c) noexcept {
  if (c < 0x80) return is_upper(c) ? c + 32 : c;
  return unicode_locale() != nullptr
             ? static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), unicode_locale()))
             : c;
}

void append_upper(std::string& out, char32_t c) {
  if (c == sharp_s) {
    out += "SS";
  } else {
    append_code_point(out, upper(c));
  }
}

void append_title(std::string& out, char32_t c) {
  if (c == sharp_s) {
    out += "Ss";
  } else {
    append_code_point(out, upper(c));
  }
}

std::string to_upper(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t at = 0; at < s.size();) append_upper(out, next_code_point(s, at));
  return out;
}

std::string to_lower(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t at = 0; at < s.size();) append_code_point(out, lower(next_code_point(s, at)));
  return out;
}

std::string capitalized(std::string_view s) {
  if (s.empty()) return {};
  std::size_t at = 0;
  std::string out;
  append_title(out, next_code_point(s, at));
  return out + to_lower(s.substr(at));
}

std::string_view stripped(std::string_view s, bool left, bool right, const std::string_view* chars) {
  const auto goes = [chars](std::string_view one) {
    std::size_t at = 0;
    return chars != nullptr ? chars->find(one) != std::string_view::npos : is_space(next_code_point(one, at));
  };
  while (left && !s.empty()) {
    std::size_t end = 0;
    static_cast<void>(next_code_point(s, end));
    if (!goes(s.substr(0, end))) break;
    s.remove_prefix(end);
  }
  while (right && !s.empty()) {
    std::size_t begin = s.size() - 1;
    while (begin > 0 && s.size() - begin < 4 && is_continuation(s[begin])) --begin;
    std::size_t end = begin;
    static_cast<void>(next_code_point(s, end));
    if (end != s.size()) begin = s.size() - 1;  // malformed: one byte at a time
    if (!goes(s.substr(begin))) break;
    s.remove_suffix(s.size() - begin);
  }
  return s;
}

}  // namespace hawser::model::jinja
