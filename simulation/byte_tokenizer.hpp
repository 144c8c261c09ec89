/// A vocabulary of bytes: token n is byte n, 256 begins, 257 ends.
#pragma once

#include "model/tokenizer.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hawser::simulation {

class byte_tokenizer final : public model::tokenizer {
 public:
  explicit byte_tokenizer(bool add_bos = false) : tokenizer(make_words(add_bos)) {}

  [[nodiscard]] std::vector<model::token_id> encode(std::string_view text,
                                                    model::encode_options options) const override {
    if (text == "too much") throw std::bad_alloc();
    if (text == "fail the worker") throw std::logic_error("asked to fail");
    std::vector<model::token_id> ids;
    if (options.add_special && words_.add_bos) ids.push_back(words_.bos);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (options.parse_special && text.substr(i).starts_with("<s>")) {
        ids.push_back(256);
        i += 2;
      } else {
        ids.push_back(static_cast<unsigned char>(text[i]));
      }
    }
    return ids;
  }

  [[nodiscard]] std::string_view piece(model::token_id id, bool special) const noexcept override {
    if (id < 0 || id > 257 || (id > 255 && !special)) return {};
    return words_.texts[static_cast<std::size_t>(id)];
  }

 private:
  static model::vocabulary make_words(bool add_bos) {
    model::vocabulary words;
    words.model = "bytes";
    for (int i = 0; i < 256; ++i) words.texts.emplace_back(1, static_cast<char>(i));
    words.texts.emplace_back("<s>");
    words.texts.emplace_back("</s>");
    words.kinds.assign(256, model::token_kind::normal);
    words.kinds.resize(258, model::token_kind::control);
    words.bos = 256;
    words.eos = 257;
    words.end_of_generation = {257};
    words.add_bos = add_bos;
    return words;
  }
};

inline std::vector<model::token_id> bytes(std::string_view text) {
  return byte_tokenizer().encode(text, {.add_special = false, .parse_special = false});
}

}  // namespace hawser::simulation
