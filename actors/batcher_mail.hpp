/// What the batcher is told, and what it tells Ingress.
#pragma once

#include "actors/executor_mail.hpp"
#include "actors/generation_mail.hpp"
#include "model/sampling.hpp"
#include "runtime/address.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

/// A request that waits for a seat. From here on the batcher owes its listener one `admitted` (with the seat)
/// and one `ended`, or one `refused` or `ended` alone; and Ingress one `left`.
struct join {
  request_id id = 0;
  std::string key;   ///< who asks: one account of the fair share, and by default one world of cached prefixes
  std::string salt;  ///< parts the cached prefixes of one key further
  float share = 1.0f;  ///< of the key, > 0: with 2 it gets twice the tokens of one with 1
  std::shared_ptr<const std::vector<model::token_id>> prompt;
  std::uint32_t max_tokens = 1;  ///< >= 1; prompt + max_tokens is at most what Ingress was told as `longest`
  std::uint32_t choices = 1;
  model::sampling_params sampling;
  std::vector<std::string> stop;
  bool ignore_end = false;
  bool echo_logprobs = false;
  pooling embed = pooling::none;  ///< with one choice
  bool counted = true;            ///< in the tallies
  priority rank = priority::standard;
  runtime::time_point arrived{};
  runtime::time_point deadline = runtime::time_point::max();
  runtime::duration
      first_token_within{};  ///< from `arrived`; later its prefill is not begun. 0: no such wish
  runtime::duration
      token_within{};  ///< between its tokens; steps that it is in are kept so short. 0: no wish
  generation_listener listener;
};

/// Whose prefixes it may use: its key's, unless all may use all.
[[nodiscard]] inline std::string world_of(const join& from, bool shared) {
  if (shared) return from.salt;
  return std::to_string(from.key.size()) + ':' + from.key + from.salt;
}

/// Ends a request that has joined; unknown ids are over already.
struct leave {
  request_id id = 0;
  finish why = finish::cancelled;
  std::string message;
};

/// Refuses a request that has no seat yet; one that has, or is over, is left alone.
struct shed {
  refused no;
};

/// Who waits in this class is seated newest first from now on, or in order again.
struct serve_newest {
  priority rank{};
  bool newest = false;
};

/// The executor that steps go to from now on. What the one before was running is lost.
struct use_executor {
  executor_address executor;
};

/// To itself: letters that were waiting are joined in one plan.
struct plan_now {};

using batcher_address = runtime::address<join, leave, shed, hold, postpone, serve_newest>;

/// The batcher has taken it.
struct joined {
  request_id id = 0;
  std::uint32_t cached_tokens = 0;  ///< of the prompt, those that need not be computed, as it is now
};

/// How much the batcher has to do, and how fast it does it. Comes at most every `report_every` while it
/// works, and when it has become idle.
struct batch_state {
  std::uint32_t replica = 0;
  std::uint32_t seats = 0;
  std::uint32_t running = 0;  ///< sequences with a seat
  std::uint32_t waiting = 0;  ///< sequences without
  std::uint32_t pages = 0;    ///< of all groups
  std::uint32_t pages_used =
      0;  ///< by sequences; the rest is free, or kept for its prefix and free when needed
  double pages_allowed = 1.0;            ///< share of the pages that memory has room for
  std::uint64_t prompt_tokens_left = 0;  ///< uncached and not computed yet, of all that have joined
  double prefill_rate = 0.0;             ///< prompt tokens a second, over 64 steps; 0: not known yet
  runtime::duration decode_step{};  ///< a step that only continues answers, over 64 steps; 0: not known yet
  runtime::duration token_pace{};  ///< from a token of an answer to the next, over 64 steps; 0: not known yet
};

/// The first sequence of a request has a seat.
struct started {
  request_id id = 0;
};

/// The first token of its answer is there: its prefill is over.
struct answering {
  request_id id = 0;
};

/// The batcher has told the listener the last word.
struct left {
  request_id id = 0;
  finish why{};
  std::uint32_t prompt_tokens = 0;
  std::uint32_t cached_tokens = 0;  ///< of them, those that were not computed
  std::uint32_t answer_tokens = 0;  ///< all choices together
};

using request_watcher = runtime::address<joined, started, answering, left, batch_state>;

}  // namespace hawser::actors
