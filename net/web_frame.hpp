/// Frames of WebSockets (RFC 6455), the server's side. Pure: bytes in, messages out, and back.
#pragma once

#include "net/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hawser::net {

struct web_message {
  std::string data;
  bool text = true;  ///< UTF-8; else any bytes
};

/// Codes of closing that the server itself says.
enum class web_close : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  no_code = 1005,  ///< never sent: a close frame without one
  not_utf8 = 1007,
  policy = 1008,
  too_big = 1009,
  internal = 1011,
  try_again = 1013,
};

/// May a peer send that code?
[[nodiscard]] bool is_close_code(std::uint16_t code) noexcept;

/// One unmasked frame, whole, as servers send it.
void append_message(std::string& out, const web_message& m);
void append_ping(std::string& out);
void append_pong(std::string& out, std::string_view payload);
/// `why` is cut to the 123 bytes that there is room for. no_code: an empty frame.
void append_close(std::string& out, web_close code, std::string_view why);

/// UTF-8 in pieces that may end anywhere.
class utf8_watch {
 public:
  /// False: what came so far cannot become UTF-8 any more.
  [[nodiscard]] bool add(std::string_view bytes) noexcept;
  /// No character is begun.
  [[nodiscard]] bool complete() const noexcept { return left_ == 0; }

 private:
  std::uint8_t left_ = 0;                  // bytes of the character that are to come
  std::uint8_t low_ = 0x80, high_ = 0xBF;  // bounds of the next of them
};

/// Strict, and it fails as soon as it can: masks, reserved bits, lengths that are not the shortest, UTF-8
/// byte by byte. After a refusal nothing more of the connection can be trusted: close with code() and why().
class web_frame_reader {
 public:
  enum class step : std::uint8_t {
    more,     ///< feed more bytes
    message,  ///< take() it
    ping,     ///< take() its payload for the pong
    pong,
    close,    ///< code() and why() are the peer's
    refused,  ///< code() and why() are ours
  };

  explicit web_frame_reader(const web_rules& limits) : limits_(limits) {}

  void add(std::string_view bytes) { in_ += bytes; }
  [[nodiscard]] step next();
  /// After `message` or `ping`.
  [[nodiscard]] web_message take();
  [[nodiscard]] web_close code() const noexcept { return code_; }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }
  /// Bytes that have come and were not looked at yet.
  [[nodiscard]] std::size_t buffered() const noexcept { return in_.size() - begin_; }

 private:
  [[nodiscard]] bool read_head(step& answer);
  [[nodiscard]] bool judge_head(std::uint8_t first, bool masked);
  [[nodiscard]] bool judge_length();
  [[nodiscard]] bool read_payload();
  [[nodiscard]] step finish_frame();
  [[nodiscard]] step finish_close();
  [[nodiscard]] bool refuse(web_close code, std::string_view why);
  void consume(std::size_t bytes);

  const web_rules& limits_;
  std::string in_;
  std::size_t begin_ = 0;
  // The frame that is being read.
  bool in_frame_ = false;
  bool last_ = false;  // FIN
  std::uint8_t opcode_ = 0;
  std::uint64_t left_ = 0;  // payload bytes to come
  std::uint64_t seen_ = 0;
  std::uint8_t mask_[4] = {};
  // The message that its frames make.
  bool in_message_ = false;
  web_message message_;
  std::uint32_t fragments_ = 0;
  utf8_watch utf8_;
  std::string control_;  // payload of a control frame, which may come between
  bool took_control_ = false;
  bool refused_ = false;
  web_close code_{};
  std::string why_;
};

}  // namespace hawser::net
