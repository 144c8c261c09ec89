/// What a model thinks before it answers, apart from its answer: by the tags that its chat template uses.
/// Pure.
#pragma once

#include "actors/service_mail.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hawser::net {

/// As in <think>...</think>. Empty: the model does not think, or does not say so.
struct thinking_tags {
  std::string open{};
  std::string close{};
  bool begun = false;  ///< the prompt ends with the open tag, so the answer begins as a thought

  [[nodiscard]] bool any() const noexcept { return !open.empty() && !close.empty(); }
};

/// `shown`: what the template sees beside the messages.
[[nodiscard]] thinking_tags tags_of(const actors::thinking_style& style, const boost::json::object& shown);

/// Thoughts come first, once, and end with the close tag; white space beside the tags belongs to neither. An
/// open tag further on is text. Never gives half a tag.
class thought_splitter {
 public:
  explicit thought_splitter(thinking_tags tags);

  struct parts {
    std::string thought{};
    std::string answer{};
  };
  /// What became certain with `text`.
  [[nodiscard]] parts push(std::string_view text);
  /// The end: what was held back. A thought that never ended is one.
  [[nodiscard]] parts finish();

  [[nodiscard]] bool thinks() const noexcept { return now_ == stage::opened || now_ == stage::thought; }

 private:
  enum class stage : std::uint8_t { start, opened, thought, closed, answer };

  [[nodiscard]] bool leave_start(parts& made);
  [[nodiscard]] bool leave_opened();
  [[nodiscard]] bool leave_thought(parts& made);

  thinking_tags tags_;
  std::string held_;
  stage now_;
};

}  // namespace hawser::net
