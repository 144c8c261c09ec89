/// What is talked about on a WebSocket, apart from how: one object a connection.
#pragma once

#include "net/added_socket.hpp"
#include "net/codec.hpp"
#include "net/web_frame.hpp"

#include <boost/system/error_code.hpp>

#include <functional>
#include <string_view>
#include <variant>
#include <vector>

namespace hawser::net {

/// What the core says of a request.
using generation_event =
    std::variant<actors::refused, actors::admitted, actors::generated, actors::choice_ended, actors::ended>;

/// Lives in its session and is called on the session's turns only.
class conversation {
 public:
  /// What a conversation may do. Nothing of it calls back before the call that it was used in has returned.
  class line {
   public:
    virtual void say(const web_message& what) = 0;
    virtual void close(web_close code, std::string_view why) = 0;
    /// `done` is not called any more when the connection has gone meanwhile.
    virtual void ask(const added_socket& whom, socket_call what,
                     std::function<void(boost::system::error_code, socket_reply)> done) = 0;
    /// For the codec of a request that was just heard.
    [[nodiscard]] virtual codec_context context() = 0;
    /// Runs `work` where it may take its time; `done` as with ask().
    virtual void elsewhere(std::function<socket_request()> work,
                           std::function<void(socket_request)> done) = 0;
    /// Tells the core. What comes of it is heard; or why it was not taken.
    [[nodiscard]] virtual outcome<actors::request_id> start(actors::generation_spec what) = 0;
    virtual void cancel(actors::request_id id) = 0;

   protected:
    ~line() = default;
  };

  conversation() = default;
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  virtual ~conversation() = default;

  /// Once, when both sides have agreed to talk.
  virtual void begin(line& on) = 0;
  /// Is the next message wanted now? Asked after each call of the others; until then the peer's messages
  /// wait.
  [[nodiscard]] virtual bool listens() const = 0;
  virtual void hear(line& on, web_message what) = 0;
  /// Of requests that were started here, also of such as have ended.
  virtual void on_event(line&, generation_event) {}
  /// They are cancelled when the connection goes, and held while it is not read.
  [[nodiscard]] virtual std::vector<actors::request_id> running() const { return {}; }
  /// The peer has read what was said, or nearly: there is room for more. Called after each of the others
  /// too.
  virtual void go_on(line& on) = 0;
  /// Nothing runs, so a server that stops may end the conversation.
  [[nodiscard]] virtual bool rests() const = 0;
  /// Once, the last call: the connection is over, by whomever.
  virtual void end() = 0;
};

}  // namespace hawser::net
