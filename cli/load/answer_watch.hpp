/// Follows one answer: HTTP, events, text, and when each came.
#pragma once

#include "cli/load/histogram.hpp"
#include "cli/load/outcome.hpp"
#include "cli/load/response_reader.hpp"
#include "cli/load/sse_splitter.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::load {

/// Pure: time is handed in. Reused for one answer after the other.
class answer_watch {
 public:
  enum class verdict : std::uint8_t { more, over };

  /// `keep_text`: the answer's text is wanted (a conversation goes on). Gaps between pieces of text go to
  /// `gaps`.
  void begin(bool keep_text, histogram& gaps);

  /// What came at `now`. `over`: outcome fields of `into` are set, with `how`.
  [[nodiscard]] verdict feed(std::string_view bytes, std::chrono::nanoseconds now, outcome& into);
  /// The server closed its side.
  void at_end(std::chrono::nanoseconds now, outcome& into);

  [[nodiscard]] std::uint32_t pieces() const noexcept { return pieces_; }
  [[nodiscard]] const response_reader& http() const noexcept { return http_; }
  /// With keep_text: fit for a JSON string as it is.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void take_event(std::string_view data, std::chrono::nanoseconds now, outcome& into);
  void count(std::string_view json, outcome& into) const;
  [[nodiscard]] verdict conclude(std::chrono::nanoseconds now, outcome& into);

  response_reader http_;
  sse_splitter events_;
  std::string body_;
  std::string text_;
  histogram* gaps_ = nullptr;
  std::uint32_t pieces_ = 0;
  bool keep_text_ = false;
  bool done_ = false;
  bool failed_ = false;
};

}  // namespace hawser::load
