#include "actors/answer_reader.hpp"

#include <utility>

namespace hawser::actors {

answer_event* answer_reader::next(runtime::time_point now) {
  if (over_) return nullptr;
  if (next_) return &*next_;
  behind_next_ = at_;
  next_ = what_->read(behind_next_);
  if (next_) {
    std::visit([this](auto& event) { address_to(event); }, *next_);
    const auto* const text = std::get_if<generated>(&*next_);
    new_tokens_ = text != nullptr && !text->of_prompt ? static_cast<std::uint32_t>(text->tokens.size()) : 0;
    return &*next_;
  }
  if (!what_->last()) return nullptr;
  next_ = *what_->last();
  auto& last = std::get<ended>(*next_);
  address_to(last);
  if (from_ != answer_source::computed) tell_times(last, now);
  return &*next_;
}

void answer_reader::took(runtime::time_point now) {
  std::visit([&](const auto& event) { note(event, now); }, *next_);
  at_ = behind_next_;
  next_.reset();
}

// What was not computed for him was there already.
void answer_reader::address_to(admitted& event) const {
  event.id = id_;
  event.from = from_;
  if (from_ != answer_source::computed) event.cached_tokens = event.prompt_tokens;
}

void answer_reader::address_to(ended& event) const {
  event.id = id_;
  if (from_ != answer_source::computed) event.cached_tokens = event.prompt_tokens;
}

void answer_reader::tell_times(ended& event, runtime::time_point now) const {
  event.times = {};
  event.times.queued = first_.value_or(now) - arrived_;
  if (first_) event.times.decode = now - *first_;
}

void answer_reader::note(const admitted& event, runtime::time_point) {
  prompt_tokens_ = event.prompt_tokens;
  cached_tokens_ = event.cached_tokens;
  choices_.resize(many_);
}

// Its tokens have been taken out of it.
void answer_reader::note(const generated& event, runtime::time_point now) {
  choices_.at(event.choice).tokens += new_tokens_;
  answer_tokens_ += new_tokens_;
  if (!first_) first_ = now;
}

void answer_reader::note(const choice_ended& event, runtime::time_point) {
  choices_.at(event.choice).over = true;
}

void answer_reader::note(const ended&, runtime::time_point) {
  over_ = true;
}

std::vector<answer_event> answer_reader::cut(finish why, std::string message, runtime::time_point now) const {
  std::vector<answer_event> letters;
  for (std::uint32_t i = 0; i < choices_.size(); ++i) {
    if (choices_[i].over) continue;
    choice_ended one;
    one.id = id_;
    one.choice = i;
    one.end.why = why;
    one.end.tokens = choices_[i].tokens;
    letters.emplace_back(std::move(one));
  }
  ended last;
  last.id = id_;
  last.why = why;
  last.message = std::move(message);
  last.prompt_tokens = prompt_tokens_;
  last.cached_tokens = cached_tokens_;
  last.answer_tokens = answer_tokens_;
  tell_times(last, now);
  letters.emplace_back(std::move(last));
  return letters;
}

}  // namespace hawser::actors
