/// The response of /v1/responses: one JSON object, or the events of its making. Pure.
///
/// A stream's events, in order: response.created and response.in_progress (at admission); for what the model
/// thinks and then for what it says: response.output_item.added, response.content_part.added,
/// response.output_text.delta..., .done, response.content_part.done, response.output_item.done; then one of
/// response.completed, .incomplete and .failed. Before it was admitted it ends with `error` alone.
#pragma once

#include "net/answer.hpp"
#include "net/response_shelf.hpp"
#include "net/thought_splitter.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

/// How the events are written.
enum class event_wire : std::uint8_t {
  none,  ///< not at all: one object at the end
  sse,
  lines,  ///< one JSON object a line: messages of a WebSocket
};

struct response_shape {
  std::string id;  ///< without its prefix
  std::string model;
  std::int64_t created = 0;
  event_wire wire = event_wire::none;
  std::string lane{};    ///< its events say so as stream_id; empty: none
  std::string echoed{};  ///< what the response says of its request: "field":value,...
  std::string asked{};   ///< the inside of a JSON array: its own input, as messages
  kept_turn before{};    ///< what it continues
  response_memory memory{};
  thinking_tags tags{};
  bool store = true;
  bool logprobs = false;
  bool speaks = true;  ///< false: its prompt is computed, and nothing is said
};

class response_answer final : public answer {
 public:
  explicit response_answer(response_shape shape);

  void on(prompt_index prompt, const actors::admitted& event, std::string& out) override;
  void on(prompt_index prompt, actors::generated&& event, std::string& out) override;
  void on(prompt_index prompt, const actors::choice_ended& event, std::string& out) override;
  void on(prompt_index prompt, const actors::ended& event, std::string& out) override;
  void finish(std::string& out) override;
  void fail(const api_error& e, std::string& out) const override;

 private:
  struct item {
    bool thought = false;
    std::string text{};
    std::string logprobs{};
  };

  void take(std::string_view text, std::string_view logprobs, std::string& out);
  void put(bool thought, std::string_view text, std::string_view logprobs, std::string& out);
  void open(bool thought, std::string& out);
  void close(std::string& out);
  /// One event; `rest`: its fields behind type and number, with a comma before.
  void event(std::string_view type, std::string_view rest, std::string& out) const;
  [[nodiscard]] std::string at(const item& which, bool content) const;
  [[nodiscard]] std::string item_id(const item& which) const;
  [[nodiscard]] static std::string part(const item& which);
  [[nodiscard]] std::string item_text(const item& which, std::string_view status) const;
  [[nodiscard]] std::string body(std::string_view status, const api_error* why) const;
  void append_usage(std::string& out) const;
  void remember(const std::string& whole) const;

  response_shape shape_;
  thought_splitter splitter_;
  std::vector<item> items_;  // the last one is being written, unless closed_
  bool closed_ = true;
  bool admitted_ = false;
  bool cut_ = false;  // by a limit
  bool ended_ = false;
  mutable std::uint64_t number_ = 0;
  std::uint64_t input_ = 0;
  std::uint64_t cached_ = 0;
  std::uint64_t output_ = 0;
  std::uint64_t thought_tokens_ = 0;
};

/// {"type":"error",...} as the WebSocket's clients read it.
[[nodiscard]] std::string socket_error(const api_error& e, std::string_view lane);

}  // namespace hawser::net
