#include "net/chunk_decoder.hpp"

#include "net/header_scan.hpp"

#include <algorithm>
#include <utility>

namespace hawser::net {
namespace {

constexpr std::size_t most_digits = 16;  // of 64 bits

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(char c) noexcept {
  return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t';
}

}  // namespace

bool chunk_decoder::refuse(int status, std::string message) {
  why_ = bad_field({}, std::move(message));
  why_.status = status;
  return false;
}

bool chunk_decoder::expect(char c, char expected, place next) {
  if (c != expected)
    return refuse(400, "the request's chunked body has a line that does not end in CRLF, or a chunk that is "
                       "not as long as it says");
  at_ = next;
  return true;
}

chunk_decoder::verdict chunk_decoder::decode(std::string_view bytes, std::size_t& used, std::string& body) {
  used = 0;
  while (used < bytes.size()) {
    if (at_ == place::data) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(size_, bytes.size() - used));
      body.append(bytes.substr(used, n));
      used += n;
      size_ -= n;
      if (size_ == 0) at_ = place::data_cr;
      continue;
    }
    if (!step(bytes[used], body.size())) return verdict::refused;
    ++used;
    if (at_ == place::end) return verdict::whole;
  }
  return verdict::more;
}

bool chunk_decoder::step(char c, std::size_t body_size) {
  switch (at_) {
  case place::size:
    return in_size(c, body_size);
  case place::extension:
    return in_extension(c);
  case place::size_lf:
    return expect(c, '\n', size_ == 0 ? place::trailer : place::data);
  case place::data_cr:
    return expect(c, '\r', place::data_lf);
  case place::data_lf:
    digits_ = 0;
    return expect(c, '\n', place::size);
  case place::trailer_lf:
    return expect(c, '\n', place::trailer);
  case place::last_lf:
    return expect(c, '\n', place::end);
  default:
    return in_trailer(c);
  }
}

bool chunk_decoder::in_size(char c, std::size_t body_size) {
  if (digits_ == 0) size_ = 0;
  if (const int digit = hex_digit(c); digit >= 0) {
    if (++digits_ > most_digits) return refuse(400, "a chunk's size has too many digits");
    size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
    return true;
  }
  if (digits_ == 0 || (c != '\r' && c != ';'))
    return refuse(400, "a chunk's size is not a hexadecimal number");
  if (size_ > limits_->body - std::min(limits_->body, body_size)) {
    return refuse(413, "the request's body is larger than " + std::to_string(limits_->body) + " bytes");
  }
  extension_ = 0;
  at_ = c == '\r' ? place::size_lf : place::extension;
  return true;
}

bool chunk_decoder::in_extension(char c) {
  if (c == '\r') {
    at_ = place::size_lf;
    return true;
  }
  if (!is_text(c)) return refuse(400, "a chunk's extension has a control character");
  if (++extension_ > limits_->chunk_extension || ++extensions_ > limits_->chunk_extensions) {
    return refuse(400, "the request's chunk extensions are too long");
  }
  return true;
}

bool chunk_decoder::in_trailer(char c) {
  if (++trailer_bytes_ > limits_->header_bytes) return refuse(431, "the request's trailers are too large");
  if (at_ == place::trailer) {
    if (c == '\r') {
      at_ = place::last_lf;
      return true;
    }
    if (++trailers_ > limits_->header_count) return refuse(431, "the request has too many trailer fields");
    at_ = place::trailer_name;
    return is_token({&c, 1}) || refuse(400, "a trailer field has no name, or is folded");
  }
  if (at_ == place::trailer_name) {
    if (c == ':') at_ = place::trailer_value;
    return c == ':' || is_token({&c, 1}) || refuse(400, "a trailer field's name is not a token");
  }
  if (c == '\r') at_ = place::trailer_lf;
  return c == '\r' || is_text(c) || refuse(400, "a trailer field has a control character");
}

}  // namespace hawser::net
