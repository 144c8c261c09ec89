#include "net/thought_splitter.hpp"

#include <algorithm>
#include <utility>

namespace hawser::net {
namespace {

constexpr std::string_view white = " \t\r\n";

void trim_front(std::string& text) {
  text.erase(0, std::min(text.size(), text.find_first_not_of(white)));
}

/// Bytes at the end of `text` that may become `tag`, with the white space before them.
std::size_t undecided(std::string_view text, std::string_view tag) noexcept {
  std::size_t most = std::min(text.size(), tag.size() - 1);
  while (most > 0 && !text.ends_with(tag.substr(0, most))) --most;
  const std::size_t last = text.substr(0, text.size() - most).find_last_not_of(white);
  return last == std::string_view::npos ? text.size() : text.size() - last - 1;
}

}  // namespace

thinking_tags tags_of(const actors::thinking_style& style, const boost::json::object& shown) {
  std::size_t wish = 0;
  for (const char* const name : {"enable_thinking", "thinking"}) {
    const boost::json::value* const said = shown.if_contains(name);
    if (said != nullptr && said->is_bool()) wish = said->get_bool() ? 2 : 1;
  }
  const boost::json::value* const prompt = shown.if_contains("add_generation_prompt");
  const bool open_ended = prompt != nullptr && prompt->is_bool() && !prompt->get_bool();
  return {style.open, style.close, style.begun[wish] && !open_ended};
}

thought_splitter::thought_splitter(thinking_tags tags)
    : tags_(std::move(tags)), now_(!tags_.any()  ? stage::answer
                                   : tags_.begun ? stage::opened
                                                 : stage::start) {}

bool thought_splitter::leave_start(parts& made) {
  const std::string_view text(held_);
  const std::size_t first = text.find_first_not_of(white);
  const std::string_view rest = first == std::string_view::npos ? std::string_view() : text.substr(first);
  if (rest.starts_with(tags_.open)) {
    held_.erase(0, first + tags_.open.size());
    now_ = stage::opened;
    return true;
  }
  if (std::string_view(tags_.open).starts_with(rest)) return false;
  made.answer += std::exchange(held_, {});
  now_ = stage::answer;
  return true;
}

bool thought_splitter::leave_opened() {
  trim_front(held_);
  if (held_.empty()) return false;
  // Some models write the tag that their prompt has already.
  if (std::exchange(tags_.begun, false)) {
    if (held_.starts_with(tags_.open)) {
      held_.erase(0, tags_.open.size());
      return true;
    }
    if (tags_.open.starts_with(held_)) {
      tags_.begun = true;
      return false;
    }
  }
  now_ = stage::thought;
  return true;
}

bool thought_splitter::leave_thought(parts& made) {
  const std::size_t end = held_.find(tags_.close);
  if (end == std::string::npos) {
    const std::size_t certain = held_.size() - undecided(held_, tags_.close);
    made.thought += held_.substr(0, certain);
    held_.erase(0, certain);
    return false;
  }
  const std::size_t last = std::string_view(held_).substr(0, end).find_last_not_of(white);
  if (last != std::string::npos) made.thought += held_.substr(0, last + 1);
  held_.erase(0, end + tags_.close.size());
  now_ = stage::closed;
  return true;
}

thought_splitter::parts thought_splitter::push(std::string_view text) {
  parts made;
  held_ += text;
  for (bool on = true; on;) {
    switch (now_) {
    case stage::start:
      on = leave_start(made);
      break;
    case stage::opened:
      on = leave_opened();
      break;
    case stage::thought:
      on = leave_thought(made);
      break;
    case stage::closed:
      trim_front(held_);
      on = !held_.empty();
      if (on) now_ = stage::answer;
      break;
    case stage::answer:
      made.answer += std::exchange(held_, {});
      on = false;
      break;
    }
  }
  return made;
}

thought_splitter::parts thought_splitter::finish() {
  parts made;
  std::string& to = thinks() ? made.thought : made.answer;
  to = std::exchange(held_, {});
  return made;
}

}  // namespace hawser::net
