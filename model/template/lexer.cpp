#include "model/template/lexer.hpp"

#include "model/template/meter.hpp"
#include "model/template/text_literal.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>
#include <array>

namespace hawser::model::jinja {

namespace {

std::string with_plain_newlines(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      out.push_back(source[i]);
      continue;
    }
    out.push_back('\n');
    if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

bool is_digit_byte(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_byte(char c) {
  return is_digit_byte(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class lexer {
 public:
  explicit lexer(std::string_view source) : owned_(with_plain_newlines(source)), rest_(owned_) {}

  std::vector<token> run() {
    while (at_ < rest_.size()) data();
    add(token_kind::end, "end of the template");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void wrong(place at, const std::string& what) const { fail(in_words(at) + what); }

  /// Moves on, counting lines.
  void skip(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i, ++at_) {
      if (rest_[at_] == '\n') {
        ++here_.line;
        here_.column = 0;
      }
      ++here_.column;
    }
  }

  void add(token_kind kind, std::string words) { tokens_.push_back({kind, std::move(words), here_}); }

  [[nodiscard]] bool ahead(std::string_view s) const { return rest_.substr(at_).starts_with(s); }

  void skip_space() {
    std::size_t end = at_;
    while (end < rest_.size()) {
      std::size_t next = end;
      if (!is_space(next_code_point(rest_, next))) break;
      end = next;
    }
    skip(end - at_);
  }

  /// After "-%}" all white space goes, after "%}" one newline, after "+%}" nothing. `close` is "%}" or "#}".
  bool close(std::string_view end) {
    if (ahead("-") && rest_.substr(at_ + 1).starts_with(end)) {
      skip(1 + end.size());
      const std::size_t before = at_;
      skip_space();
      line_start_ = at_ > before && rest_[at_ - 1] == '\n';
      return true;
    }
    const bool plus = ahead("+") && rest_.substr(at_ + 1).starts_with(end) && end != "}}";
    if (!plus && !ahead(end)) return false;
    skip(end.size() + (plus ? 1 : 0));
    line_start_ = false;
    if (!plus && end != "}}" && ahead("\n")) {
      skip(1);
      line_start_ = true;
    }
    return true;
  }

  /// What stands before a tag, cut by its sign ('-', '+' or none); lstrip only before blocks and comments.
  void emit_data(std::string_view before, char sign, bool lstrip, place at) {
    if (sign == '-') {
      before = stripped(before, false, true);
    } else if (sign != '+' && lstrip) {
      const auto newline = before.rfind('\n');
      const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
      if ((begin > 0 || line_start_) && begin < before.size() &&
          stripped(before.substr(begin), true, false).empty()) {
        before = before.substr(0, begin);
      }
    }
    if (!before.empty()) tokens_.push_back({token_kind::data, std::string(before), at});
  }

  [[nodiscard]] static char sign_of(std::string_view s, std::size_t at) {
    return at < s.size() && (s[at] == '-' || s[at] == '+') ? s[at] : '\0';
  }

  void data() {
    const std::size_t begin = at_;
    const place at = here_;
    std::size_t open = rest_.find('{', begin);
    while (open != std::string_view::npos && open + 1 < rest_.size() && rest_[open + 1] != '{' &&
           rest_[open + 1] != '%' && rest_[open + 1] != '#') {
      open = rest_.find('{', open + 1);
    }
    if (open == std::string_view::npos || open + 1 == rest_.size()) {
      skip(rest_.size() - begin);
      emit_data(rest_.substr(begin), '+', false, at);
      return;
    }
    const char type = rest_[open + 1];
    const char sign = sign_of(rest_, open + 2);
    emit_data(rest_.substr(begin, open - begin), sign, type != '{', at);
    skip(open - begin);
    const place opened = here_;
    const std::size_t length = sign != '\0' ? 3 : 2;
    if (type == '#') {
      skip(length);
      comment(opened);
    } else if (type == '%' && raw_begin(length)) {
      raw(opened);
    } else {
      add(type == '{' ? token_kind::print_begin : token_kind::tag_begin, type == '{' ? "{{" : "{%");
      skip(length);
      inside(type == '{' ? token_kind::print_end : token_kind::tag_end, opened);
    }
  }

  void comment(place opened) {
    while (at_ < rest_.size()) {
      if (close("#}")) return;
      skip(1);
    }
    wrong(opened, "a comment {# is not closed by #}");
  }

  /// "{% raw %}": moves past it when it is one.
  bool raw_begin(std::size_t length) {
    std::size_t end = at_ + length;
    const auto spaces = [&] {
      while (end < rest_.size() && (rest_[end] == ' ' || (rest_[end] >= '\t' && rest_[end] <= '\r'))) ++end;
    };
    spaces();
    if (!rest_.substr(end).starts_with("raw")) return false;
    end += 3;
    spaces();
    const bool minus = rest_.substr(end).starts_with("-%}");
    if (!minus && !rest_.substr(end).starts_with("%}")) return false;
    skip(end + (minus ? 3u : 2u) - at_);
    line_start_ = false;
    if (minus) skip_space();
    return true;
  }

  void raw(place opened) {
    const std::size_t begin = at_;
    const place at = here_;
    for (std::size_t open = rest_.find("{%", at_); open != std::string_view::npos;
         open = rest_.find("{%", open + 2)) {
      std::size_t end = open + 2;
      const char sign = sign_of(rest_, end);
      if (sign != '\0') ++end;
      while (end < rest_.size() && is_space(static_cast<unsigned char>(rest_[end]))) ++end;
      if (!rest_.substr(end).starts_with("endraw")) continue;
      end += 6;
      while (end < rest_.size() && is_space(static_cast<unsigned char>(rest_[end]))) ++end;
      const auto tail = rest_.substr(end);
      if (!tail.starts_with("%}") && !tail.starts_with("-%}") && !tail.starts_with("+%}")) continue;
      emit_data(rest_.substr(begin, open - begin), sign, true, at);
      skip(end - begin);
      close("%}");
      return;
    }
    wrong(opened, "a raw block is not closed by {% endraw %}");
  }

  /// The tokens between "{{" and "}}" or "{%" and "%}".
  void inside(token_kind end, place opened) {
    const std::string_view closing = end == token_kind::print_end ? "}}" : "%}";
    std::vector<token> brackets;
    while (true) {
      skip_space();
      if (at_ == rest_.size()) wrong(opened, "a tag is not closed by " + std::string(closing));
      const place at = here_;
      if (brackets.empty() && close(closing)) {
        tokens_.push_back({end, std::string(closing), at});
        return;
      }
      if (rest_[at_] == '\'' || rest_[at_] == '"') {
        quoted();
      } else if (is_digit_byte(rest_[at_]) && number()) {
        continue;
      } else if (is_name_byte(rest_[at_])) {
        std::size_t n = at_;
        while (n < rest_.size() && is_name_byte(rest_[n])) ++n;
        add(token_kind::name, std::string(rest_.substr(at_, n - at_)));
        skip(n - at_);
      } else {
        symbol(brackets);
      }
    }
  }

  void quoted() {
    const char quote = rest_[at_];
    std::size_t end = at_ + 1;
    while (end < rest_.size() && rest_[end] != quote) end += rest_[end] == '\\' ? 2u : 1u;
    if (end >= rest_.size()) wrong(here_, "a string is not closed");
    add(token_kind::text, unescaped(rest_.substr(at_ + 1, end - at_ - 1)));
    skip(end + 1 - at_);
  }

  /// Digits that single underscores may divide; the end of them.
  [[nodiscard]] std::size_t digits(std::size_t from, const char* set = "0123456789") const {
    const std::string_view allowed = set;
    std::size_t end = from;
    while (end < rest_.size()) {
      const std::size_t digit = end > from && rest_[end] == '_' ? end + 1 : end;
      if (digit >= rest_.size() || allowed.find(rest_[digit]) == std::string_view::npos) break;
      end = digit + 1;
    }
    return end;
  }

  bool number() {
    std::size_t end = digits(at_);
    bool real = false;
    if (rest_[at_] == '0' && at_ + 1 < rest_.size()) {
      const char base = static_cast<char>(rest_[at_ + 1] | 0x20);
      const char* set = base == 'x'   ? "0123456789abcdefABCDEF"
                        : base == 'o' ? "01234567"
                        : base == 'b' ? "01"
                                      : "";
      const std::size_t prefixed = *set != '\0' ? digits(at_ + 2, set) : at_ + 2;
      if (prefixed > at_ + 2) return emit_number(prefixed, false);
    }
    const auto tail = [&](std::size_t from) { return from < rest_.size() && is_digit_byte(rest_[from]); };
    const bool after_dot = at_ > 0 && rest_[at_ - 1] == '.';
    if (!after_dot && end < rest_.size() && rest_[end] == '.' && tail(end + 1)) {
      real = true;
      end = digits(end + 1);
    }
    if (!after_dot && end < rest_.size() && (rest_[end] | 0x20) == 'e') {
      const std::size_t sign =
          end + 1 < rest_.size() && (rest_[end + 1] == '+' || rest_[end + 1] == '-') ? 1 : 0;
      if (tail(end + 1 + sign)) {
        real = true;
        end = digits(end + 1 + sign);
      }
    }
    return emit_number(end, real);
  }

  bool emit_number(std::size_t end, bool real) {
    std::string words(rest_.substr(at_, end - at_));
    std::erase(words, '_');
    add(real ? token_kind::real : token_kind::integer, std::move(words));
    skip(end - at_);
    return true;
  }

  void symbol(std::vector<token>& brackets) {
    constexpr std::array<std::string_view, 6> doubles{"//", "**", "==", "!=", ">=", "<="};
    const std::string_view here = rest_.substr(at_);
    std::size_t length = 1;
    for (const auto d : doubles) length = here.starts_with(d) ? 2 : length;
    const char c = here[0];
    if (length == 1 && std::string_view("+-/*%~[](){}<>=.:|,").find(c) == std::string_view::npos) {
      wrong(here_, "found '" + std::string(1, c) + "', which begins nothing here");
    }
    if (length == 1 && (c == '(' || c == '[' || c == '{')) {
      brackets.push_back({token_kind::symbol, std::string(1, c), here_});
    } else if (length == 1 && (c == ')' || c == ']' || c == '}')) {
      const char open = c == ')' ? '(' : c == ']' ? '[' : '{';
      if (brackets.empty() || brackets.back().words[0] != open) {
        wrong(here_, std::string("found '") + c + "', which closes nothing");
      }
      brackets.pop_back();
    }
    add(token_kind::symbol, std::string(here.substr(0, length)));
    skip(length);
  }

  std::string owned_;
  std::string_view rest_;
  std::size_t at_ = 0;
  place here_;
  bool line_start_ = true;  // whether the text that follows begins a line
  std::vector<token> tokens_;
};

}  // namespace

std::vector<token> tokenize(std::string_view source) {
  return lexer(source).run();
}

std::string in_words(place at) {
  return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": ";
}

}  // namespace hawser::model::jinja
