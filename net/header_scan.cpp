#include "net/header_scan.hpp"

#include <algorithm>

namespace hawser::net {
namespace {

bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_token_char(char c) noexcept {
  const bool letter = is_upper(c) || (c >= 'a' && c <= 'z') || is_digit(c);
  return letter || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

bool is_target(std::string_view target) noexcept {
  const bool visible = std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
  return visible && (target.starts_with('/') || target.starts_with("http://") ||
                     target.starts_with("https://") || target == "*");
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

header_scan::verdict header_scan::refuse(int status, std::string_view message) {
  why_ = bad_field({}, std::string(message));
  why_.status = status;
  return verdict::refused;
}

header_scan::verdict header_scan::scan(std::string_view buffer) {
  while (seen_ < buffer.size()) {
    const char c = buffer[seen_];
    if (after_cr_) {
      if (c != '\n') return refuse(400, "the request's header has a CR without LF");
      after_cr_ = false;
      const std::string_view line = buffer.substr(line_begin_, seen_ - 1 - line_begin_);
      ++seen_;
      const verdict so_far = end_of_line(line, seen_);
      if (so_far != verdict::more) return so_far;
      continue;
    }
    if (c == '\n') return refuse(400, "the request's header has an LF without CR");
    if (c == '\r') {
      after_cr_ = true;
    } else if (is_control(c)) {
      return refuse(400, "the request's header has a control character");
    }
    ++seen_;
    // Two spaces, the longest method that matters and the version do not count against the line.
    if (!have_request_line_ && seen_ - line_begin_ > limits_->request_line + 24) {
      return refuse(414,
                    "the request target is longer than " + std::to_string(limits_->request_line) + " bytes");
    }
    if (seen_ - leading_ > limits_->header_bytes) {
      return refuse(431, "the request's header is larger than " + std::to_string(limits_->header_bytes) +
                             " bytes");
    }
  }
  return verdict::more;
}

header_scan::verdict header_scan::end_of_line(std::string_view line, std::size_t next) {
  line_begin_ = next;
  if (!have_request_line_) {
    if (line.empty()) {  // RFC 9112, 2.2: an empty line before a request is forgiven
      leading_ = next;
      return leading_ > 4 ? refuse(400, "too many empty lines before the request") : verdict::more;
    }
    have_request_line_ = true;
    return check_request_line(line) ? verdict::more : verdict::refused;
  }
  if (line.empty()) return verdict::whole;
  if (++fields_ > limits_->header_count) {
    return refuse(431,
                  "the request has more than " + std::to_string(limits_->header_count) + " header fields");
  }
  return check_field(line) ? verdict::more : verdict::refused;
}

bool header_scan::check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || line.find(' ', first + 1) != last) {
    (void)refuse(400, "the request line is not METHOD, target and version with one space between");
    return false;
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) ||
      !std::ranges::all_of(method, [](char c) { return is_upper(c) || c == '-' || c == '_'; })) {
    (void)refuse(400, "the request's method is not in upper case letters");
  } else if (!is_target(target) || (target == "*" && method != "OPTIONS")) {
    (void)refuse(version.starts_with("HTTP/2") ? 505 : 400,
                 "the request target is not a path or an http URL of visible ASCII");
  } else if (target.size() > limits_->request_line) {
    (void)refuse(414,
                 "the request target is longer than " + std::to_string(limits_->request_line) + " bytes");
  } else if (version == "HTTP/1.1" || version == "HTTP/1.0") {
    return true;
  } else if (version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
             version[6] == '.' && is_digit(version[7])) {
    (void)refuse(505, "this server speaks HTTP/1.1 and HTTP/1.0");
  } else {
    (void)refuse(400, "the request line does not end in an HTTP version");
  }
  return false;
}

bool header_scan::check_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    (void)refuse(400, "a header field is folded over two lines");
    return false;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    (void)refuse(400, "a header field has no colon");
    return false;
  }
  if (!is_token(line.substr(0, colon))) {
    (void)refuse(400, "a header field's name is not a token, or has a space before its colon");
    return false;
  }
  return true;
}

}  // namespace hawser::net
