#include "actors/answer_stream.hpp"

#include <utility>

namespace hawser::actors {
namespace {

void add_pieces(const model::tokenizer& words, model::sampled_token& token, generated_token& into) {
  into.piece = words.piece(token.id, true);
  into.logprob = token.logprob;
  into.top_pieces.reserve(token.top.size());
  for (const model::token_logprob& other : token.top)
    into.top_pieces.emplace_back(words.piece(other.id, true));
  into.top = std::move(token.top);
}

}  // namespace

answer_stream::answer_stream(std::shared_ptr<const model::tokenizer> words, std::vector<std::string> stops,
                             bool logprobs)
    : words_(std::move(words)), text_(words_), stops_(std::move(stops)), logprobs_(logprobs) {}

bool answer_stream::push(model::sampled_token& token, generated_token& into) {
  into.id = token.id;
  if (logprobs_) add_pieces(*words_, token, into);
  const std::string_view certain = text_.push(token.id);
  if (stops_.idle()) {
    into.text = certain;
    return true;
  }
  const stop_scan::found match = stops_.read(certain);
  if (match.stop != nullptr) {
    held_.append(certain.substr(0, match.end));
    held_.resize(held_.size() - match.stop->size());
    into.text = std::exchange(held_, {});
    matched_ = *match.stop;
    return false;
  }
  held_.append(certain);
  const std::size_t safe = held_.size() - stops_.suspicious();
  into.text.assign(held_, 0, safe);
  held_.erase(0, safe);
  return true;
}

std::string answer_stream::finish() {
  if (matched_.empty()) held_.append(text_.finish());
  return std::exchange(held_, {});
}

void answer_stream::score(const model::tokenizer& words, model::sampled_token& token, generated_token& into) {
  into.id = token.id;
  into.text = words.piece(token.id, true);
  add_pieces(words, token, into);
}

}  // namespace hawser::actors
