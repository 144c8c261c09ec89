#include "model/pre_tokenizer.hpp"

#include "model/cut_passes.hpp"

#include <algorithm>
#include <span>

namespace hawser::model {

namespace {

using namespace passes;

/// A family: names that mean the same cuts.
struct family {
  std::vector<std::string_view> names;
  std::vector<cut_pass> passes;
  bool ignore_merges = false;
};

std::vector<family> byte_level_families() {
  return {
      {{"default"}, {punctuation, gpt2_words, numbers, three_ascii_digits}},
      {{"gpt-2", "phi-2", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "jina-v1-en", "jina-v2-code",
        "roberta-bpe", "gigachat", "a.x-4.0", "mellum", "modern-bert", "mpt", "olmo", "jais", "trillion",
        "granite-docling", "exaone4"},
       {gpt2_words}},
      {{"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"},
       {one_number, gpt2_words}},
      {{"falcon"}, {punctuation_backtick, gpt2_words, three_ascii_digits}},
      {{"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
        "jina-v5-nano", "glm4", "glm5"},
       {llama3_words},
       true},
      {{"dbrx", "smaug-bpe", "chatglm-bpe"}, {llama3_words}},
      {{"jais-2"}, {jais2_words}},
      {{"minicpm5"}, {three_numbers, minicpm_words}, true},
      {{"qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "hunyuan", "solar-open", "megrez",
        "grok-2", "bailingmoe", "bailingmoe2", "llada-moe"},
       {qwen2_words}},
      {{"qwen35"}, {qwen35_words}},
      {{"ufakzeka"}, {uncontracted_words}},
      {{"seed-coder"}, {seed_coder_words}},
      {{"exaone-moe"}, {exaone_moe_words}},
      {{"laguna"}, {lines, qwen2_words}},
      {{"deepseek-llm"},
       {line_ends, spaced_cased_letters, spaced_wide_punctuation, trailing_spaces, deepseek_cjk, one_number}},
      {{"deepseek-coder"}, {line_ends, spaced_letters, spaced_punctuation, deepseek_cjk, one_number}},
      {{"deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"},
       {three_numbers, deepseek3_cjk, deepseek3_words}},
      {{"spark2_5"}, {three_numbers, deepseek3_cjk, spark_words, one_number}},
      {{"afmoe"}, {numbers_from_the_right, afmoe_scripts, deepseek3_words}},
      {{"tekken"}, {tekken_words}, true},
      {{"gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"}, {gpt4o_words}},
      {{"granite-embed-multi-97m"}, {gpt4o_words}, true},
      {{"tiny_aya", "cohere2moe"}, {bounded_digits, gpt4o_words}},
      {{"youtu"}, {youtu_scripts, youtu_words}, true},
      {{"kimi-k2"}, {kimi_words}},
      {{"superbpe"}, {numbers, digits_from_the_right}},
      {{"poro-chat", "bloom", "gpt3-finnish"}, {bloom_words}},
      {{"viking"}, {bloom_words, one_number}},
      {{"chameleon"},
       {chameleon_sentinels, chameleon_images, chameleon_blanks, one_number, one_punctuation, gpt2_words}},
  };
}

const std::vector<family>& families() {
  static const std::vector<family> all = byte_level_families();
  return all;
}

std::string known_names() {
  std::string names;
  for (const family& f : families()) {
    for (const std::string_view name : f.names) {
      if (!names.empty()) names += ", ";
      names += name;
    }
  }
  return names;
}

}  // namespace

std::vector<std::size_t> pre_tokenizer::cut(std::string_view text) const {
  std::vector<std::size_t> ends;
  if (text.empty()) return ends;
  ends.push_back(text.size());
  std::vector<std::size_t> finer;
  for (const cut_pass pass : passes) {
    finer.clear();
    std::size_t start = 0;
    for (const std::size_t end : ends) {
      pass(text.substr(start, end - start), start, finer);
      start = end;
    }
    ends.swap(finer);
  }
  return ends;
}

result<pre_tokenizer> find_pre_tokenizer(std::string_view name) {
  if (name.empty()) name = "default";
  for (const family& f : families()) {
    if (std::ranges::find(f.names, name) != f.names.end()) return pre_tokenizer{f.passes, f.ignore_merges};
  }
  return error{errc::unsupported, "the pre-tokenizer \"" + std::string{name} +
                                      "\" (tokenizer.ggml.pre) is not known; known are " + known_names()};
}

}  // namespace hawser::model
