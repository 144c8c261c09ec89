#include "model/cut_passes.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace hawser::model::passes {

namespace {

struct code_range {
  char32_t first;
  char32_t last;
};

/// Ascending ranges.
bool in(std::span<const code_range> ranges, char32_t code) {
  const auto next = std::ranges::upper_bound(ranges, code, {}, &code_range::first);
  return next != ranges.begin() && code <= std::prev(next)->last;
}

// Letters with case, as deepseek-llm's published expression lists them.
constexpr code_range cased_letters[] = {
    {0x41, 0x5a},       {0x61, 0x7a},       {0xb5, 0xb5},       {0xc0, 0xd6},       {0xd8, 0xf6},
    {0xf8, 0x1ba},      {0x1bc, 0x1bf},     {0x1c4, 0x293},     {0x295, 0x2af},     {0x370, 0x373},
    {0x376, 0x376},     {0x377, 0x377},     {0x37b, 0x37d},     {0x37f, 0x37f},     {0x386, 0x386},
    {0x388, 0x38a},     {0x38c, 0x38c},     {0x38e, 0x3a1},     {0x3a3, 0x3f5},     {0x3f7, 0x481},
    {0x48a, 0x52f},     {0x531, 0x556},     {0x10a0, 0x10c5},   {0x13a0, 0x13f5},   {0x13f8, 0x13fd},
    {0x1c90, 0x1cba},   {0x1cbd, 0x1cbf},   {0x1d00, 0x1d2b},   {0x1d6b, 0x1d77},   {0x1d79, 0x1d9a},
    {0x1e00, 0x1f15},   {0x1f18, 0x1f1d},   {0x1f20, 0x1f45},   {0x1f48, 0x1f4d},   {0x1f50, 0x1f57},
    {0x1f59, 0x1f59},   {0x1f5b, 0x1f5b},   {0x1f5d, 0x1f5d},   {0x1f5f, 0x1f7d},   {0x1f80, 0x1fb4},
    {0x1fb6, 0x1fbc},   {0x1fbe, 0x1fbe},   {0x1fc2, 0x1fc4},   {0x1fc6, 0x1fcc},   {0x1fd0, 0x1fd3},
    {0x1fd6, 0x1fdb},   {0x1fe0, 0x1fec},   {0x1ff2, 0x1ff4},   {0x1ff6, 0x1ffc},   {0x2102, 0x2102},
    {0x2107, 0x2107},   {0x210a, 0x2113},   {0x2115, 0x2115},   {0x2119, 0x211d},   {0x2124, 0x2124},
    {0x2126, 0x2126},   {0x2128, 0x2128},   {0x212a, 0x212d},   {0x212f, 0x2134},   {0x2139, 0x2139},
    {0x213c, 0x213f},   {0x2145, 0x2149},   {0x214e, 0x214e},   {0x2183, 0x2183},   {0x2184, 0x2184},
    {0x2c00, 0x2c7b},   {0x2c7e, 0x2ce4},   {0x2ceb, 0x2cee},   {0x2cf2, 0x2cf2},   {0x2cf3, 0x2cf3},
    {0xa640, 0xa66d},   {0xa680, 0xa69b},   {0xa722, 0xa76f},   {0xa771, 0xa787},   {0xa78b, 0xa78e},
    {0xab70, 0xabbf},   {0xfb00, 0xfb06},   {0xfb13, 0xfb17},   {0xff21, 0xff3a},   {0xff41, 0xff5a},
    {0x10400, 0x1044f}, {0x104b0, 0x104d3}, {0x104d8, 0x104fb}, {0x10c80, 0x10cb2}, {0x10cc0, 0x10cf2},
    {0x118a0, 0x118df}, {0x1e900, 0x1e943}};
constexpr code_range wide_punctuation[] = {{'!', '/'},       {':', '~'},       {0x2018, 0x201F},
                                           {0x3000, 0x3002}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF5E}};
constexpr code_range deepseek_cjk_ranges[] = {{0x800, 0x9FA5}, {0xAC00, 0xD7FF}};
constexpr code_range deepseek3_cjk_ranges[] = {{0x3040, 0x30FF}, {0x4E00, 0x9FA5}};
constexpr code_range afmoe_ranges[] = {{0xE40, 0xE7F},   {0xE80, 0xEFF},   {0x1000, 0x109F}, {0x1100, 0x11FF},
                                       {0x1780, 0x17FF}, {0x2F00, 0x2FDF}, {0x3040, 0x30FF}, {0x3400, 0x4DBF},
                                       {0x4E00, 0x9FFF}, {0xA9E0, 0xA9FF}, {0xAA60, 0xAA7F}, {0xAC00, 0xD7AF},
                                       {0xF900, 0xFAFF}, {0xFF65, 0xFF9F}};
