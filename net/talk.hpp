/// A WebSocket and what is talked about on it. Pure: bytes and the time come in, bytes go out; questions to
/// actors go through a function.
#pragma once

#include "net/conversation.hpp"
#include "net/web_socket.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hawser::net {

class talk final : private conversation::line {
 public:
  using reply_taker = std::function<void(boost::system::error_code, socket_reply)>;
  /// Asks an actor; `done` may be called later, never at once, and not when the talk has gone.
  using asker = std::function<void(const added_socket& whom, socket_call what, reply_taker done)>;

  /// `rules` must outlive it.
  talk(const web_rules& rules, std::unique_ptr<conversation> about, runtime::time_point now, asker ask);

  void hear(std::string_view bytes, runtime::time_point now) { socket_.hear(bytes, now, out_); }
  void tick(runtime::time_point now) { socket_.tick(now, out_); }
  void close(web_close code, std::string_view why) override { socket_.close(code, why, out_); }
  /// Lets the conversation have what was heard, as it wishes: when the peer has room for what comes of it.
  void serve();
  /// The connection is over. The last call but for the destructor.
  void end() { about_->end(); }

  /// What is to be written.
  [[nodiscard]] std::string take_output() { return std::exchange(out_, {}); }
  [[nodiscard]] bool wants_bytes() const noexcept { return socket_.wants_bytes(); }
  [[nodiscard]] bool rests() const { return about_->rests() && !socket_.has_waiting(); }
  [[nodiscard]] bool over() const noexcept { return socket_.over(); }
  [[nodiscard]] runtime::time_point wakes() const noexcept { return socket_.wakes(); }

 private:
  void say(const web_message& what) override { socket_.say(what, out_); }
  void ask(const added_socket& whom, socket_call what, reply_taker done) override;

  web_socket socket_;
  std::unique_ptr<conversation> about_;
  asker ask_;
  std::string out_;
  bool begun_ = false;
};

}  // namespace hawser::net
