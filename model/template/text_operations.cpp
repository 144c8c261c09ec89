#include "model/template/text_operations.hpp"

#include "model/template/operators.hpp"
#include "model/template/printing.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace hawser::model::jinja {

namespace {

class splitter {
 public:
  splitter(meter& m, std::string_view s, std::int64_t most) : meter_(m), rest_(s), left_(most) {
    m.work(s.size());
  }

  value at(std::string_view separator, bool from_right) {
    if (from_right) return at_from_right(separator);
    for (std::size_t found = 0; more(); rest_.remove_prefix(found + separator.size())) {
      found = find_in(rest_, separator);
      if (found == std::string_view::npos) break;
      add(rest_.substr(0, found));
    }
    add(rest_);
    return done(false);
  }

  value at_spaces(bool from_right) {
    while (true) {
      rest_ = stripped(rest_, !from_right, from_right);
      if (rest_.empty()) break;
      if (!more()) {
        add(rest_);
        break;
      }
      const std::size_t word = from_right ? word_at_end() : word_at_begin();
      if (from_right) {
        add(rest_.substr(rest_.size() - word));
        rest_.remove_suffix(word);
      } else {
        add(rest_.substr(0, word));
        rest_.remove_prefix(word);
      }
    }
    return done(from_right);
  }

 private:
  bool more() { return left_ < 0 || left_-- > 0; }

  void add(std::string_view piece) {
    meter_.step();
    made_.push_back(make_text(meter_, std::string(piece)));
  }

  value done(bool reversed) {
    if (reversed) std::reverse(made_.begin(), made_.end());
    return make_list(meter_, std::move(made_));
  }

  value at_from_right(std::string_view separator) {
    // Forward search in the mirrored text is what keeps this linear.
    const std::string mirrored(rest_.rbegin(), rest_.rend());
    const std::string sought(separator.rbegin(), separator.rend());
    std::size_t at = 0;
    while (more()) {
      const std::size_t found = find_in(mirrored, sought, at);
      if (found == std::string::npos) break;
      add(rest_.substr(rest_.size() - found, found - at));
      at = found + sought.size();
    }
    add(rest_.substr(0, rest_.size() - at));
    return done(true);
  }

  [[nodiscard]] std::size_t word_at_begin() const {
    std::size_t end = 0;
    while (end < rest_.size()) {
      std::size_t next = end;
      if (is_space(next_code_point(rest_, next))) break;
      end = next;
    }
    return end;
  }

  [[nodiscard]] std::size_t word_at_end() const {
    std::size_t begin = rest_.size();
    while (begin > 0) {
      std::size_t at = begin - 1;
      while (at > 0 && begin - at < 4 && (static_cast<unsigned char>(rest_[at]) & 0xC0u) == 0x80u) --at;
      if (is_space(next_code_point(rest_, at))) break;
      --begin;
      while (begin > 0 && (static_cast<unsigned char>(rest_[begin]) & 0xC0u) == 0x80u) --begin;
    }
    return rest_.size() - begin;
  }

  meter& meter_;
  std::string_view rest_;
  std::int64_t left_;
  std::vector<value> made_;
};

/// Digits with single underscores between them, without the underscores; false when they stand elsewhere.
bool without_underscores(std::string_view s, std::string& out) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '_') {
      out.push_back(s[i]);
    } else if (i == 0 || i + 1 == s.size() || s[i - 1] == '_') {
      return false;
    }
  }
  return !out.empty();
}

}  // namespace

value replaced(meter& m, std::string_view s, std::string_view from, std::string_view to, std::int64_t count) {
  text_builder out(m);
  std::size_t at = 0;
  m.work(s.size());
  const auto more = [&count] { return count < 0 || count-- > 0; };
  if (from.empty()) {  // before each code point and at the end
    while (more()) {
      out.append(to);
      if (at == s.size()) return make_text(m, out.take());
      const std::size_t begin = at;
      static_cast<void>(next_code_point(s, at));
      out.append(s.substr(begin, at - begin));
    }
    out.append(s.substr(at));
    return make_text(m, out.take());
  }
  while (more()) {
    const std::size_t found = find_in(s, from, at);
    if (found == std::string_view::npos) break;
    out.append(s.substr(at, found - at));
    out.append(to);
    at = found + from.size();
  }
  out.append(s.substr(at));
  return make_text(m, out.take());
}

value split(meter& m, std::string_view s, const std::string* separator, std::int64_t most, bool from_right) {
  splitter pieces(m, s, most);
  if (separator == nullptr) return pieces.at_spaces(from_right);
  if (separator->empty()) fail("split() wants a separator that is not empty");
  return pieces.at(*separator, from_right);
}

