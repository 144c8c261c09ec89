/// One WebSocket, the server's side: frames, pings, closing. Pure: bytes and the time come in, bytes and
/// messages go out.
///
/// Invariants: 1. one close frame is sent, and nothing after it. 2. What waits to be taken is at most
/// web_rules::waiting messages and the bytes of one reading; the rest is the peer's to keep.
#pragma once

#include "net/web_frame.hpp"
#include "runtime/clock.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::net {

class web_socket {
 public:
  /// `rules` must outlive it.
  web_socket(const web_rules& rules, runtime::time_point now);

  /// Bytes of the peer. What it has to hear at once (pongs, a close) goes to `out`.
  void hear(std::string_view bytes, runtime::time_point now, std::string& out);
  /// The next message, in order.
  [[nodiscard]] std::optional<web_message> take(std::string& out);
  [[nodiscard]] bool has_waiting() const noexcept { return !inbox_.empty(); }
  /// False: messages wait to be taken; read no more bytes meanwhile.
  [[nodiscard]] bool wants_bytes() const noexcept { return !over_ && inbox_.size() < rules_.waiting; }

  void say(const web_message& what, std::string& out);
  void close(web_close code, std::string_view why, std::string& out);
  /// Either side has closed, or broken the rules: when the output is written, the connection ends. Messages
  /// that were not taken are gone.
  [[nodiscard]] bool over() const noexcept { return over_; }

  /// When tick() has something to do; time_point::max(): never.
  [[nodiscard]] runtime::time_point wakes() const noexcept;
  void tick(runtime::time_point now, std::string& out);

 private:
  void read(std::string& out);
  void end() noexcept;

  const web_rules& rules_;
  web_frame_reader reader_;
  std::deque<web_message> inbox_;
  runtime::time_point heard_;
  runtime::time_point pinged_;  // or heard, what was later
  bool over_ = false;
};

}  // namespace hawser::net
