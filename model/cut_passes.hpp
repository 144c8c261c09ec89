/// The passes that pre_tokenizer.cpp composes. Each stands for one regular expression of the families'
/// published tokenizers, written beside it; a character that no alternative matches stays in one piece with
/// its like.
#pragma once

#include "model/pre_tokenizer.hpp"
#include "model/unicode.hpp"

namespace hawser::model::passes {

/// How many bytes match at `at`; 0: nothing.
using match_at = std::size_t (*)(std::string_view piece, std::size_t at);

/// Isolates every match, left to right, and keeps what is between two matches as a piece of its own.
template <match_at Match>
void isolate(std::string_view piece, std::size_t base, std::vector<std::size_t>& ends) {
  bool gap = false;
  for (std::size_t at = 0; at < piece.size();) {
    const std::size_t bytes = Match(piece, at);
    if (bytes == 0) {
      gap = true;
      at += character_at(piece, at).bytes;
      continue;
    }
    if (gap) ends.push_back(base + at);
    gap = false;
    at += bytes;
    ends.push_back(base + at);
  }
  if (gap) ends.push_back(base + piece.size());
}

// Words: one alternation that matches nearly every character. (C) is (?i:'s|'t|'re|'ve|'m|'ll|'d).

/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
extern const cut_pass gpt2_words;
/// (C)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
extern const cut_pass llama3_words;
/// As llama3_words with \p{N}
extern const cut_pass qwen2_words;
/// As llama3_words with \p{N}+
extern const cut_pass minicpm_words;
/// As qwen2_words with marks: [\p{L}\p{M}]+ and [^\s\p{L}\p{M}\p{N}]+
extern const cut_pass qwen35_words;
/// As qwen2_words without (C)
extern const cut_pass uncontracted_words;
/// As qwen2_words with no [\r\n]* after punctuation
extern const cut_pass seed_coder_words;
/// As qwen2_words with [^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+ and [\r\n/]? after punctuation
extern const cut_pass exaone_moe_words;
/// As llama3_words with \s{512}(?!\S)|\s{256}(?!\S)|...|\s{4}(?!\S)|\s{1,2}(?!\S)|\s
extern const cut_pass jais2_words;
/// P?U*W+(C)?|P?U+W*(C)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+ where P is
/// [^\r\n\p{L}\p{N}], U is [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and W is [\p{Ll}\p{Lm}\p{Lo}\p{M}]
extern const cut_pass gpt4o_words;
/// As gpt4o_words with \p{N}
extern const cut_pass youtu_words;
/// As youtu_words without (C)
extern const cut_pass tekken_words;
/// \p{Han}+| then as gpt4o_words with U and W less Han, and [\r\n]* after punctuation
extern const cut_pass kimi_words;
/// [!-/:-@[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|
/// ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
extern const cut_pass deepseek3_words;
/// As deepseek3_words with | ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+
extern const cut_pass spark_words;

// Runs: what is isolated before or after the words.

extern const cut_pass one_number;               ///< \p{N}
extern const cut_pass three_numbers;            ///< \p{N}{1,3}
extern const cut_pass numbers;                  ///< \p{N}+
extern const cut_pass three_ascii_digits;       ///< [0-9][0-9][0-9]
extern const cut_pass digits_from_the_right;    ///< (?=(\d{3})+(?!\d)), a cut of no characters
extern const cut_pass numbers_from_the_right;   ///< groups of three \p{N}, the first of them shorter
extern const cut_pass bounded_digits;           ///< \d{1,3}(?=(?:\d{3})*\b)
extern const cut_pass line_ends;                ///< [\r\n]
extern const cut_pass lines;                    ///< [^\n]+|[\n]+
extern const cut_pass punctuation;              ///< [\p{P}\$\+<=>\^~\|]+
extern const cut_pass punctuation_backtick;     ///< [\p{P}\$\+<=>\^~\|`]+
extern const cut_pass one_punctuation;          ///< [\p{P}!-/:-@\[-`{-~]
extern const cut_pass spaced_letters;           ///< \s?\p{L}+
extern const cut_pass spaced_punctuation;       ///< \s?\p{P}+
extern const cut_pass spaced_cased_letters;     ///< \s?[A-Za-z\u00b5...]+ of deepseek-llm
extern const cut_pass spaced_wide_punctuation;  ///< \s?[!-/:-~！-／：-～‘-‟　-。]+
extern const cut_pass trailing_spaces;          ///< \s+$
extern const cut_pass deepseek_cjk;             ///< [一-龥ࠀ-一가-퟿]+
extern const cut_pass deepseek3_cjk;            ///< [一-龥぀-ゟ゠-ヿ]+
extern const cut_pass afmoe_scripts;            ///< the East and South-East Asian ranges of afmoe
extern const cut_pass
    youtu_scripts;  ///< [가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+
extern const cut_pass bloom_words;          ///<  ?[^(\s|.,!?…。，、।۔،)]+
extern const cut_pass chameleon_sentinels;  ///< <sentinel:[0-9]+>
extern const cut_pass chameleon_images;     ///< (IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z
extern const cut_pass chameleon_blanks;     ///< ([\t\n]|    |  )

}  // namespace hawser::model::passes
