/// A WebSocket and what is talked about on it. Pure: bytes and the time come in, bytes go out; what needs
/// actors goes through its host.
#pragma once

#include "net/conversation.hpp"
#include "net/web_socket.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::net {

class talk final : private conversation::line {
 public:
  using reply_taker = std::function<void(boost::system::error_code, socket_reply)>;

  /// Whoever has the connection: what a conversation may do beside talking. Nothing of it calls back at once,
  /// nor when the talk has gone.
  class host {
   public:
    virtual void ask_socket(const added_socket& whom, socket_call what, reply_taker done) = 0;
    [[nodiscard]] virtual codec_context context_now() = 0;
    virtual void work_elsewhere(std::function<socket_request()> work,
                                std::function<void(socket_request)> done) = 0;
    [[nodiscard]] virtual outcome<actors::request_id> start_request(actors::generation_spec what) = 0;
    virtual void cancel_request(actors::request_id id) = 0;

   protected:
    ~host() = default;
  };

  /// `rules` and `where` must outlive it.
  talk(const web_rules& rules, std::unique_ptr<conversation> about, runtime::time_point now, host& where);

  void hear(std::string_view bytes, runtime::time_point now) { socket_.hear(bytes, now, out_); }
  void hear(generation_event what) { about_->on_event(*this, std::move(what)); }
  void tick(runtime::time_point now) { socket_.tick(now, out_); }
  void close(web_close code, std::string_view why) override { socket_.close(code, why, out_); }
  /// Lets the conversation have what was heard, as it wishes: when the peer has room for what comes of it.
  void serve();
  /// The connection is over. The last call but for the destructor.
  void end() { about_->end(); }

  /// What is to be written.
  [[nodiscard]] std::string take_output() { return std::exchange(out_, {}); }
  [[nodiscard]] bool wants_bytes() const noexcept { return socket_.wants_bytes(); }
  [[nodiscard]] std::vector<actors::request_id> running() const { return about_->running(); }
  [[nodiscard]] bool rests() const { return about_->rests() && !socket_.has_waiting(); }
  [[nodiscard]] bool over() const noexcept { return socket_.over(); }
  [[nodiscard]] runtime::time_point wakes() const noexcept { return socket_.wakes(); }

 private:
  void say(const web_message& what) override { socket_.say(what, out_); }
  void ask(const added_socket& whom, socket_call what, reply_taker done) override {
    host_.ask_socket(whom, std::move(what), std::move(done));
  }
  codec_context context() override { return host_.context_now(); }
  void elsewhere(std::function<socket_request()> work, std::function<void(socket_request)> done) override {
    host_.work_elsewhere(std::move(work), std::move(done));
  }
  outcome<actors::request_id> start(actors::generation_spec what) override {
    return host_.start_request(std::move(what));
  }
  void cancel(actors::request_id id) override { host_.cancel_request(id); }

  web_socket socket_;
  std::unique_ptr<conversation> about_;
  host& host_;
  std::string out_;
  bool begun_ = false;
};

}  // namespace hawser::net
