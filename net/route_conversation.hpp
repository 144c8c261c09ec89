/// A WebSocket of a route that was added: what is said goes to its actor, one event at a time.
#pragma once

#include "net/conversation.hpp"

#include <cstdint>
#include <string>

namespace hawser::net {

class route_conversation final : public conversation {
 public:
  struct opening {
    std::uint64_t socket = 0;
    std::string query;
    std::string request_id;
  };

  /// `where` must outlive it.
  route_conversation(const added_socket& where, opening how);

  void begin(line& on) override;
  [[nodiscard]] bool listens() const override { return !asked_; }
  void hear(line& on, web_message what) override;
  void go_on(line& on) override;
  [[nodiscard]] bool rests() const override { return !asked_ && !more_; }
  void end() override;

 private:
  void ask(line& on, socket_call what);
  void answered(line& on, boost::system::error_code ec, const socket_reply& reply);

  const added_socket& where_;
  opening how_;
  bool asked_ = false;
  bool more_ = false;
};

}  // namespace hawser::net
