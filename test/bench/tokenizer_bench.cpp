// tokenizer_bench [MODEL...]: how fast vocabularies load and texts encode and decode. One JSON line a model.
// Without a model: a byte-level vocabulary made here, for smoke runs.
#include "model/gguf.hpp"
#include "model/tokenizer.hpp"

#include <chrono>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace hawser::model;

double seconds_of(auto&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string prose(std::size_t bytes) {
  constexpr std::string_view words[] = {"The ", "ship's ", "hawser ",      "held ",   "fast, ",
                                        "and ", "1234 ",   "men\n",        "pulled;", " größer ",
                                        "測試", "для ",    "x = f(a[i])\n"};
  std::string text;
  std::size_t next = 1;
  while (text.size() < bytes) {
    text += words[next % std::size(words)];
    next = (next * 1103515245 + 12345) & 0x7FFFFFFF;
  }
  return text;
}

/// Tokens of two letters over an alphabet of printable bytes.
vocabulary pairs() {
  vocabulary words;
  words.model = "gpt2";
  words.pre_tokenizer = "gpt-2";
  for (char c = '!'; c <= '~'; ++c) words.texts.push_back({c});
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) {
      words.texts.push_back({a, b});
      words.merges.push_back({a, ' ', b});
    }
  }
  return words;
}

void report(std::string_view name, vocabulary words) {
  std::shared_ptr<const tokenizer> made;
  const double load = seconds_of([&] { made = tokenizer::make(std::move(words)).value(); });
  constexpr double megabyte = 1 << 20;
  const std::string text = prose(4 << 20);
  const std::string letter(1 << 20, 'a');
  std::vector<token_id> ids;
  const double encode = seconds_of([&] { ids = made->encode(text); });
  const double decode = seconds_of([&] { static_cast<void>(made->decode(ids)); });
  const double one_letter = seconds_of([&] { static_cast<void>(made->encode(letter)); });
  std::printf(
      "{\"bench\":\"tokenizer\",\"model\":\"%.*s\",\"make_seconds\":%.3f,\"encode_mb_per_second\":%.1f,"
      "\"tokens\":%zu,\"decode_mb_per_second\":%.1f,\"one_letter_seconds_per_mb\":%.3f}\n",
      static_cast<int>(name.size()), name.data(), load, static_cast<double>(text.size()) / megabyte / encode,
      ids.size(), static_cast<double>(text.size()) / megabyte / decode, one_letter);
}

}  // namespace

int main(int count, char** arguments) {
  const int first = count > 1 && std::string_view(arguments[1]) == "--smoke" ? 2 : 1;
  if (count == first) report("pairs", pairs());
  for (int i = first; i < count; ++i) {
    const std::string path = arguments[i];
    const auto file = gguf_file::open(path).value();
    report(path.substr(path.rfind('/') + 1), read_vocabulary(*file).value());
  }
  return 0;
}
