#include "model/cut_passes.hpp"

#include <algorithm>

namespace hawser::model::passes {

namespace {

enum class after_punctuation : std::uint8_t { nothing, line_ends, line_ends_slashes, one_line_end_or_slash };
enum class word_form : std::uint8_t { letters, letters_and_marks, spaced_letters, cased, cased_but_han };

/// What the families with the shape of llama3_words differ in.
struct word_style {
  bool contraction_first = true;
  word_form form = word_form::letters;
  bool contraction_last = false;
  unsigned most_numbers = 1;  ///< 0: any number of them
  after_punctuation tail = after_punctuation::line_ends;
  bool cuts_spaces = true;  ///< \s*[\r\n]+|\s+(?!\S)|\s+
};

std::size_t run_end(std::string_view piece, std::size_t at, std::uint16_t kinds) {
  for (;;) {
    const character c = character_at(piece, at);
    if (!c.is(kinds)) return at;
    at += c.bytes;
  }
}

/// The end of (?i:'s|'t|'re|'ve|'m|'ll|'d), or `at`. U+017F is a small s to a regular expression that ignores
/// case.
std::size_t contraction_end(std::string_view piece, std::size_t at, bool any_case) {
  if (at >= piece.size() || piece[at] != '\'') return at;
  const auto lowered = [&](std::size_t i) {
    const char c = i < piece.size() ? piece[i] : '\0';
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  const char first = lowered(at + 1);
  const char second = lowered(at + 2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l')) {
    return at + 3;
  }
  if (any_case && character_at(piece, at + 1).code == 0x17F) return at + 3;
  return at;
}

/// \s*[\r\n]+ where `with_lines`, then \s+(?!\S)|\s+. There is a space at `at`.
std::size_t spaces_end(std::string_view piece, std::size_t at, bool with_lines) {
  std::size_t end = at;
  std::size_t last = at;      // where the last space begins
  std::size_t line_end = at;  // past the last line end
  for (character c = character_at(piece, at); c.is(kind_space); c = character_at(piece, end)) {
    last = end;
    end += c.bytes;
    if (c.is(kind_line_end)) line_end = end;
  }
  if (with_lines && line_end > at) return line_end;
  return end == piece.size() || last == at ? end : last;
}

std::size_t match_gpt2(std::string_view piece, std::size_t at) {
  if (const std::size_t end = contraction_end(piece, at, false); end > at) return end - at;
  constexpr std::uint16_t classed = kind_space | kind_letter | kind_number;
  const character first = character_at(piece, at);
  std::size_t start = at;
  character c = first;
  if (first.code == ' ') {
    start += 1;
    c = character_at(piece, start);
  }
  if (c.is(kind_letter)) return run_end(piece, start, kind_letter) - at;
  if (c.is(kind_number)) return run_end(piece, start, kind_number) - at;
  if (c.bytes > 0 && !c.is(classed)) {
    while (c.bytes > 0 && !c.is(classed)) {
      start += c.bytes;
      c = character_at(piece, start);
    }
    return start - at;
  }
  return spaces_end(piece, at, false) - at;
}

/// (?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+ from a letter on.
std::size_t spaced_letters_end(std::string_view piece, std::size_t at) {
  for (;;) {
    at = run_end(piece, at, kind_letter);
    at = run_end(piece, at, kind_mark);
    if (character_at(piece, at).is(kind_letter)) continue;
    if (at >= piece.size() || piece[at] != ' ' || !character_at(piece, at + 1).is(kind_letter)) return at;
    at += 1;
  }
}

struct cased_end {
  std::size_t end;  ///< of the match; the start where there is none
  bool lower;       ///< U*W+ matched
};

/// U*W+, else U+, from `at` on. U* gives characters back until W+ finds one: the last of its run that is in
/// both.
cased_end match_cased(std::string_view piece, std::size_t at, std::uint16_t barred) {
  constexpr std::uint16_t both = kind_modifier | kind_other_letter | kind_mark;
  std::size_t end = at;
  std::size_t last_both = at;
  character c = character_at(piece, end);
  const auto in = [&](std::uint16_t kinds) { return c.is(kinds) && !c.is(barred); };
  while (in(kind_upper | kind_title | both)) {
    end += c.bytes;
    if (c.is(both)) last_both = end;
    c = character_at(piece, end);
  }
  if (in(kind_lower)) {
    while (in(kind_lower | both)) {
      end += c.bytes;
      c = character_at(piece, end);
    }
    return {end, true};
  }
  if (last_both > at) return {last_both, true};
  return {end, false};
}

/// P?U*W+|P?U+W*, without what may follow.
std::size_t cased_word_end(std::string_view piece, std::size_t at, std::uint16_t barred) {
  const character first = character_at(piece, at);
  const bool may_lead = !first.is(kind_letter | kind_number | kind_line_end);
  if (!may_lead) return match_cased(piece, at, barred).end;
  const cased_end led = match_cased(piece, at + first.bytes, barred);
  if (led.lower) return led.end;
  // A mark may lead, and it may also be the word: P?U*W+ without P comes before P?U+W*.
  if (first.is(kind_mark) && !first.is(barred)) return at + first.bytes;
  return led.end > at + first.bytes ? led.end : at;
}

template <word_style Style>
std::size_t word_end(std::string_view piece, std::size_t at) {
  if constexpr (Style.form == word_form::cased) return cased_word_end(piece, at, 0);
  if constexpr (Style.form == word_form::cased_but_han) return cased_word_end(piece, at, kind_han);
  constexpr std::uint16_t letters =
      Style.form == word_form::letters_and_marks ? kind_letter | kind_mark : kind_letter;
  std::size_t start = at;
  const character first = character_at(piece, at);
  if (!first.is(letters)) {
    if (first.is(kind_number | kind_line_end)) return at;
    start += first.bytes;
    if (!character_at(piece, start).is(letters)) return at;
  }
  if constexpr (Style.form == word_form::spaced_letters) return spaced_letters_end(piece, start);
  return run_end(piece, start, letters);
}

std::size_t numbers_end(std::string_view piece, std::size_t at, unsigned most) {
  for (unsigned count = 0; most == 0 || count < most; ++count) {
    const character c = character_at(piece, at);
    if (!c.is(kind_number)) break;
    at += c.bytes;
  }
  return at;
}

std::size_t tail_end(std::string_view piece, std::size_t at, after_punctuation tail) {
  const auto fits = [&](std::size_t i) {
    if (i >= piece.size()) return false;
    const bool line_end = piece[i] == '\r' || piece[i] == '\n';
    return line_end || (piece[i] == '/' && tail != after_punctuation::line_ends);
  };
  if (tail == after_punctuation::nothing) return at;
  if (tail == after_punctuation::one_line_end_or_slash) return fits(at) ? at + 1 : at;
  while (fits(at)) ++at;
  return at;
}

template <word_style Style>
std::size_t match_word(std::string_view piece, std::size_t at) {
  if constexpr (Style.form == word_form::cased_but_han) {
    if (const std::size_t end = run_end(piece, at, kind_han); end > at) return end - at;
  }
  if constexpr (Style.contraction_first) {
    if (const std::size_t end = contraction_end(piece, at, true); end > at) return end - at;
  }
  if (const std::size_t end = word_end<Style>(piece, at); end > at) {
    return (Style.contraction_last ? contraction_end(piece, end, true) : end) - at;
  }
  if (const std::size_t end = numbers_end(piece, at, Style.most_numbers); end > at) return end - at;
  constexpr std::uint16_t classed = kind_space | kind_letter | kind_number |
                                    (Style.form == word_form::letters_and_marks ? unsigned{kind_mark} : 0U);
  std::size_t end = at + (piece[at] == ' ' ? 1 : 0);
  character c = character_at(piece, end);
  if (c.bytes > 0 && !c.is(classed)) {
    while (c.bytes > 0 && !c.is(classed)) {
      end += c.bytes;
      c = character_at(piece, end);
    }
    return tail_end(piece, end, Style.tail) - at;
  }
  return Style.cuts_spaces ? spaces_end(piece, at, true) - at : 0;
}

/// \s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|...|\s{4}(?!\S)|\s{1,2}(?!\S)|\s for the whole run of spaces at
/// `at`. One look at the run serves all of its pieces. Returns the first byte that is not cut yet.
std::size_t cut_halved_spaces(std::string_view piece, std::size_t at, std::size_t base,
                              std::vector<std::size_t>& ends) {
  const std::size_t line_end = spaces_end(piece, at, true);
  if (piece[line_end - 1] == '\n' || piece[line_end - 1] == '\r') {
    ends.push_back(base + line_end);
    return line_end;
  }
  std::vector<std::size_t> space_ends;
  std::size_t end = at;
  for (character c = character_at(piece, at); c.is(kind_space); c = character_at(piece, end)) {
    end += c.bytes;
    space_ends.push_back(end);
  }
  // (?!\S) holds up to here; a run's last space is left for what follows it.
  const std::size_t usable =
      end == piece.size() || space_ends.size() == 1 ? space_ends.size() : space_ends.size() - 1;
  for (std::size_t done = 0; done < usable;) {
    std::size_t count = 512;
    while (count > 2 && usable - done < count) count /= 2;
    done += std::min(count, usable - done);
    ends.push_back(base + space_ends[done - 1]);
  }
  return space_ends[usable - 1];
}

template <word_style Style>
void cut_words_with_halved_spaces(std::string_view piece, std::size_t base, std::vector<std::size_t>& ends) {
  for (std::size_t at = 0; at < piece.size();) {
    if (const std::size_t bytes = match_word<Style>(piece, at); bytes > 0) {
      at += bytes;
      ends.push_back(base + at);
    } else {
      at = cut_halved_spaces(piece, at, base, ends);
    }
  }
}

bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

bool is_ascii_letter(char32_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

template <bool Spark>
std::size_t match_deepseek3(std::string_view piece, std::size_t at) {
  const character first = character_at(piece, at);
  const std::size_t second = at + first.bytes;
  if (is_ascii_punctuation(first.code) && is_ascii_letter(character_at(piece, second).code)) {
    std::size_t end = second;
    while (end < piece.size() && is_ascii_letter(static_cast<unsigned char>(piece[end]))) ++end;
    return end - at;
  }
  constexpr std::uint16_t letters = kind_letter | kind_mark;
  constexpr std::uint16_t marks = kind_punctuation | kind_symbol;
  if (first.is(letters)) return run_end(piece, at, letters) - at;
  const bool may_lead = !first.is(kind_line_end | kind_letter | marks);
  if (may_lead && character_at(piece, second).is(letters)) return run_end(piece, second, letters) - at;
  const std::size_t start = at + (first.code == ' ' ? 1 : 0);
  if (const std::size_t end = run_end(piece, start, marks); end > start) {
    return tail_end(piece, end, Spark ? after_punctuation::nothing : after_punctuation::line_ends) - at;
  }
  if (!first.is(kind_space)) return 0;
  if (Spark && first.is(kind_line_end)) return first.bytes;
  return spaces_end(piece, at, !Spark) - at;
}

constexpr word_style llama3{.most_numbers = 3};
constexpr word_style minicpm{.most_numbers = 0};
constexpr word_style qwen35{.form = word_form::letters_and_marks};
constexpr word_style uncontracted{.contraction_first = false};
constexpr word_style seed_coder{.tail = after_punctuation::nothing};
constexpr word_style exaone_moe{.form = word_form::spaced_letters,
                                .tail = after_punctuation::one_line_end_or_slash};
constexpr word_style jais2{.most_numbers = 3, .cuts_spaces = false};
constexpr word_style gpt4o{.contraction_first = false,
                           .form = word_form::cased,
                           .contraction_last = true,
                           .most_numbers = 3,
                           .tail = after_punctuation::line_ends_slashes};
constexpr word_style youtu{.contraction_first = false,
                           .form = word_form::cased,
                           .contraction_last = true,
                           .tail = after_punctuation::line_ends_slashes};
constexpr word_style tekken{
    .contraction_first = false, .form = word_form::cased, .tail = after_punctuation::line_ends_slashes};
constexpr word_style kimi{.contraction_first = false,
                          .form = word_form::cased_but_han,
                          .contraction_last = true,
                          .most_numbers = 3};

}  // namespace

const cut_pass gpt2_words = isolate<match_gpt2>;
const cut_pass llama3_words = isolate<match_word<llama3>>;
const cut_pass qwen2_words = isolate<match_word<word_style{}>>;
const cut_pass minicpm_words = isolate<match_word<minicpm>>;
const cut_pass qwen35_words = isolate<match_word<qwen35>>;
const cut_pass uncontracted_words = isolate<match_word<uncontracted>>;
const cut_pass seed_coder_words = isolate<match_word<seed_coder>>;
const cut_pass exaone_moe_words = isolate<match_word<exaone_moe>>;
const cut_pass jais2_words = cut_words_with_halved_spaces<jais2>;
const cut_pass gpt4o_words = isolate<match_word<gpt4o>>;
const cut_pass youtu_words = isolate<match_word<youtu>>;
const cut_pass tekken_words = isolate<match_word<tekken>>;
const cut_pass kimi_words = isolate<match_word<kimi>>;
const cut_pass deepseek3_words = isolate<match_deepseek3<false>>;
const cut_pass spark_words = isolate<match_deepseek3<true>>;

}  // namespace hawser::model::passes