constexpr code_range hangul[] = {{0x3131, 0x318E}, {0xAC00, 0xD7A3}};
constexpr code_range youtu_punctuation[] = {{0x2014, 0x2014}, {0x2018, 0x2019}, {0x201C, 0x201D},
                                            {0x2026, 0x2026}, {0x3001, 0x303F}, {0xFE30, 0xFE4F},
                                            {0xFF01, 0xFF01}, {0xFF0C, 0xFF0C}, {0xFF1A, 0xFF1B}};
constexpr code_range bopomofo[] = {{0x3105, 0x312F}};
constexpr code_range bloom_stops[] = {{'!', '!'},     {'(', ')'},       {',', ','},       {'.', '.'},
                                      {'?', '?'},     {'|', '|'},       {0x60C, 0x60C},   {0x6D4, 0x6D4},
                                      {0x964, 0x964}, {0x2026, 0x2026}, {0x3001, 0x3002}, {0xFF0C, 0xFF0C}};

bool is_letter(character c) {
  return c.is(kind_letter);
}

bool is_number(character c) {
  return c.is(kind_number);
}

bool is_digit(character c) {
  return c.is(kind_digit);
}

bool is_punctuation(character c) {
  return c.is(kind_punctuation);
}

bool is_line_end(character c) {
  return c.is(kind_line_end);
}

bool is_newline(character c) {
  return c.code == '\n';
}

bool is_other_than_newline(character c) {
  return c.bytes > 0 && c.code != '\n';
}

bool is_default_punctuation(character c) {
  return c.is(kind_punctuation) || (c.code < 0x80 && c.code != '`' && c.is(kind_symbol));
}

bool is_falcon_punctuation(character c) {
  return is_default_punctuation(c) || c.code == '`';
}

bool is_any_ascii_punctuation(character c) {
  return c.is(kind_punctuation) || (c.code < 0x80 && c.is(kind_symbol));
}

bool is_cased_letter(character c) {
  return in(cased_letters, c.code);
}

bool is_wide_punctuation(character c) {
  return in(wide_punctuation, c.code);
}

bool is_deepseek_cjk(character c) {
  return in(deepseek_cjk_ranges, c.code);
}

bool is_deepseek3_cjk(character c) {
  return in(deepseek3_cjk_ranges, c.code);
}

bool is_afmoe_script(character c) {
  return in(afmoe_ranges, c.code);
}

bool is_bloom_word(character c) {
  return c.bytes > 0 && !c.is(kind_space) && !in(bloom_stops, c.code);
}

using predicate = bool (*)(character);

std::size_t run_end(std::string_view piece, std::size_t at, predicate fits,
                    std::size_t most = std::string_view::npos) {
  for (std::size_t count = 0; count < most; ++count) {
    const character c = character_at(piece, at);
    if (c.bytes == 0 || !fits(c)) break;
    at += c.bytes;
  }
  return at;
}

template <predicate Fits, std::size_t Most = std::string_view::npos>
std::size_t match_run(std::string_view piece, std::size_t at) {
  return run_end(piece, at, Fits, Most) - at;
}

/// \s?[set]+; a space may itself be in the set.
template <predicate Fits>
std::size_t match_spaced_run(std::string_view piece, std::size_t at) {
  const character first = character_at(piece, at);
  if (first.is(kind_space)) {
    const std::size_t start = at + first.bytes;
    if (const std::size_t end = run_end(piece, start, Fits); end > start) return end - at;
  }
  return run_end(piece, at, Fits) - at;
}

std::size_t match_three_ascii_digits(std::string_view piece, std::size_t at) {
  if (piece.size() - at < 3) return 0;
  const auto is_ascii_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::all_of(piece.begin() + static_cast<std::ptrdiff_t>(at),
                     piece.begin() + static_cast<std::ptrdiff_t>(at) + 3, is_ascii_digit)
             ? 3
             : 0;
}

std::size_t match_line(std::string_view piece, std::size_t at) {
  const std::size_t end = run_end(piece, at, is_other_than_newline);
  return (end > at ? end : run_end(piece, at, is_newline)) - at;
}

std::size_t match_bloom_word(std::string_view piece, std::size_t at) {
  const std::size_t start = at + (piece[at] == ' ' ? 1 : 0);
  const std::size_t end = run_end(piece, start, is_bloom_word);
  return end > start ? end - at : 0;
}

template <const auto& Ranges>
bool in_ranges(character c) {
  return in(Ranges, c.code);
}

std::size_t match_youtu_script(std::string_view piece, std::size_t at) {
  for (const predicate fits : {predicate{in_ranges<hangul>}, predicate{in_ranges<youtu_punctuation>},
                               predicate{in_ranges<bopomofo>}, predicate{is_deepseek3_cjk}}) {
    if (const std::size_t end = run_end(piece, at, fits); end > at) return end - at;
  }
  return 0;
}

std::size_t match_sentinel(std::string_view piece, std::size_t at) {
  constexpr std::string_view head = "<sentinel:";
  if (!piece.substr(at).starts_with(head)) return 0;
  std::size_t end = at + head.size();
  const std::size_t digits = end;
  while (end < piece.size() && piece[end] >= '0' && piece[end] <= '9') ++end;
  return end > digits && end < piece.size() && piece[end] == '>' ? end + 1 - at : 0;
}

