/// What is talked about on a WebSocket, apart from how: one object a connection.
#pragma once

#include "net/added_socket.hpp"
#include "net/web_frame.hpp"

#include <boost/system/error_code.hpp>

#include <functional>
#include <string_view>

namespace hawser::net {

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
  /// The peer has read what was said, or nearly: there is room for more. Called after each of the others
  /// too.
  virtual void go_on(line& on) = 0;
  /// Nothing runs, so a server that stops may end the conversation.
  [[nodiscard]] virtual bool rests() const = 0;
  /// Once, the last call: the connection is over, by whomever.
  virtual void end() = 0;
};

}  // namespace hawser::net
