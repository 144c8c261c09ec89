/// What may be added to a server: objects that see requests before they are admitted, see answers as they are
/// made, answer routes of their own, and read the metrics.
///
/// Each extension runs as an actor on a thread of its own. One that throws is made anew by its supervisor;
/// one that is late, or has failed too often, is gone on without (or its requests are refused: see
/// extension_options::required). It never holds a request for longer than its deadline.
#pragma once

#include "actors/generation_mail.hpp"
#include "net/added_route.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
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
  /// With extension_options::answers.
  virtual void on_text(const seen_text&) {}
  virtual void on_end(const seen_end&) {}
  /// For each of extension_options::routes. `part` of a stream: as net::route_call.
  [[nodiscard]] virtual net::route_reply on_call(const net::route_call&) { return {}; }
  /// The Prometheus page, every extension_options::metrics_every.
  virtual void on_metrics(const std::string& /*page*/) {}
};

struct extension_options {
  std::string name;                                  ///< of its actor
  std::function<std::unique_ptr<extension>()> make;  ///< each of its lives; may throw
  bool requests = false;
  bool answers = false;
  std::vector<std::string> routes;             ///< whole paths: "/x/echo"
  std::chrono::milliseconds metrics_every{0};  ///< 0: never
  std::chrono::milliseconds deadline{200};     ///< for a verdict
  std::chrono::milliseconds route_deadline{2000};
  bool required = false;       ///< without its verdict a request is refused (503), not passed
  std::uint32_t restarts = 3;  ///< within 5 s; more end it for good
  std::uint32_t mailbox = 256;
};

}  // namespace hawser::embed
