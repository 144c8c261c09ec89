/// What a session says to the serving core to have text generated, and what it hears back.
///
/// The protocol: a session tells Ingress one `generate`. It then hears either one `refused`, or one
/// `admitted`, any number of `generated`, and exactly one `ended`. A session that goes away, or whose client
/// does, tells Ingress `cancel`; the one `ended` still comes (and is refused by a closed mailbox without
/// harm). What ends before `admitted` (a cancel, a deadline) ends with that `ended` alone.
#pragma once

#include "model/sampling.hpp"
#include "model/token.hpp"
#include "runtime/address.hpp"
#include "runtime/clock.hpp"

#include <boost/json/object.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace hawser::actors {

/// Unique among all who ask one core.
using request_id = std::uint64_t;

/// 1, 2, 3, ... Each core has its own, so that the same run gives the same ids. Any thread.
class request_ids {
 public:
  [[nodiscard]] request_id next() noexcept { return last_.fetch_add(1, std::memory_order_relaxed) + 1; }

 private:
  std::atomic<request_id> last_{0};
};

enum class priority : std::uint8_t { interactive, standard, batch };

/// Text to be continued as it is (with the model's begin token where it has one).
struct plain_prompt {
  std::string text;
};

/// What the model's chat template sees: messages, tools, ... ; add_generation_prompt is set unless present.
struct chat_prompt {
  boost::json::object context;
};

struct token_prompt {
  std::vector<model::token_id> tokens;
};

/// What a prompt becomes instead of an answer: hidden states behind the final norm.
enum class pooling : std::uint8_t {
  none,  ///< nothing: it is answered
  mean,  ///< the mean over all of its tokens
  last,  ///< of its last token
};

/// One answer to make.
struct generation_spec {
  std::variant<plain_prompt, chat_prompt, token_prompt> prompt;
  model::sampling_params sampling;
  std::uint32_t max_tokens = 0;   ///< 0: as many as the context has room for, up to the configured default
  std::uint32_t choices = 1;      ///< independent answers to the same prompt; choice i draws with seed + i
  std::vector<std::string> stop;  ///< the answer ends before the first of them
  bool ignore_end = false;        ///< go on after the model's end token
  bool echo_logprobs = false;     ///< with sampling.top_logprobs >= 0: the prompt's own tokens are scored too
  priority rank = priority::standard;
  runtime::time_point deadline = runtime::time_point::max();
  runtime::duration first_token_within{};  ///< from its arrival, or it is refused; 0: as its class
  runtime::duration token_within{};        ///< wished between two tokens; 0: as it comes
  bool returns = false;                    ///< it was refused before, told to come back, and does
  bool seeded = false;                     ///< sampling.seed is the asker's own: the answer can be repeated
  bool fresh = false;                      ///< not answered from the result cache, but remembered there
  bool forget = false;                     ///< neither: computed for this request alone
  std::size_t bytes = 0;                   ///< of its prompt as it was sent; 0: not known
  pooling embed = pooling::none;  ///< else: no token is generated, and its one choice ends with an embedding
};

enum class refusal : std::uint8_t {
  invalid,          ///< the request itself: `field` names what, the same request will never work
  prompt_too_long,  ///< does not fit the context
  overloaded,       ///< ours: come back after retry_after
  over_quota,       ///< the caller's: come back after retry_after
  not_ready,        ///< still warming up
  stopping,         ///< draining
  late,             ///< its deadline cannot be met any more
};

/// Nothing was or will be generated.
struct refused {
  request_id id = 0;
  refusal why{};
  std::string message;  ///< one sentence, fit for the client
  std::string field;    ///< of the request, or empty
  std::chrono::milliseconds retry_after{};
  std::string limit{};  ///< which one it met, for a machine; or empty
};

/// Where an answer comes from.
enum class answer_source : std::uint8_t {
  computed,  ///< for this request
  stored,    ///< it had been computed before
  shared,    ///< it is being computed for another request that asks the same
};

/// The prompt is tokenized, fits, and has its seat; or its answer is there already.
struct admitted {
  request_id id = 0;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t cached_tokens = 0;  ///< of them, those that need not be computed for this request
  answer_source from = answer_source::computed;
};

/// One token of the answer. `text` may be empty (half a character, or text held back because a stop string
/// may follow).
struct generated_token {
  model::token_id id = model::no_token;
  std::string text;   ///< what became certain with this token
  std::string piece;  ///< the token's own bytes; filled when logprobs were asked for
  float logprob = 0.0f;
  std::vector<model::token_logprob> top;
  std::vector<std::string> top_pieces;  ///< bytes of each of `top`
};

/// New tokens of one choice; at most one of these a choice and step.
struct generated {
  request_id id = 0;
  std::uint32_t choice = 0;
  bool of_prompt = false;  ///< these are the prompt's own tokens, scored (echo_logprobs), before all others
  std::vector<generated_token> tokens;
};

enum class finish : std::uint8_t {
  stop,       ///< the model's end token, or a stop string
  length,     ///< max_tokens or the context's end
  cancelled,  ///< the client went away or asked for it
  deadline,   ///< the request's own time was over: what was generated stands
  error,      ///< `message` says what happened
};

struct choice_end {
  finish why{};
  std::string rest;          ///< text that was still held back
  std::string matched_stop;  ///< the stop string that ended it, or empty
  std::uint32_t tokens = 0;
  std::vector<float> embedding{};  ///< [width], not normalised; of a request for one
};

struct generation_times {
  std::chrono::nanoseconds queued{};
  std::chrono::nanoseconds prefill{};  ///< from the first step to the first token
  std::chrono::nanoseconds decode{};   ///< from the first token to the last
};

/// A choice is complete; the request goes on while others are not.
struct choice_ended {
  request_id id = 0;
  std::uint32_t choice = 0;
  choice_end end;
};

/// The terminal event: exactly one for each admitted request, after every choice_ended.
struct ended {
  request_id id = 0;
  finish why{};         ///< the worst of its choices: error > cancelled > deadline > length > stop
  std::string message;  ///< for finish::error
  std::uint32_t prompt_tokens = 0;
  std::uint32_t cached_tokens = 0;
  std::uint32_t answer_tokens = 0;
  generation_times times;
};

/// Everything that a session (or any other asker) must be able to take.
using generation_listener = runtime::address<refused, admitted, generated, choice_ended, ended>;

struct generate {
  request_id id = 0;
  std::string label;  ///< the client's request id, for logs
  std::string key;    ///< who asks: an API key's name, or empty
  generation_spec spec;
  generation_listener listener;
  /// Whoever stands before Ingress has let it in: only the bounds may still refuse it, and its own times.
  bool let_in = false;
  float share = 1.0f;   ///< of the key, > 0: with 2 it gets twice the tokens of one with 1
  std::string trace{};  ///< W3C traceparent of the client, or empty
};

struct cancel {
  request_id id = 0;
};

/// While `held`, its answer does not go on; its pages stay as long as nobody else needs them. Unknown ids are
/// over already.
struct hold {
  request_id id = 0;
  bool held = false;
};

/// It may take until then, if that is later than what it was told before. Unknown ids are over already.
struct postpone {
  request_id id = 0;
  runtime::time_point deadline{};
};

}  // namespace hawser::actors
