/// OpenAI's Responses on a WebSocket: GET /v1/responses with an upgrade. Pure.
///
/// {"type":"response.create", ...fields of POST /v1/responses} asks; its events come back, one a message.
/// "stream_id" names a lane: one response of a lane is made at a time, in the order in which they were asked
/// for; lanes do not wait for each other, and events carry the name of theirs. "generate":false only has the
/// prompt computed. Every response can be continued on this connection, also with "store":false.
///
/// Invariant: each message that was heard ends in exactly one of response.completed, .incomplete, .failed and
/// error.
#pragma once

#include "net/conversation.hpp"
#include "net/limits.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

class response_conversation final : public conversation {
 public:
  /// `limits` must outlive it. `board`: is told what the connection remembers.
  response_conversation(const http_limits& limits, std::shared_ptr<actors::memory_board> board);

  void begin(line&) override {}
  /// One large message is read at a time.
  [[nodiscard]] bool listens() const override { return reading_ == 0; }
  void hear(line& on, web_message what) override;
  void on_event(line& on, generation_event what) override;
  void go_on(line&) override {}
  [[nodiscard]] bool rests() const override { return reading_ == 0 && lanes_.empty(); }
  [[nodiscard]] std::vector<actors::request_id> running() const override;
  void end() override {}

 private:
  using message = std::shared_ptr<const std::string>;

  /// Lives while it has something to do.
  struct lane {
    std::string name;
    actors::request_id id = 0;
    std::unique_ptr<answer> reply{};  ///< null: its next message is being read
    bool said_something = false;
    std::deque<message> waiting{};
  };

  /// `turn_of`: the lane whose turn it is; none for a message that was just heard.
  void read(line& on, message what, std::optional<std::string> turn_of);
  void take(line& on, message what, const std::optional<std::string>& turn_of, socket_request made);
  /// False: it was not begun, and that was said.
  [[nodiscard]] bool start(line& on, lane& in, socket_request made);
  void go_to_next(line& on, const std::string& name);
  void on_end(line& on, lane& in, const actors::ended& event);
  [[nodiscard]] lane* find(std::string_view name);
  [[nodiscard]] std::size_t asked_for() const noexcept;

  const http_limits& limits_;
  std::shared_ptr<response_shelf> own_;
  std::vector<std::unique_ptr<lane>> lanes_;
  std::size_t reading_ = 0;
};

}  // namespace hawser::net
