#include "cli/load/prompt_text.hpp"

#include "cli/load/chance.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

#include <array>
#include <string_view>

namespace hawser::load {

namespace {

constexpr std::array<std::string_view, 128> vocabulary{
    "the",   "of",      "and",   "to",     "in",    "is",    "that",   "for",   "it",    "as",      "was",
    "with",  "be",      "by",    "on",     "not",   "he",    "his",    "but",   "at",    "are",     "this",
    "have",  "from",    "or",    "had",    "an",    "they",  "which",  "one",   "you",   "were",    "her",
    "all",   "she",     "there", "would",  "their", "we",    "him",    "been",  "has",   "when",    "who",
    "will",  "more",    "no",    "if",     "out",   "so",    "said",   "what",  "up",    "its",     "about",
    "into",  "than",    "them",  "can",    "only",  "other", "new",    "some",  "could", "time",    "these",
    "two",   "may",     "then",  "do",     "first", "any",   "my",     "now",   "such",  "like",    "our",
    "over",  "man",     "me",    "even",   "most",  "made",  "after",  "also",  "did",   "many",    "before",
    "must",  "through", "years", "where",  "much",  "your",  "way",    "well",  "down",  "should",  "because",
    "each",  "just",    "those", "people", "how",   "too",   "little", "state", "good",  "very",    "make",
    "world", "still",   "own",   "see",    "men",   "work",  "long",   "get",   "here",  "between", "both",
    "life",  "being",   "under", "never",  "day",   "same",  "another"};

}  // namespace

void append_words(std::string& out, std::uint32_t words, std::uint64_t seed) {
  chance by(seed);
  for (std::uint32_t i = 0; i < words; ++i) {
    out += ' ';
    out += vocabulary[by.next() >> 57];
  }
}

void append_prompt(std::string& out, const planned_request& of, const request_class& as) {
  if (of.prefix > 0) {
    std::uint64_t seed = of.prefix;
    for (const char c : as.name) seed = seed_of(seed, static_cast<unsigned char>(c));
    append_words(out, as.prefix, seed);
  }
  if (of.text.empty())
    append_words(out, of.prompt, of.text_seed);
  else
    append_escaped(out, of.text);
}

void append_escaped(std::string& out, std::string_view text) {
  const std::string quoted = boost::json::serialize(boost::json::string_view(text.data(), text.size()));
  out.append(quoted, 1, quoted.size() - 2);
}

}  // namespace hawser::load
