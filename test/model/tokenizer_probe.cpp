// tokenizer_probe MODEL [--no-special] [--no-parse]: reads texts from standard input, each after its length
// (four bytes, the lowest first), and prints the tokens of each as one JSON line {"ids":[...],"same":true};
// "same" tells whether they decode to the bytes of the text. For comparisons with other tokenizers.
#include "model/gguf.hpp"
#include "model/tokenizer.hpp"

#include <array>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

namespace {

bool read_text(std::istream& in, std::string& text) {
  std::array<char, 4> head{};
  if (!in.read(head.data(), head.size())) return false;
  std::uint32_t length = 0;
  for (std::size_t i = head.size(); i-- > 0;) length = length << 8 | static_cast<unsigned char>(head[i]);
  text.resize(length);
  return static_cast<bool>(in.read(text.data(), static_cast<std::streamsize>(length)));
}

int probe(const char* path, hawser::model::encode_options options) {
  using namespace hawser::model;
  const auto file = gguf_file::open(path);
  if (!file) {
    std::cerr << file.error().what << '\n';
    return 1;
  }
  auto words = read_vocabulary(**file);
  if (!words) {
    std::cerr << words.error().what << '\n';
    return 1;
  }
  const auto made = tokenizer::make(std::move(*words));
  if (!made) {
    std::cerr << made.error().what << '\n';
    return 1;
  }
  std::string text;
  while (read_text(std::cin, text)) {
    const auto ids = (*made)->encode(text, options);
    std::cout << "{\"ids\":[";
    for (std::size_t i = 0; i < ids.size(); ++i) std::cout << (i == 0 ? "" : ",") << ids[i];
    std::cout << "],\"same\":" << ((*made)->decode(ids, options.parse_special) == text ? "true" : "false")
              << "}\n";
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  hawser::model::encode_options options;
  if (count < 2) {
    std::cerr << "usage: tokenizer_probe MODEL [--no-special] [--no-parse] < TEXTS\n";
    return 2;
  }
  for (int i = 2; i < count; ++i) {
    const std::string_view flag = arguments[i];
    if (flag == "--no-special") options.add_special = false;
    if (flag == "--no-parse") options.parse_special = false;
  }
  return probe(arguments[1], options);
}
