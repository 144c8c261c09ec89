#include "simulation/response_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace hawser::simulation {
namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

template <class Number>
bool read_number(std::string_view text, int base, Number& into) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), into, base);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

}  // namespace

bool response_reader::fail(std::string_view rule) {
  broken_ = rule;
  return false;
}

std::optional<whole_response> response_reader::next(bool head_only) {
  while (broken_.empty()) {
    if (!head_read_ && !read_head(head_only)) return std::nullopt;
    if (!read_body()) return std::nullopt;
    head_read_ = false;
    whole_response made = std::exchange(now_, {});
    if (made.status != 100) return made;
  }
  return std::nullopt;
}

bool response_reader::read_head(bool head_only) {
  const std::size_t end = in_.find("\r\n\r\n");
  if (end == std::string::npos) return in_.size() > 64 * 1024 ? fail("a header without an end") : false;
  const std::string head = in_.substr(0, end + 2);
  in_.erase(0, end + 4);
  std::size_t at = head.find("\r\n");
  if (!read_status(std::string_view(head).substr(0, at))) return false;
  for (at += 2; at < head.size();) {
    const std::size_t next = head.find("\r\n", at);
    if (!read_field(std::string_view(head).substr(at, next - at))) return false;
    at = next + 2;
  }
  head_read_ = true;
  return choose_framing(head_only);
}

bool response_reader::read_status(std::string_view line) {
  if (!line.starts_with("HTTP/1.1 ") || line.size() < 13 || line[12] != ' ')
    return fail("a malformed status line");
  if (!read_number(line.substr(9, 3), 10, now_.status) || now_.status < 100 || now_.status > 599)
    return fail("a status that is none");
  return true;
}

bool response_reader::read_field(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return fail("a malformed field");
  if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    return fail("a control character in a field");
  if (!now_.fields.emplace(lower(line.substr(0, colon)), line.substr(colon + 2)).second)
    return fail("a field that comes twice");
  return true;
}

bool response_reader::choose_framing(bool head_only) {
  const auto value = [this](std::string_view name) {
    const auto found = now_.fields.find(name);
    return found == now_.fields.end() ? std::string() : found->second;
  };
  const std::string length = value("content-length");
  const std::string coding = value("transfer-encoding");
  now_.closes = value("connection") == "close";
  if (!length.empty() && !coding.empty()) return fail("a length and a transfer coding");
  if (!length.empty() && !read_number(length, 10, length_)) return fail("a Content-Length that is no number");
  if (head_only || now_.status == 204 || now_.status == 100) {
    framing_ = framing::none;
  } else if (coding == "chunked") {
    framing_ = framing::chunks;
  } else if (!coding.empty()) {
    return fail("an unknown transfer coding");
  } else if (!length.empty()) {
    framing_ = framing::length;
  } else if (now_.closes) {
    framing_ = framing::until_close;
  } else {
    return fail("a body without a length on a connection that stays open");
  }
  return true;
}

bool response_reader::read_body() {
  switch (framing_) {
  case framing::none:
    return true;
  case framing::chunks:
    return read_chunks();
  case framing::length: {
    if (in_.size() < length_) return false;
    now_.body = in_.substr(0, length_);
    in_.erase(0, length_);
    return true;
  }
  case framing::until_close:
    now_.body += std::exchange(in_, {});
    return ended_;
  }
  return false;
}

bool response_reader::read_chunks() {
  for (;;) {
    const std::size_t line = in_.find("\r\n");
    if (line == std::string::npos) return in_.size() > 16 ? fail("a chunk's size without an end") : false;
    std::size_t size = 0;
    if (!read_number(std::string_view(in_).substr(0, line), 16, size))
      return fail("a chunk's size that is none");
    if (in_.size() < line + 2 + size + 2) return false;
    if (in_.compare(line + 2 + size, 2, "\r\n") != 0) return fail("a chunk that does not end where it says");
    now_.body.append(in_, line + 2, size);
    in_.erase(0, line + 2 + size + 2);
    if (size == 0) return true;
  }
}

}  // namespace hawser::simulation
