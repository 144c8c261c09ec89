/// Many requests at once on one WebSocket, as JSON messages: GET /predict with an upgrade. Pure.
///
/// {"id":"a","text":"...", ...fields of POST /predict} asks; answers are {"id":"a","text":"..."} as the text
/// comes, then one with the counts and "finish_reason", or {"id":"a","error":{...}}. {"cancel":"a"} ends it
/// early, with "finish_reason":"cancelled". With "stream":false there is one message with everything. The id
/// may be left out while one request without one runs.
///
/// Invariant: each request that was heard has exactly one last message.
#pragma once

#include "net/conversation.hpp"
#include "net/limits.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

class predict_conversation final : public conversation {
 public:
  /// `limits` must outlive it.
  explicit predict_conversation(const http_limits& limits) : limits_(limits) {}

  void begin(line&) override {}
  /// Cancels are heard while answers run; one large message is read at a time.
  [[nodiscard]] bool listens() const override { return !reading_; }
  void hear(line& on, web_message what) override;
  void on_event(line& on, generation_event what) override;
  void go_on(line&) override {}
  [[nodiscard]] bool rests() const override { return !reading_ && running_.empty(); }
  [[nodiscard]] std::vector<actors::request_id> running() const override;
  void end() override {}

 private:
  struct request {
    actors::request_id id = 0;
    std::string name;
    std::unique_ptr<answer> reply;
    bool said_something = false;
    bool cancelled = false;
  };

  void take(line& on, socket_request what);
  void cancel(line& on, std::string_view name);
  void on_end(line& on, std::size_t place, const actors::ended& event);

  const http_limits& limits_;
  std::vector<request> running_;
  bool reading_ = false;
};

}  // namespace hawser::net
