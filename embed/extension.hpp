/// What may be added to a server: objects that see requests before they are admitted, see answers as they are
/// made, answer routes of their own, and read the metrics.
///
/// Each extension runs as an actor on a thread of its own. One that throws is made anew by its supervisor;
/// one that is late, or has failed too often, is gone on without (or its requests are refused: see
/// extension_options::required). It never holds a request for longer than its deadline.
#pragma once

#include "actors/generation_mail.hpp"
#include "actors/load_board.hpp"
#include "net/added_route.hpp"
#include "net/added_socket.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hawser::embed {

/// A request on its way to admission. It is shared with the server: to change it, answer `change`.
struct seen_request {
  actors::request_id id = 0;
  std::string label;  ///< the client's request id
  std::string key;    ///< who asks
  actors::generation_spec spec;
  float share = 1.0f;   ///< of the key: 2 gets twice the tokens of 1 when the server is busy
  std::string trace{};  ///< W3C traceparent of the client, or empty
};

/// What becomes of a request.
struct pass {};
struct change {
  actors::generation_spec spec;  ///< in place of the one that was seen
};
struct refuse {
  std::string message;  ///< one sentence for the client, who hears 400
  std::string field;    ///< of the request, or empty
};
using verdict = std::variant<pass, change, refuse>;

/// What a policy of admission decides from: the request's size and wishes, and the server's load at the
/// moment.
struct admission_facts {
  actors::request_id id = 0;
  std::string key;  ///< who asks
  actors::priority rank = actors::priority::standard;
  bool returns = false;                               ///< it was refused before, told to come back, and does
  std::size_t bytes = 0;                              ///< of its prompt, about
  std::uint32_t choices = 1;                          ///< answers to make
  std::uint32_t max_tokens = 0;                       ///< of each; 0: as many as the server allows
  runtime::duration left = runtime::duration::max();  ///< until its deadline
  actors::load_facts load;
};

/// The server's own policy decides.
struct by_default {};
/// Into the queue: the server's own policy is not asked, its bounds (scheduling.requests, queued_requests,
/// queued_tokens) hold.
struct let_in {};
struct turn_away {
  std::string message;                       ///< one sentence for the client, who hears 503
  std::chrono::milliseconds retry_after{0};  ///< less than a second: one
};
using admission_verdict = std::variant<by_default, let_in, turn_away>;

/// What an answer is remembered by. Answers may be given again to equal keys only: all bytes of both count.
struct answer_key {
  std::string tenant;    ///< whose question it is; one value for all where keys share answers
  std::string question;  ///< the model, all that shapes the answer, and the prompt; not for reading
};

/// New text of one choice. What an extension reads too slowly is left out, and counted.
struct seen_text {
  actors::request_id id = 0;
  std::uint32_t choice = 0;
  std::string text;
  std::uint32_t tokens = 0;
};

/// The terminal event.
struct seen_end {
  actors::request_id id = 0;
  bool refused = false;  ///< never admitted; `message` says why, the rest is empty
  actors::finish why{};
  std::string message;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t answer_tokens = 0;
};

/// Every function is called on the extension's own thread, one at a time; may throw (the extension has then
/// failed, and the next life is a new object); and may take its time, but not longer than the deadline where
/// somebody waits for the answer.
class extension {
 public:
  extension() = default;
  extension(const extension&) = delete;
  extension& operator=(const extension&) = delete;
  virtual ~extension() = default;

  /// With extension_options::requests.
  [[nodiscard]] virtual verdict on_request(const seen_request&) { return pass{}; }
  /// With extension_options::admission, after all extensions have seen the request.
  [[nodiscard]] virtual admission_verdict on_admission(const admission_facts&) { return by_default{}; }
  /// With extension_options::results: what on_keep() was handed for exactly this key, or nothing. Computing
  /// waits for it, at most extension_options::deadline.
  [[nodiscard]] virtual std::optional<std::string> on_find(const answer_key&) { return std::nullopt; }
  /// A whole answer, in bytes that only the server reads. What comes back changed is told from it as far as
  /// its form goes: an extension that keeps answers where others write must seal them.
  virtual void on_keep(const answer_key&, const std::string& /*answer*/) {}
  /// What this tenant has, or all where there is none, is given to nobody any more.
  virtual void on_forget(const std::optional<std::string>& /*tenant*/) {}
  /// With extension_options::answers.
  virtual void on_text(const seen_text&) {}
  virtual void on_end(const seen_end&) {}
  /// For each of extension_options::routes. `part` of a stream: as net::route_call.
  [[nodiscard]] virtual net::route_reply on_call(const net::route_call&) { return {}; }
  /// For each of extension_options::sockets: one event of one WebSocket, and what to say to it. A new life
  /// may hear of WebSockets that were opened in the last.
  [[nodiscard]] virtual net::socket_reply on_socket(const net::socket_call&) { return {}; }
  /// The Prometheus page, every extension_options::metrics_every.
  virtual void on_metrics(const std::string& /*page*/) {}
};

struct extension_options {
  std::string name;                                  ///< of its actor
  std::function<std::unique_ptr<extension>()> make;  ///< each of its lives; may throw
  bool requests = false;
  bool answers = false;
  bool admission = false;                      ///< decides who comes in; one extension of a server may
  bool results = false;                        ///< remembers answers in place of the cache; one may
  std::vector<std::string> routes;             ///< whole paths: "/x/echo"
  std::vector<std::string> sockets;            ///< whole paths of WebSockets
  std::chrono::milliseconds metrics_every{0};  ///< 0: never
  std::chrono::milliseconds deadline{200};     ///< for a verdict
  std::chrono::milliseconds route_deadline{2000};
  bool required = false;       ///< without its verdict a request is refused (503), not passed
  std::uint32_t restarts = 3;  ///< within 5 s; more end it for good
  std::uint32_t mailbox = 256;
};

}  // namespace hawser::embed
