#include "model/vocabulary.hpp"

#include "model/wording.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace hawser::model {
namespace {

using namespace std::string_view_literals;
using wording::failed;
using wording::quoted;

/// Names that no ordinary text has: such a token ends a turn whatever kind the file gives it, and is a
/// control token. The first one that a vocabulary has is its eot when the file names none.
constexpr std::array turn_ends{
    "<|eot_id|>"sv, "<|im_end|>"sv, "<|end|>"sv,   "<end_of_turn>"sv,         "<|endoftext|>"sv,
    "<|eom_id|>"sv, "<|return|>"sv, "<|call|>"sv,  "<|end_of_text|>"sv,       "<end_of_utterance>"sv,
    "<turn|>"sv,    "<|flush|>"sv,  "<|calls|>"sv, "<｜end▁of▁sentence｜>"sv, "<|end_of_turn|>"sv,
};

/// These are also words of ordinary text (</s> is struck-out HTML): they end a turn only as control tokens.
constexpr std::array control_turn_ends{"</s>"sv,  "<eos>"sv, "<EOT>"sv,           "_<EOT>"sv,
                                       "[EOT]"sv, "[EOS]"sv, "<|tool_response>"sv};

/// After these a model that fills in the middle has nothing more to say.
constexpr std::array fill_ends{"<|fim_pad|>"sv,   "<fim-pad>"sv,  "<fim_pad>"sv,  "<|fim_repo|>"sv,
                               "<|repo_name|>"sv, "<fim-repo>"sv, "<reponame>"sv, "<|file_sep|>"sv};

/// Byte-level vocabularies that begin every text with bos unless the file says otherwise.
constexpr std::array begin_with_bos{"llama3"sv,    "llama-v3"sv,  "llama-bpe"sv,   "falcon3"sv,
                                    "falcon-h1"sv, "pixtral"sv,   "midm-2.0"sv,    "lfm2"sv,
                                    "tekken"sv,    "chameleon"sv, "jina-v5-nano"sv};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class vocabulary_reader {
 public:
  explicit vocabulary_reader(const gguf_file& file) : file_(file) {}

  result<vocabulary> read() {
    for (const auto step : {&vocabulary_reader::read_texts, &vocabulary_reader::read_kinds,
                            &vocabulary_reader::read_scores, &vocabulary_reader::read_merges,
                            &vocabulary_reader::read_specials, &vocabulary_reader::read_flags}) {
      if (const auto done = (this->*step)(); !done) return done.error();
    }
    find_ends();
    return std::move(words_);
  }

 private:
  template <class... Part>
  [[nodiscard]] error malformed(const Part&... parts) const {
    return failed(errc::malformed, file_.path(), ": ", parts..., ".");
  }

  [[nodiscard]] error wrong_type(std::string_view key, const metadata_value& value,
                                 std::string_view expected) const {
    return malformed("key ", quoted(key), " is of type ", name_of(value.type()), ", expected ", expected);
  }

  /// Empty when the key is missing.
  result<std::string> text_of(std::string_view key) const {
    const auto* value = file_.find(key);
    if (value == nullptr) return std::string();
    const auto text = value->string();
    if (!text) return wrong_type(key, *value, "string");
    return std::string(*text);
  }

  result<void> flag_of(std::string_view key, bool& flag) const {
    const auto* value = file_.find(key);
    if (value == nullptr) return {};
    const auto found = value->boolean();
    if (!found) return wrong_type(key, *value, "bool");
    flag = *found;
    return {};
  }

  result<std::vector<std::string>> texts_of(std::string_view key) const {
    const auto* value = file_.find(key);
    if (value == nullptr) return std::vector<std::string>();
    const auto views = value->strings();
    if (!views) return wrong_type(key, *value, "an array of strings");
    return std::vector<std::string>(views->begin(), views->end());
  }

  result<void> read_texts() {
    auto model = text_of("tokenizer.ggml.model");
    if (!model) return model.error();
    if (model->empty())
      return malformed("key \"tokenizer.ggml.model\" is missing: the file holds no tokenizer");
    auto pre = text_of("tokenizer.ggml.pre");
    if (!pre) return pre.error();
    auto texts = texts_of("tokenizer.ggml.tokens");
    if (!texts) return texts.error();
    if (texts->empty())
      return malformed("key \"tokenizer.ggml.tokens\" is missing or empty: the file holds no vocabulary");
    if (texts->size() > static_cast<std::size_t>(std::numeric_limits<token_id>::max())) {
      return malformed("key \"tokenizer.ggml.tokens\" holds ", texts->size(),
                       " tokens, more than an id can number");
    }
    auto chat_template = text_of("tokenizer.chat_template");
    if (!chat_template) return chat_template.error();
    words_.model = std::move(*model);
    words_.pre_tokenizer = std::move(*pre);
    words_.texts = std::move(*texts);
    words_.chat_template = std::move(*chat_template);
    return {};
  }

  result<void> read_kinds() {
    constexpr std::string_view key = "tokenizer.ggml.token_type";
    words_.kinds.assign(words_.texts.size(), token_kind::normal);
    const auto* value = file_.find(key);
    if (value == nullptr) return {};
    const auto kinds = value->integers();
    if (!kinds) return wrong_type(key, *value, "an array of integers");
    if (kinds->size() < words_.texts.size()) return too_short(key, kinds->size());
    for (std::size_t i = 0; i < words_.kinds.size(); ++i) {
      const std::int64_t kind = (*kinds)[i];
      const bool known = kind >= 0 && kind <= static_cast<std::int64_t>(token_kind::byte);
      words_.kinds[i] = known ? static_cast<token_kind>(kind) : token_kind::undefined;
    }
    return {};
  }

  result<void> read_scores() {
    constexpr std::string_view key = "tokenizer.ggml.scores";
    const auto* value = file_.find(key);
    if (value == nullptr) return {};
    auto scores = value->numbers();
    if (!scores) return wrong_type(key, *value, "an array of numbers");
    if (scores->size() < words_.texts.size()) return too_short(key, scores->size());
    scores->resize(words_.texts.size());
    words_.scores = std::move(*scores);
    return {};
  }

  [[nodiscard]] error too_short(std::string_view key, std::size_t found) const {
    return malformed("key ", quoted(key), " has ", found, " elements, expected one for each of the ",
                     words_.texts.size(), " tokens");
  }

  result<void> read_merges() {
    auto merges = texts_of("tokenizer.ggml.merges");
    if (!merges) return merges.error();
    words_.merges = std::move(*merges);
    return {};
  }

  result<void> read_id(std::string_view key, token_id& id, bool must_exist) const {
    const auto size = static_cast<std::int64_t>(words_.texts.size());
    const auto* value = file_.find(key);
    if (value != nullptr) {
      const auto number = value->integer();
      if (!number) return wrong_type(key, *value, "an integer");
      const bool none = *number == -1 || *number == std::numeric_limits<std::uint32_t>::max();
      const bool inside = *number >= 0 && *number < size;
      if (must_exist && !inside && !none) {
        return malformed("key ", quoted(key), " is ", *number, ", expected a token from 0 to ", size - 1);
      }
      id = inside ? static_cast<token_id>(*number) : no_token;
    }
    if (id >= size) id = no_token;
    return {};
  }

  result<void> read_specials() {
    if (words_.model == "llama") {  // what SentencePiece gives when it is not told otherwise
      words_.unknown = 0;
      words_.bos = 1;
      words_.eos = 2;
    }

    struct special {
      std::string_view key;
      token_id* id;
      bool must_exist;  // files are about that name a padding or unknown token behind their vocabulary
    };

    const std::array specials{
        special{"tokenizer.ggml.bos_token_id", &words_.bos, true},
        special{"tokenizer.ggml.eos_token_id", &words_.eos, true},
        special{"tokenizer.ggml.eot_token_id", &words_.eot, true},
        special{"tokenizer.ggml.eom_token_id", &eom_, true},
        special{"tokenizer.ggml.unknown_token_id", &words_.unknown, false},
        special{"tokenizer.ggml.padding_token_id", &words_.padding, false},
    };
    for (const auto& [key, id, must_exist] : specials) {
      if (auto done = read_id(key, *id, must_exist); !done) return done;
    }
    return {};
  }

  result<void> read_flags() {
    const bool pieces = words_.model == "llama";
    words_.add_space_prefix = pieces;
    words_.add_bos = pieces || contains(begin_with_bos, words_.pre_tokenizer);

    struct named_flag {
      std::string_view key;
      bool* flag;
    };

    const std::array flags{
        named_flag{"tokenizer.ggml.add_bos_token", &words_.add_bos},
        named_flag{"tokenizer.ggml.add_eos_token", &words_.add_eos},
        named_flag{"tokenizer.ggml.add_space_prefix", &words_.add_space_prefix},
        named_flag{"tokenizer.ggml.remove_extra_whitespaces", &words_.remove_extra_whitespaces},
    };
    for (const auto& [key, flag] : flags) {
      if (auto done = flag_of(key, *flag); !done) return done;
    }
    return {};
  }

  void find_ends() {
    auto& ends = words_.end_of_generation;
    std::size_t best = turn_ends.size();
    token_id first = no_token;
    for (std::size_t i = 0; i < words_.texts.size(); ++i) {
      const std::string_view text = words_.texts[i];
      const auto rank =
          static_cast<std::size_t>(std::find(turn_ends.begin(), turn_ends.end(), text) - turn_ends.begin());
      const auto id = static_cast<token_id>(i);
      if (rank < turn_ends.size()) {
        words_.kinds[i] = token_kind::control;
        ends.push_back(id);
        if (rank < best) {
          best = rank;
          first = id;
        }
      } else if (contains(fill_ends, text) ||
                 (words_.kinds[i] == token_kind::control && contains(control_turn_ends, text))) {
        ends.push_back(id);
      }
    }
    if (words_.eot == no_token) words_.eot = first;
    for (const token_id id : {words_.eos, words_.eot, eom_}) {
      if (id != no_token) ends.push_back(id);
    }
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  }

  const gguf_file& file_;
  vocabulary words_;
  token_id eom_ = no_token;
};

}  // namespace

bool vocabulary::ends_generation(token_id id) const noexcept {
  return std::binary_search(end_of_generation.begin(), end_of_generation.end(), id);
}

result<vocabulary> read_vocabulary(const gguf_file& file) {
  return vocabulary_reader(file).read();
}

}  // namespace hawser::model
