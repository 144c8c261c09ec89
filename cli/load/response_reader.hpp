/// One HTTP response, as its bytes come.
#pragma once

#include "net/chunk_decoder.hpp"
#include "net/limits.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::load {

struct response_head {
  int status = 0;
  bool keep_alive = false;
  bool event_stream = false;
  std::optional<std::chrono::nanoseconds> retry_after;  ///< only in seconds, as servers of models send it
};

/// Pure. Begins anew with reset().
class response_reader {
 public:
  enum class verdict : std::uint8_t {
    more,
    whole,   ///< the response is complete
    broken,  ///< this is no HTTP, or too large
  };

  response_reader();
  // The decoder points at the limits.
  response_reader(const response_reader&) = delete;
  response_reader& operator=(const response_reader&) = delete;

  void reset();

  /// Appends what of the body came to `body`.
  [[nodiscard]] verdict feed(std::string_view bytes, std::string& body);
  /// The server closed: `whole` where that is the body's end, else `broken`.
  [[nodiscard]] verdict at_end() const noexcept;

  [[nodiscard]] bool has_head() const noexcept { return has_head_; }
  /// After has_head().
  [[nodiscard]] const response_head& head() const noexcept { return head_; }
  /// Nothing has come at all.
  [[nodiscard]] bool untouched() const noexcept { return !has_head_ && raw_head_.empty(); }

 private:
  enum class framing : std::uint8_t { length, chunks, until_close };

  [[nodiscard]] bool read_head();
  [[nodiscard]] verdict read_body(std::string_view bytes, std::string& body);

  net::http_limits limits_;
  net::chunk_decoder chunks_;
  std::string raw_head_;
  response_head head_;
  framing frames_ = framing::length;
  std::uint64_t left_ = 0;
  bool has_head_ = false;
};

}  // namespace hawser::load
