/// What one dialect makes of a generation: a request in, events to bytes out. Pure; one answer object a
/// request.
#pragma once

#include "actors/service_mail.hpp"
#include "net/api_error.hpp"
#include "net/limits.hpp"
#include "net/request_wishes.hpp"
#include "net/response_shelf.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::net {

/// Where an event came from: a request may have several prompts, and each prompt several choices.
using prompt_index = std::uint32_t;

/// Fed by the exchange in the mail's own order. A streamed answer appends event-stream frames to `out`;
/// another one collects, and appends its whole body in finish().
class answer {
 public:
  virtual ~answer() = default;

  virtual void on(prompt_index prompt, const actors::admitted& event, std::string& out) = 0;
  virtual void on(prompt_index prompt, actors::generated&& event, std::string& out) = 0;
  virtual void on(prompt_index prompt, const actors::choice_ended& event, std::string& out) = 0;
  virtual void on(prompt_index prompt, const actors::ended& event, std::string& out) = 0;
  /// Every prompt has ended.
  virtual void finish(std::string& out) = 0;
  /// A stream that cannot go on: its last frame.
  virtual void fail(const api_error& e, std::string& out) const = 0;
};

/// What the outside adds to a request before its codec sees it.
struct codec_context {
  std::string id;            ///< unique; codecs put their own prefix before it
  std::string model;         ///< the served name
  std::int64_t created = 0;  ///< Unix seconds
  bool has_chat_template = true;
  std::uint64_t seed = 0;  ///< for requests that name none
  text_limits limits;
  sampling_defaults sampling;
  request_wishes wishes{};                        ///< of the header; the body's own go before
  runtime::time_point arrived{};                  ///< from which times count
  response_memory responses{};                    ///< what may be continued
  actors::thinking_style thinking{};              ///< of the model's template
  actors::pooling embed = actors::pooling::mean;  ///< where a request does not say
  std::uint32_t width = 0;                        ///< of the model's embeddings
};

/// A request, understood.
struct generation_job {
  std::vector<actors::generation_spec> specs;  ///< one a prompt; at least one
  std::unique_ptr<answer> reply;
  bool stream = false;
};

}  // namespace hawser::net
