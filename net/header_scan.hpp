/// The strict look at a request's header, on its raw bytes, before a parser that forgives sees it.
#pragma once

#include "net/api_error.hpp"
#include "net/limits.hpp"

#include <cstddef>
#include <string_view>

namespace hawser::net {

/// Pure and incremental; refuses at the first bad byte. What it refuses:
/// bare CR or LF, control characters, folded lines, a field without a colon or with a name that is no token
/// (400); a request line that is not "METHOD target HTTP/x.y" with an upper-case method and a target of
/// visible ASCII (400); another version than 1.0 and 1.1 (505); the limits of request line (414), header
/// bytes and header count (431).
class header_scan {
 public:
  enum class verdict : unsigned char { more, whole, refused };

  explicit header_scan(const http_limits& limits) noexcept : limits_(&limits) {}

  /// `buffer`: the request from its first byte; what was looked at before is not looked at again.
  [[nodiscard]] verdict scan(std::string_view buffer);
  /// After `whole`: bytes of the header with its empty line, and of the empty lines that stood before it.
  [[nodiscard]] std::size_t size() const noexcept { return seen_; }
  [[nodiscard]] std::size_t leading() const noexcept { return leading_; }
  /// After `refused`.
  [[nodiscard]] const api_error& why() const noexcept { return why_; }

 private:
  [[nodiscard]] verdict end_of_line(std::string_view line, std::size_t next);
  [[nodiscard]] bool check_request_line(std::string_view line);
  [[nodiscard]] bool check_field(std::string_view line);
  [[nodiscard]] verdict refuse(int status, std::string_view message);

  const http_limits* limits_;
  std::size_t seen_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t leading_ = 0;
  std::size_t fields_ = 0;
  bool after_cr_ = false;
  bool have_request_line_ = false;
  api_error why_;
};

/// A character of a method or a field name (RFC 9110, 5.6.2).
[[nodiscard]] bool is_token(std::string_view text) noexcept;

}  // namespace hawser::net
