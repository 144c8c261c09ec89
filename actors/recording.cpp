#include "actors/recording.hpp"

#include <utility>

namespace hawser::actors {
namespace {

// Nodes, keys and list entries of the maps that it may stand in.
constexpr std::size_t held_by = 256;

}  // namespace

recording::recording(std::size_t& total, std::string question)
    : charge_(total), question_(std::move(question)) {
  count();
}

void recording::count() noexcept {
  charge_.set(sizeof(recording) + held_by + question_.capacity() + tape_.capacity());
}

void recording::close(const ended& last) {
  last_ = last;
  tape_.shrink_to_fit();
  question_.shrink_to_fit();
  count();
}

void recording::forget_before(std::size_t at) {
  if (std::exchange(whole_, false)) std::string().swap(question_);
  // Moving what is left costs: not for less than it leaves.
  if (at - begin_ > tape_.size() / 2) {
    tape_.erase(0, at - begin_);
    begin_ = at;
    if (tape_.capacity() > 4096 && tape_.size() < tape_.capacity() / 4) tape_.shrink_to_fit();
  }
  count();
}

std::optional<answer_event> recording::read(std::size_t& at) const {
  std::size_t inside = at - begin_;
  auto event = read_event(tape_, inside);
  at = begin_ + inside;
  return event;
}

}  // namespace hawser::actors
