#include "net/web_frame.hpp"

#include <algorithm>
#include <utility>

namespace hawser::net {
namespace {

constexpr std::uint8_t continuation = 0, text = 1, binary = 2, closing = 8, ping = 9, pong = 10;
constexpr std::uint8_t final_bit = 0x80, reserved_bits = 0x70, opcode_bits = 0x0F, mask_bit = 0x80;
constexpr std::size_t most_control = 125;

constexpr bool is_control(std::uint8_t opcode) noexcept {
  return opcode >= closing;
}

void append_frame(std::string& out, std::uint8_t opcode, std::string_view payload) {
  out += static_cast<char>(final_bit | opcode);
  const std::uint64_t size = payload.size();
  const auto big_endian = [&out, size](int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out += static_cast<char>((size >> shift) & 0xffu);
  };
  if (size <= most_control) {
    big_endian(1);
  } else if (size <= 0xffff) {
    out += static_cast<char>(126);
    big_endian(2);
  } else {
    out += static_cast<char>(127);
    big_endian(8);
  }
  out += payload;
}

}  // namespace

bool is_close_code(std::uint16_t code) noexcept {
  if (code >= 3000) return code < 5000;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

void append_message(std::string& out, const web_message& m) {
  append_frame(out, m.text ? text : binary, m.data);
}

void append_ping(std::string& out) {
  append_frame(out, ping, {});
}

void append_pong(std::string& out, std::string_view payload) {
  append_frame(out, pong, payload);
}

void append_close(std::string& out, web_close code, std::string_view why) {
  if (code == web_close::no_code) return append_frame(out, closing, {});
  std::string payload;
  payload += static_cast<char>(static_cast<std::uint16_t>(code) >> 8u);
  payload += static_cast<char>(static_cast<std::uint16_t>(code) & 0xffu);
  std::size_t room = std::min(why.size(), most_control - 2);
  // A character is not cut in two.
  while (room < why.size() && room > 0 && (static_cast<std::uint8_t>(why[room]) & 0xC0u) == 0x80u) --room;
  payload += why.substr(0, room);
  append_frame(out, closing, payload);
}

bool utf8_watch::add(std::string_view bytes) noexcept {
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (left_ > 0) {
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80;
      high_ = 0xBF;
      --left_;
      continue;
    }
    if (byte < 0x80) continue;
    if (byte < 0xC2 || byte > 0xF4) return false;
    left_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    // No overlong forms, no surrogates, nothing above U+10FFFF.
    if (byte == 0xE0) low_ = 0xA0;
    if (byte == 0xED) high_ = 0x9F;
    if (byte == 0xF0) low_ = 0x90;
    if (byte == 0xF4) high_ = 0x8F;
  }
  return true;
}

web_frame_reader::step web_frame_reader::next() {
  if (refused_) return step::refused;
  for (;;) {
    if (!in_frame_) {
      step answer = step::more;
      if (!read_head(answer)) return answer;
    }
    if (!read_payload()) return step::refused;
    if (left_ > 0) return step::more;
    in_frame_ = false;
    if (const step done = finish_frame(); done != step::more) return done;
  }
}

bool web_frame_reader::read_head(step& answer) {
  const auto byte = [this](std::size_t i) { return static_cast<std::uint8_t>(in_[begin_ + i]); };
  // What the first two bytes say wrong is not waited for.
  if (buffered() >= 2 && !judge_head(byte(0), (byte(1) & mask_bit) != 0)) {
    answer = step::refused;
    return false;
  }
  if (buffered() < 2) return false;
  const std::uint8_t short_length = byte(1) & 0x7Fu;
  const std::size_t extra = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
  if (buffered() < 2 + extra) return false;
  left_ = extra > 0 ? 0 : short_length;
  for (std::size_t i = 0; i < extra; ++i) left_ = (left_ << 8u) | byte(2 + i);
  const bool shortest = extra == 0 || (extra == 2 ? left_ > most_control : left_ > 0xffff);
  if (!shortest || left_ >> 63u != 0) {
    (void)refuse(web_close::protocol_error, "a frame's length is not written in the shortest way");
    answer = step::refused;
    return false;
  }
  opcode_ = byte(0) & opcode_bits;
  last_ = (byte(0) & final_bit) != 0;
  if (!judge_length()) {
    answer = step::refused;
    return false;
  }
  if (buffered() < 2 + extra + 4) return false;
  for (std::size_t i = 0; i < 4; ++i) mask_[i] = byte(2 + extra + i);
  consume(2 + extra + 4);
  seen_ = 0;
  in_frame_ = true;
  if (is_control(opcode_)) {
    control_.clear();
    return true;
  }
  if (opcode_ != continuation) {
    message_ = {{}, opcode_ == text};
    utf8_ = {};
    fragments_ = 0;
    in_message_ = true;
  }
  ++fragments_;
  return true;
}

bool web_frame_reader::judge_head(std::uint8_t first, bool masked) {
  const std::uint8_t opcode = first & opcode_bits;
  if ((first & reserved_bits) != 0)
    return refuse(web_close::protocol_error, "a frame has reserved bits set: no extension was agreed on");
  if (opcode > pong || (opcode > binary && opcode < closing))
    return refuse(web_close::protocol_error, "a frame is of a kind that is not known");
  if (!masked) return refuse(web_close::protocol_error, "a client's frames are masked, and this one is not");
  if (is_control(opcode)) {
    if ((first & final_bit) == 0)
      return refuse(web_close::protocol_error, "a control frame may not be fragmented");
    return true;
  }
  if (opcode == continuation && !in_message_)
    return refuse(web_close::protocol_error, "a frame continues a message that was not begun");
  if (opcode != continuation && in_message_)
    return refuse(web_close::protocol_error, "a message begins before the one before has ended");
  return true;
}

bool web_frame_reader::judge_length() {
  if (is_control(opcode_)) {
    if (left_ > most_control)
      return refuse(web_close::protocol_error, "a control frame has more than 125 bytes");
    return true;
  }
  if (left_ > limits_.frame)
    return refuse(web_close::too_big, "a frame may have " + std::to_string(limits_.frame) + " bytes");
  const std::size_t so_far = opcode_ == continuation ? message_.data.size() : 0;
  if (so_far + left_ > limits_.message)
    return refuse(web_close::too_big, "a message may have " + std::to_string(limits_.message) + " bytes");
  if (opcode_ == continuation && fragments_ >= limits_.fragments)
    return refuse(web_close::too_big, "a message may have " + std::to_string(limits_.fragments) + " frames");
  return true;
}

bool web_frame_reader::read_payload() {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffered()));
  std::string& into = is_control(opcode_) ? control_ : message_.data;
  const std::size_t from = into.size();
  into.append(in_, begin_, size);
  for (std::size_t i = 0; i < size; ++i)
    into[from + i] = static_cast<char>(static_cast<std::uint8_t>(into[from + i]) ^ mask_[(seen_ + i) % 4]);
  seen_ += size;
  left_ -= size;
  consume(size);
  if (is_control(opcode_) || !message_.text) return true;
  if (!utf8_.add(std::string_view(into).substr(from)))
    return refuse(web_close::not_utf8, "a text message is not UTF-8");
  return true;
}