std::size_t match_image(std::string_view piece, std::size_t at) {
  constexpr std::string_view head = "IMGIMG";
  if (!piece.substr(at).starts_with(head)) return 0;
  std::size_t end = at + head.size();
  const std::size_t letters = end;
  while (end < piece.size() && end - letters < 4 && piece[end] >= 'A' && piece[end] <= 'I') ++end;
  return end > letters && end < piece.size() && piece[end] == 'Z' ? end + 1 - at : 0;
}

std::size_t match_blank(std::string_view piece, std::size_t at) {
  if (piece[at] == '\t' || piece[at] == '\n') return 1;
  const std::string_view rest = piece.substr(at);
  if (rest.starts_with("    ")) return 4;
  return rest.starts_with("  ") ? 2 : 0;
}

bool never(character) {
  return false;
}

bool joins_a_word(character c) {
  return c.is(kind_word);
}

/// Cuts a run in groups of three, counted from its right end; a run that `Barred` follows stays whole. With
/// `Isolated` the run is cut off from what stands around it too.
template <predicate Fits, predicate Barred, bool Isolated>
void cut_from_the_right(std::string_view piece, std::size_t base, std::vector<std::size_t>& ends) {
  std::size_t cut = 0;
  const auto cut_at = [&](std::size_t at) {
    if (at > cut) ends.push_back(base + at);
    cut = at;
  };
  for (std::size_t at = 0; at < piece.size();) {
    std::vector<std::size_t> starts;
    std::size_t end = at;
    for (character c = character_at(piece, at); c.bytes > 0 && Fits(c); c = character_at(piece, end)) {
      starts.push_back(end);
      end += c.bytes;
    }
    if (starts.empty()) {
      at += character_at(piece, at).bytes;
      continue;
    }
    if (!Barred(character_at(piece, end))) {
      if (Isolated) cut_at(at);
      for (std::size_t i = starts.size() % 3; i < starts.size(); i += 3) cut_at(starts[i]);
      if (Isolated) cut_at(end);
    }
    at = end;
  }
  cut_at(piece.size());
}

/// Spaces up to the end of the piece, which is one search from the right: a search from the left would look
/// at a long run of spaces again from each of them.
void cut_trailing_spaces(std::string_view piece, std::size_t base, std::vector<std::size_t>& ends) {
  std::size_t start = piece.size();
  while (start > 0) {
    std::size_t at = start - 1;
    while (at > 0 && start - at < 3 && (static_cast<unsigned char>(piece[at]) & 0xC0U) == 0x80) --at;
    const character c = character_at(piece, at);
    if (!c.is(kind_space) || at + c.bytes != start) break;
    start = at;
  }
  if (start > 0) ends.push_back(base + start);
  if (start < piece.size()) ends.push_back(base + piece.size());
}

}  // namespace

const cut_pass one_number = isolate<match_run<is_number, 1>>;
const cut_pass three_numbers = isolate<match_run<is_number, 3>>;
const cut_pass numbers = isolate<match_run<is_number>>;
const cut_pass three_ascii_digits = isolate<match_three_ascii_digits>;
const cut_pass digits_from_the_right = cut_from_the_right<is_digit, never, false>;
const cut_pass numbers_from_the_right = cut_from_the_right<is_number, never, true>;
const cut_pass bounded_digits = cut_from_the_right<is_digit, joins_a_word, true>;
const cut_pass line_ends = isolate<match_run<is_line_end, 1>>;
const cut_pass lines = isolate<match_line>;
const cut_pass punctuation = isolate<match_run<is_default_punctuation>>;
const cut_pass punctuation_backtick = isolate<match_run<is_falcon_punctuation>>;
const cut_pass one_punctuation = isolate<match_run<is_any_ascii_punctuation, 1>>;
const cut_pass spaced_letters = isolate<match_spaced_run<is_letter>>;
const cut_pass spaced_punctuation = isolate<match_spaced_run<is_punctuation>>;
const cut_pass spaced_cased_letters = isolate<match_spaced_run<is_cased_letter>>;
const cut_pass spaced_wide_punctuation = isolate<match_spaced_run<is_wide_punctuation>>;
const cut_pass trailing_spaces = cut_trailing_spaces;
const cut_pass deepseek_cjk = isolate<match_run<is_deepseek_cjk>>;
const cut_pass deepseek3_cjk = isolate<match_run<is_deepseek3_cjk>>;
const cut_pass afmoe_scripts = isolate<match_run<is_afmoe_script>>;
const cut_pass youtu_scripts = isolate<match_youtu_script>;
const cut_pass bloom_words = isolate<match_bloom_word>;
const cut_pass chameleon_sentinels = isolate<match_sentinel>;
const cut_pass chameleon_images = isolate<match_image>;
const cut_pass chameleon_blanks = isolate<match_blank>;

}  // namespace hawser::model::passes