value split_lines(meter& m, std::string_view s, bool keep_ends) {
  std::vector<value> made;
  m.work(s.size());
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t begin = at;
    std::size_t end = at;
    while (at < s.size()) {
      end = at;
      const char32_t c = next_code_point(s, at);
      if (is_line_break(c)) {
        if (c == '\r' && at < s.size() && s[at] == '\n') ++at;
        break;
      }
      end = at;
    }
    m.step();
    made.push_back(make_text(m, std::string(s.substr(begin, (keep_ends ? at : end) - begin))));
  }
  return make_list(m, std::move(made));
}

std::string titled_words(std::string_view s) {
  std::string out;
  bool inside = false;
  for (std::size_t at = 0; at < s.size();) {
    const char32_t c = next_code_point(s, at);
    inside ? append_code_point(out, lower(c)) : append_title(out, c);
    inside = is_upper(c) || is_lower(c);
  }
  return out;
}

std::string titled_filter(std::string_view s) {
  std::string out;
  bool inside = false;
  for (std::size_t at = 0; at < s.size();) {
    const char32_t c = next_code_point(s, at);
    const bool breaks = is_space(c) || (c < 0x80 && std::string_view("-({[<").find(static_cast<char>(c)) !=
                                                        std::string_view::npos);
    inside ? append_code_point(out, lower(c)) : append_upper(out, c);
    inside = !breaks;
  }
  return out;
}

value joined_texts(meter& m, const std::vector<value>& items, std::string_view separator) {
  text_builder out(m);
  bool first = true;
  for (const value& v : items) {
    m.step();
    if (!first) out.append(separator);
    first = false;
    print(m, v, out);
  }
  return make_text(m, out.take());
}

std::size_t count_in(std::string_view s, std::string_view part) noexcept {
  if (part.empty()) return count_code_points(s) + 1;
  std::size_t n = 0;
  for (std::size_t at = find_in(s, part); at != std::string_view::npos;
       at = find_in(s, part, at + part.size()))
    ++n;
  return n;
}

std::size_t find_last_in(meter& m, std::string_view s, std::string_view part) {
  m.work(2 * s.size());
  const std::string mirrored(s.rbegin(), s.rend());
  const std::size_t found = find_in(mirrored, std::string(part.rbegin(), part.rend()));
  return found == std::string::npos ? std::string_view::npos : s.size() - found - part.size();
}

std::optional<std::int64_t> read_integer(std::string_view s, int base) {
  s = stripped(s, true, true);
  const bool negative = s.starts_with("-");
  if (negative || s.starts_with("+")) s.remove_prefix(1);
  if (s.size() > 2 && s[0] == '0') {
    const char letter = static_cast<char>(s[1] | 0x20);
    if ((base == 16 && letter == 'x') || (base == 8 && letter == 'o') || (base == 2 && letter == 'b')) {
      s.remove_prefix(s[2] == '_' ? 3 : 2);
    }
  }
  std::string digits;
  if (base < 2 || base > 36 || !without_underscores(s, digits) || digits[0] == '-') return std::nullopt;
  if (negative) digits.insert(0, "-");
  std::int64_t n = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), n, base);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (wrong == std::errc::result_out_of_range)
    fail("the number " + digits.substr(0, 40) + " is too large (64 bits is the limit)");
  return wrong == std::errc{} ? std::optional<std::int64_t>(n) : std::nullopt;
}

std::optional<double> read_real(std::string_view s) {
  std::string digits;
  if (!without_underscores(stripped(s, true, true), digits)) return std::nullopt;
  const bool negative = digits[0] == '-';
  if (negative || digits[0] == '+') digits.erase(0, 1);
  const std::string words = to_lower(digits);
  double d = 0;
  if (words == "inf" || words == "infinity") {
    d = std::numeric_limits<double>::infinity();
  } else if (words == "nan") {
    d = std::numeric_limits<double>::quiet_NaN();
  } else {
    if (words.empty() || (words[0] != '.' && (words[0] < '0' || words[0] > '9'))) return std::nullopt;
    const auto [end, wrong] = std::from_chars(words.data(), words.data() + words.size(), d);
    if (end != words.data() + words.size()) return std::nullopt;
    if (wrong == std::errc::result_out_of_range) {
      const auto power = words.find("e-");
      d = power != std::string::npos ? 0 : std::numeric_limits<double>::infinity();
    }
  }
  return negative ? -d : d;
}

}  // namespace hawser::model::jinja