web_frame_reader::step web_frame_reader::finish_frame() {
  took_control_ = is_control(opcode_);
  switch (opcode_) {
  case ping:
    return step::ping;
  case pong:
    return step::pong;
  case closing:
    return finish_close();
  default:
    break;
  }
  if (!last_) return step::more;
  if (message_.text && !utf8_.complete()) {
    (void)refuse(web_close::not_utf8, "a text message ends within a character");
    return step::refused;
  }
  in_message_ = false;
  return step::message;
}

web_frame_reader::step web_frame_reader::finish_close() {
  code_ = web_close::no_code;
  why_.clear();
  if (control_.empty()) return step::close;
  const auto high = static_cast<std::uint8_t>(control_.front());
  const auto low = control_.size() > 1 ? static_cast<std::uint8_t>(control_[1]) : std::uint8_t{0};
  const auto code = static_cast<std::uint16_t>(high * 256 + low);
  if (control_.size() < 2 || !is_close_code(code)) {
    (void)refuse(web_close::protocol_error, "a close frame has a code that may not be sent");
    return step::refused;
  }
  utf8_watch watch;
  if (!watch.add(std::string_view(control_).substr(2)) || !watch.complete()) {
    (void)refuse(web_close::not_utf8, "a close frame's reason is not UTF-8");
    return step::refused;
  }
  code_ = static_cast<web_close>(code);
  why_ = control_.substr(2);
  return step::close;
}

web_message web_frame_reader::take() {
  if (took_control_) return {std::exchange(control_, {}), false};
  return std::exchange(message_, {});
}

bool web_frame_reader::refuse(web_close code, std::string_view why) {
  refused_ = true;
  code_ = code;
  why_ = why;
  return false;
}

void web_frame_reader::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ < in_.size()) {
    // Small frames behind each other do not move the rest each time.
    if (begin_ < 4096 || begin_ * 2 < in_.size()) return;
    in_.erase(0, begin_);
  } else {
    std::string().swap(in_);  // an idle connection keeps no buffer
  }
  begin_ = 0;
}

}  // namespace hawser::net
